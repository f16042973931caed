"""HTTP for sellers: their profile, their balance, and the way to be paid."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib import resources
from string import Template

from litestar import Response, Router, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.domains.marketplace.sellers import errors, service
from veza.domains.marketplace.sellers.models import (
    AccountStatus,
    Onboarding,
    ProfileChange,
    SellerBalance,
    SellerSettings,
    ShownProfile,
)
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of
from veza.http.services import service_of
from veza.http.signed_urls import urls_of
from veza.infra.payments.errors import ProviderUnavailable
from veza.infra.payouts.provider import PayoutProvider

_FOLDER = resources.files("veza.domains.marketplace.sellers")
_STYLE = (_FOLDER / "style.css").read_text()
_PAGE = Template((_FOLDER / "back.html").read_text())
_PAGE_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        f"style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@get("/sell/profile", access=Access.CREATOR, scope=None)
async def show_seller_profile(request: AnyRequest, conn: Conn) -> ShownProfile:
    """Show what one said of oneself as a seller: it stands on invoices."""
    return await service.show_profile(conn, viewer_of(request))


@put("/sell/profile", access=Access.CREATOR, scope=None)
async def update_seller_profile(
    request: AnyRequest, data: JSONBody[ProfileChange], tx: Tx
) -> ShownProfile:
    """Say who one is as a seller, with the rate of VAT that is in one's prices.

    What is left out stays as it is; null takes it back. Invoices that are made already stay as
    they are.
    """
    return await service.update_profile(tx, viewer_of(request), data)


@get("/sell/balance", access=Access.USER, scope=None)
async def show_balance(request: AnyRequest, conn: Conn) -> SellerBalance:
    """Get seller balance: what was transferred, and what is earned and not transferred yet."""
    return await service.get_balance(
        conn, viewer_of(request), service_of(request, PayoutProvider).name
    )


@post(
    "/sell/connect/onboard",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[errors.OnboardingRefused, ProviderUnavailable],
)
async def begin_onboarding(request: AnyRequest) -> Onboarding:
    """Get the URL where one tells the payout provider who one is, to be paid.

    It is good for once, and some minutes. What is earned before that waits.
    """
    seller_id = viewer_of(request).id
    return_url = service.return_url(seller_id, urls_of(request))
    return await service.onboard(
        database_of(request), service_of(request, PayoutProvider), seller_id, return_url=return_url
    )


@get(
    "/sell/connect/return/{return_token:str}",
    credentials="ignored",
    produces="text/html",
    errors=[errors.OnboardingLinkOver, errors.OnboardingRefused, ProviderUnavailable],
)
async def show_return(request: AnyRequest, return_token: FromPath[str]) -> Response[str]:
    """Show a seller who comes back from the payout provider whether they can be paid now.

    Where something is missing still, the page has a new way there. The address is signed.
    """
    returning = service.find_returning(return_token, context_of(request).url_signer)
    if returning is None:
        raise errors.OnboardingLinkOver
    database, payouts = database_of(request), service_of(request, PayoutProvider)
    account = await service.learn_account_of(database, payouts, returning)
    if account is None:
        raise errors.OnboardingLinkOver
    if account.status is AccountStatus.CONNECTED:
        text = "What you earn is transferred to your account from now on."
        front_end = service_of(request, SellerSettings).front_end
        return _answer_page("You are connected", text, front_end, "Go on to Veza")
    return_url = service.return_url(returning, urls_of(request))
    onboarding = await service.onboard_again(database, payouts, returning, return_url=return_url)
    text = account.reason or "The payout provider has to know more before you can be paid."
    return _answer_page("Not quite yet", text, onboarding.onboarding_url, "Go on")


def _answer_page(title: str, text: str, url: str | None, action: str) -> Response[str]:
    link = "" if url is None else f'<a href="{escape(url)}">{action}</a>'
    page = _PAGE.substitute(style=_STYLE, title=title, text=escape(text), link=link)
    return Response(page, media_type="text/html", headers=_PAGE_HEADERS)


router = Router(
    "/",
    route_handlers=[
        show_seller_profile,
        update_seller_profile,
        show_balance,
        begin_onboarding,
        show_return,
    ],
    tags=["seller"],
)
