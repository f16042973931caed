"""HTTP for the sandbox: what a buyer does instead of paying, and the page for sellers."""

from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib import resources
from string import Template

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.domains.marketplace.sandbox import errors, service
from veza.domains.marketplace.sandbox.models import Confirmation, Confirmed
from veza.http.dependencies import AnyRequest, database_of, viewer_of
from veza.http.services import service_of

_FOLDER = resources.files("veza.domains.marketplace.sandbox")
_STYLE = (_FOLDER / "style.css").read_text()
_ASK = Template((_FOLDER / "ask.html").read_text())
_DONE = Template((_FOLDER / "done.html").read_text())
_PAGE_POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
    "; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_PAGE_HEADERS = {
    "content-security-policy": _PAGE_POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


@post(
    "/sandbox/payments/{payment_id:str}/confirm",
    status_code=202,
    access=Access.USER,
    scope=None,
    errors=[errors.NoSandbox, errors.PaymentNotFound],
)
async def confirm_payment(
    request: AnyRequest, payment_id: FromPath[str], data: JSONBody[Confirmation]
) -> Confirmed:
    """Pay in the sandbox, or have the bank say no: no money moves.

    `payment_id` is the one of the order. What became of it comes by a signed webhook, as from a
    company: the order is paid a moment later. A payment that failed may succeed later, and one that
    succeeded stays so. What is paid for an order that was cancelled goes back by itself.
    """
    await service.confirm_payment(
        service_of(request, service.Sandbox),
        database_of(request),
        viewer_of(request),
        payment_id,
        data.outcome,
    )
    return Confirmed(payment_id, data.outcome)


@get(
    "/sandbox/onboarding/{link:str}",
    credentials="ignored",
    produces="text/html",
    errors=[errors.NoSandbox, errors.OnboardingOver],
)
async def show_onboarding(request: AnyRequest, link: FromPath[str]) -> Response[str]:
    """Show a seller the page where a company would ask who they are.

    The address comes from `POST /sell/connect/onboard`; it is good for once, and five minutes.
    """
    await service.find_link(service_of(request, service.Sandbox), database_of(request), link)
    return _answer_page(_ASK.substitute(style=_STYLE))


@post(
    "/sandbox/onboarding/{link:str}",
    status_code=200,
    credentials="ignored",
    produces="text/html",
    errors=[errors.NoSandbox, errors.OnboardingOver],
)
async def complete_onboarding(request: AnyRequest, link: FromPath[str]) -> Response[str]:
    """Connect a seller's account: they can be paid from now on, and go back to where they were."""
    used = await service.connect(service_of(request, service.Sandbox), database_of(request), link)
    return _answer_page(_DONE.substitute(style=_STYLE, url=escape(used.return_url)))


def _answer_page(page: str) -> Response[str]:
    return Response(page, media_type="text/html", headers=_PAGE_HEADERS)


router = Router(
    "/",
    route_handlers=[confirm_payment, show_onboarding, complete_onboarding],
    tags=["sandbox"],
)
