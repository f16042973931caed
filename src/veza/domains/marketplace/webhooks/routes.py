"""HTTP for companies: the raw body in, and an answer at once."""

from litestar import Router, post

from veza.core.errors import TooLarge
from veza.domains.marketplace.webhooks import errors, service
from veza.domains.marketplace.webhooks.models import Received
from veza.http.dependencies import AnyRequest, database_of
from veza.http.services import service_of

# The reference's header, and the one that Hyperswitch itself sends.
_SIGNATURES = ("x-hyperswitch-signature", "x-webhook-signature-512")
_STRIPE_SIGNATURE = "stripe-signature"


@post(
    "/webhooks/hyperswitch",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    errors=[errors.BadSignature, errors.UnreadableEvent, TooLarge],
)
async def hear_hyperswitch(request: AnyRequest) -> Received:
    """Hear of payments, refunds and disputes.

    The raw body is signed by HMAC-SHA512, in hex, in `X-Hyperswitch-Signature` or
    `x-webhook-signature-512`. An event is kept and answered at once, and processed a moment later:
    once, however often it is sent. One of a kind that we don't know is kept too.
    """
    signatures = [request.headers[name] for name in _SIGNATURES if name in request.headers]
    await service.receive_payment_event(
        database_of(request), service_of(request, service.Doors), await request.body(), signatures
    )
    return Received()


@post(
    "/webhooks/stripe",
    status_code=200,
    credentials="ignored",
    goes_on=True,
    errors=[errors.BadSignature, errors.UnreadableEvent, TooLarge],
)
async def hear_stripe(request: AnyRequest) -> Received:
    """Hear of sellers' accounts and of transfers, signed in `Stripe-Signature` as Stripe does."""
    signature = request.headers.get(_STRIPE_SIGNATURE, "")
    await service.receive_stripe_event(
        database_of(request), service_of(request, service.Doors), await request.body(), signature
    )
    return Received()


router = Router("/", route_handlers=[hear_hyperswitch, hear_stripe], tags=["webhooks"])
