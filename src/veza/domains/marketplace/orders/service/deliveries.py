"""Deliver a service that its buyer has accepted, or take back one that cost nothing."""

from veza.core.ids import OrderId, OrderItemId
from veza.domains.marketplace.orders.events import ServiceDelivered
from veza.domains.marketplace.orders.models.state import FreeServiceReturned
from veza.domains.marketplace.orders.queries import delivery
from veza.domains.marketplace.orders.queries import settlement as queries
from veza.domains.marketplace.orders.rules.checkout import OVERDUE_AFTER
from veza.domains.marketplace.orders.service import settlement
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Tx


async def lock(tx: Tx, order_id: OrderId) -> None:
    """Lock an order with its buyer, as everything that changes what was paid does."""
    await queries.lock_order(tx, order_id, overdue_after=OVERDUE_AFTER)


async def return_free(tx: Tx, order_id: OrderId, item_id: OrderItemId) -> None:
    """Take back a service that cost nothing: its licence, and the unit of its stock."""
    await settlement.settle(tx, order_id, FreeServiceReturned(item_id))


async def deliver_service(tx: Tx, order_id: OrderId, item_id: OrderItemId) -> None:
    """Deliver the service of a locked order, so that its seller can be paid."""
    if await delivery.update_service_delivered(tx, item_id):
        await emit(tx, ServiceDelivered(order_id))
