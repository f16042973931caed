"""Deliver pre-orders when their releases are published."""

from veza.core.ids import ProductId
from veza.domains.marketplace.orders.events import PreorderDelivered
from veza.domains.marketplace.orders.queries import delivery
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Tx

_BATCH = 200

# For the jobs, and the payouts.
list_deliverable = delivery.list_deliverable
has_undelivered = delivery.has_undelivered


async def deliver_batch(tx: Tx, product_id: ProductId) -> int:
    """Deliver the next pre-orders of a product, and announce them; return how many."""
    lines = await delivery.update_delivered(tx, product_id, _BATCH)
    orders = {line.order_id: line.buyer_id for line in lines if line.is_licensed}
    for order_id, buyer_id in orders.items():
        if buyer_id is not None:
            await emit(tx, PreorderDelivered(order_id, buyer_id))
    return len(lines)
