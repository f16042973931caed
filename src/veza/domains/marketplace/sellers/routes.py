"""Sellers change their profile, see their balance, and connect a payout account."""

from html import escape

from litestar import Response, Router, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.profiles import Right
from veza.core.step_up import StepUp
from veza.domains.marketplace.sellers import errors, rules, service
from veza.domains.marketplace.sellers.models import (
    Onboarding,
    PayoutAccountStatus,
    SellerBalance,
    SellerProfile,
    SellerProfileChange,
    SellerSettings,
)
from veza.domains.marketplace.taxes.models import SellerTaxes
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, reading, viewer_of
from veza.http.expensive import REPORT
from veza.http.responses.html_pages import load_page, render_page
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.payments.errors import ProviderUnavailable
from veza.infra.payouts.provider import PayoutProvider

_PAGE = load_page("veza.domains.marketplace.sellers", "onboarding_status.html")


@get("/sell/profile", access=Access.CREATOR, scope=None)
async def show_seller_profile(request: AnyRequest, conn: Conn) -> SellerProfile:
    """Get your seller profile, which invoices show."""
    return await service.show_profile(conn, viewer_of(request))


@put("/sell/profile", access=Access.CREATOR, scope=None)
async def update_seller_profile(
    request: AnyRequest, data: JSONBody[SellerProfileChange], tx: Tx
) -> SellerProfile:
    """Update your seller profile, with the VAT that your prices include.

    Prices always include it: `domestic` takes your `vat_rate` of all private buyers in the EU,
    while you sell them less than the threshold of `GET /sell/taxes` abroad; `destination` takes the
    rate of the buyer's country, which buyers then have to declare; `none` shows no VAT.

    Fields that are left out stay as they are; null removes them. Existing invoices don't change.
    """
    return await service.update_profile(tx, viewer_of(request), data)


@get("/sell/taxes", access=Access.CREATOR, scope=None, expensive=REPORT)
async def show_taxes(request: AnyRequest) -> SellerTaxes:
    """Get what you sold to private buyers in other countries of the EU, this year and the last.

    Once either is above the threshold, prices have to include the tax of the buyer's country.
    """
    payouts = service_of(request, PayoutProvider)
    async with reading(request) as conn:
        return await service.count_taxes(conn, viewer_of(request), payouts.name)


@get("/sell/balance", access=Access.USER, scope=None)
async def show_balance(request: AnyRequest, conn: Conn) -> SellerBalance:
    """Get your seller balance: amounts transferred to you, and amounts not transferred yet."""
    payouts = service_of(request, PayoutProvider)
    fee_rate = service_of(request, SellerSettings).fee_rate
    return await service.get_balance(conn, viewer_of(request), payouts.name, fee_rate=fee_rate)


@post(
    "/sell/connect/onboard",
    access=Access.USER,
    scope=None,
    status_code=200,
    step_up=StepUp.WITH_FACTORS,
    errors=[errors.OnboardingRefused, ProviderUnavailable],
)
async def begin_onboarding(request: AnyRequest) -> Onboarding:
    """Get the URL of the payout provider where you connect an account to be paid.

    It works once, for some minutes. Earlier earnings are paid once you are connected.
    """
    seller_id = viewer_of(request).id
    payouts = service_of(request, PayoutProvider)
    return_url = rules.return_url(seller_id, urls_of(request))
    return await service.start_onboarding(
        database_of(request), payouts, seller_id, return_url=return_url
    )


@get(
    "/sell/connect/return/{return_token:str}",
    credentials="ignored",
    produces="text/html",
    errors=[errors.OnboardingLinkOver, errors.OnboardingRefused, ProviderUnavailable],
)
async def show_return(request: AnyRequest, return_token: FromPath[str]) -> Response[str]:
    """Show a seller who returns from the payout provider whether they can be paid now.

    If the provider needs more information, the page links back to it. The URL is signed, and valid
    for an hour.
    """
    seller_id = service.read_return_token(return_token, context_of(request).url_signer)
    database = database_of(request)
    payouts = service_of(request, PayoutProvider)
    account = await service.refresh_member_account(database, payouts, seller_id)
    if account.status is PayoutAccountStatus.CONNECTED:
        front_end = service_of(request, SellerSettings).front_end
        text = "Your payout account is ready: you will be paid what you earn."
        return _status_page("You are connected", text, front_end, "Go to Veza")
    return_url = rules.return_url(seller_id, urls_of(request))
    onboarding = await service.restart_onboarding(
        database, payouts, seller_id, return_url=return_url
    )
    text = account.reason or "The payout provider needs more information before it can pay you."
    return _status_page("Not quite yet", text, onboarding.onboarding_url, "Continue")


def _status_page(title: str, text: str, url: str | None, action: str) -> Response[str]:
    link = "" if url is None else f'<a href="{escape(url)}">{action}</a>'
    return render_page(_PAGE, title=title, text=escape(text), link=link)


router = Router(
    "/",
    route_handlers=[
        show_seller_profile,
        update_seller_profile,
        show_taxes,
        show_balance,
        begin_onboarding,
        show_return,
    ],
    tags=["seller"],
    opt={"right": Right.MONEY},
)
