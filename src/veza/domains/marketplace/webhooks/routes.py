"""Receives webhooks of Hyperswitch and Stripe; the body is checked as it was sent."""

from litestar import Router, post

from veza.core.errors import TooLarge
from veza.domains.marketplace.webhooks import errors, service
from veza.domains.marketplace.webhooks.models import Received
from veza.http.dependencies import AnyRequest, database_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

# The header in the API reference, and the header that Hyperswitch sends.
_HYPERSWITCH_SIGNATURES = ("x-hyperswitch-signature", "x-webhook-signature-512")
_STRIPE_SIGNATURE = "stripe-signature"


@post(
    "/webhooks/hyperswitch",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    errors=[errors.BadSignature, errors.UnreadableEvent, TooLarge],
    importance=Importance.VITAL,
)
async def receive_hyperswitch_event(request: AnyRequest) -> Received:
    """Receive an event about a payment, a refund or a dispute.

    The raw body is signed by HMAC-SHA512, in hex, in `X-Hyperswitch-Signature` or
    `x-webhook-signature-512`. An event is stored and answered at once, and processed a moment
    later: once, however often it is sent. Events of unknown kinds are stored, too.
    """
    headers = request.headers
    signatures = [headers[name] for name in _HYPERSWITCH_SIGNATURES if name in headers]
    await service.receive_payment_event(
        database_of(request),
        service_of(request, service.WebhookSecrets),
        await request.body(),
        signatures,
    )
    return Received()


@post(
    "/webhooks/stripe",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    errors=[errors.BadSignature, errors.UnreadableEvent, TooLarge],
    importance=Importance.VITAL,
)
async def receive_stripe_event(request: AnyRequest) -> Received:
    """Receive an event about a seller's account or a transfer, signed in `Stripe-Signature`."""
    signature = request.headers.get(_STRIPE_SIGNATURE, "")
    await service.receive_stripe_event(
        database_of(request),
        service_of(request, service.WebhookSecrets),
        await request.body(),
        signature,
    )
    return Received()


router = Router(
    "/", route_handlers=[receive_hyperswitch_event, receive_stripe_event], tags=["webhooks"]
)
