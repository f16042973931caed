"""An exclusive sale withdraws its product; an exclusive order that buys nothing lets go of it."""

from veza.domains.marketplace.orders.events import ExclusiveSold
from veza.domains.marketplace.orders.models.state import OrderState, Transition
from veza.domains.marketplace.orders.rules.units import list_exclusives_released
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products import shared_queries as product_queries
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Tx


async def follow(tx: Tx, before: OrderState, change: Transition) -> None:
    """Withdraw the products that a change of an order sells exclusively, or release them.

    If they are several, the caller has locked them. A product whose sale is returned stays
    withdrawn until its seller publishes it again.
    """
    sold = [line.product_id for line in change.granted if line.is_exclusive]
    product_ids = sorted(product_id for product_id in sold if product_id is not None)
    for product_id in product_ids:
        await product_queries.withdraw_sold(tx, product_id)
        await emit(tx, ExclusiveSold(product_id))
    if product_ids:
        await products.index_products(tx, product_ids)
    if released := list_exclusives_released(before, change.order):
        await product_queries.release_exclusive(tx, [line.id for line in released])
