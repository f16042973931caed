"""Take units of limited products for placed orders, within what strangers may hold unpaid."""

from veza.domains.marketplace.orders.errors import TooManyUnpaidUnits
from veza.domains.marketplace.orders.models.checkout import NewOrder
from veza.domains.marketplace.orders.models.guests import NewGuest
from veza.domains.marketplace.orders.queries import units as queries
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products import shared_queries as product_queries
from veza.infra.postgres.database import Tx

# So many units may be in orders of a member, or from a guest's network, that are not paid.
MAX_UNPAID_UNITS = 5


async def take(tx: Tx, order: NewOrder, guest: NewGuest | None = None) -> None:
    """Take a unit of each limited product of an order that was placed in this transaction.

    An exclusive licence is held as such a unit. Its products are locked. Raises SoldOut and
    TooManyUnpaidUnits.
    """
    held_lines = [line for line in order.lines if line.holds_unit]
    limited = [line.product_id for line in held_lines if line.product_id is not None]
    exclusive = {line.product_id: line.id for line in order.lines if line.is_exclusive}
    if not limited and not exclusive:
        return
    if limited:
        await products.take_units(tx, limited)
    for product_id, item_id in exclusive.items():
        assert product_id is not None
        await product_queries.hold_exclusive(tx, product_id, item_id)
    # The last lock of the transaction, after those of products: nobody who has it waits for these.
    if guest is not None:
        await queries.lock_holder(tx, guest.network_key.hex())
        held = await queries.count_held_from(tx, guest.network_key)
    else:
        await queries.lock_holder(tx, str(order.buyer_id))
        held = await queries.count_held_by(tx, order.buyer_id)
    if held > MAX_UNPAID_UNITS:
        raise TooManyUnpaidUnits
