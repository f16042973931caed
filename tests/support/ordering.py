"""Orders that are placed without a request, under an id that stands for its idempotency key."""

import msgspec
from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import OrderId, new_id
from veza.domains.marketplace.orders.models.checkout import Order, OrderForm
from veza.domains.marketplace.orders.service import checkout
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.domains.platform.idempotency.models import KeyClaim
from veza.infra.postgres.database import Database


class _Body(Struct, frozen=True):
    data: Order


async def place_order(
    database: Database,
    context: CheckoutContext,
    buyer: Member,
    form: OrderForm,
    order_id: OrderId | None = None,
) -> Order:
    """Place an order and create its payment, or continue with it."""
    claim = KeyClaim(order_id or new_id())
    return order_in(await checkout.complete_order(database, context, buyer, form=form, claim=claim))


def order_in(body: bytes) -> Order:
    """Return the order in the body of an answer."""
    return msgspec.json.decode(body, type=_Body).data
