"""Simulates payments, onboarding of sellers, and the outcome of their payouts."""

from html import escape

from litestar import Response, Router, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.profiles import Right
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.marketplace.sandbox import errors
from veza.domains.marketplace.sandbox.models import (
    ConfirmedPayment,
    PaymentConfirmation,
    PayoutOutcomeForm,
)
from veza.domains.marketplace.sandbox.service import simulation
from veza.http.dependencies import AnyRequest, database_of, visitor_of
from veza.http.responses.html_pages import load_page, render_page
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_PACKAGE = "veza.domains.marketplace.sandbox"
_ONBOARDING_PAGE = load_page(_PACKAGE, "onboarding.html")
_CONNECTED_PAGE = load_page(_PACKAGE, "connected.html")


@post(
    "/sandbox/payments/{payment_id:str}/confirm",
    needs_space=False,
    status_code=202,
    access=Access.OPTIONAL,
    scope=None,
    importance=Importance.VITAL,
    errors=[errors.NoSandbox, errors.PaymentNotFound],
)
async def confirm_payment(
    request: AnyRequest, payment_id: FromPath[str], data: JSONBody[PaymentConfirmation]
) -> ConfirmedPayment:
    """Simulate a successful or failed payment of an order. No real money moves.

    `payment_id` is that of the order. As with a real provider a signed webhook reports the outcome,
    and the order is paid a moment later. A failed payment may succeed later; a success is final. A
    payment for a cancelled order is refunded automatically. A guest sends the order's `token`.

    If the payment keeps its method, `later_charges` says how payments end that are charged later
    without the buyer: the provider accepts them (`succeeded`, the default), declines them
    (`declined`), or waits until the buyer confirms each here (`action_required`). Confirm the same
    payment again to change it.
    """
    await simulation.confirm_payment(
        service_of(request, simulation.Sandbox),
        database_of(request),
        visitor_of(request),
        payment_id,
        data,
    )
    return ConfirmedPayment(payment_id, data.outcome)


@get(
    "/sandbox/onboarding/{link:str}",
    credentials="ignored",
    produces="text/html",
    errors=[errors.NoSandbox, errors.OnboardingOver],
)
async def show_onboarding(request: AnyRequest, link: FromPath[str]) -> Response[str]:
    """Show the page that connects a seller's payout account in the sandbox.

    The URL comes from `POST /sell/connect/onboard`. It works once, for five minutes.
    """
    await simulation.find_link(service_of(request, simulation.Sandbox), database_of(request), link)
    return render_page(_ONBOARDING_PAGE, has_form=True)


@post(
    "/sandbox/onboarding/{link:str}",
    status_code=200,
    credentials="ignored",
    produces="text/html",
    errors=[errors.NoSandbox, errors.OnboardingOver],
)
async def complete_onboarding(request: AnyRequest, link: FromPath[str]) -> Response[str]:
    """Connect a seller's payout account in the sandbox, and send the seller back."""
    used = await simulation.connect(
        service_of(request, simulation.Sandbox), database_of(request), link
    )
    return render_page(_CONNECTED_PAGE, url=escape(used.return_url))


@post(
    "/sandbox/payouts/outcome",
    status_code=200,
    access=Access.ADMIN,
    scope=None,
    goes_on=False,
    errors=[errors.NoSandbox, UserNotFound],
)
async def set_payout_outcome(
    request: AnyRequest, data: JSONBody[PayoutOutcomeForm]
) -> PayoutOutcomeForm:
    """Set how a seller's next transfers end in the sandbox.

    `succeeded` is the default. `failed` transfers are refused. With `unavailable` the provider does
    not answer, so transfers are tried again.
    """
    sandbox = service_of(request, simulation.Sandbox)
    await simulation.set_outcome(sandbox, database_of(request), data)
    return data


router = Router(
    "/",
    route_handlers=[confirm_payment, show_onboarding, complete_onboarding, set_payout_outcome],
    tags=["sandbox"],
    opt={"right": Right.MONEY},
)
