"""Export and erasure of the discounts of sellers."""

from veza.core.ids import UserId
from veza.domains.marketplace.discounts import queries
from veza.domains.marketplace.discounts.models import DiscountList
from veza.infra.postgres.database import Conn, Tx

# Uses belong to orders: who is removed from an order is no buyer of its code any more.
TABLES = ("discounts", "discount_products", "discount_uses")


async def export(conn: Conn, user_id: UserId) -> DiscountList:
    """Return the discounts of a seller."""
    return DiscountList(await queries.list_discounts(conn, user_id))


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the discounts of a seller. Orders keep what they took off."""
    await queries.delete_discounts_of(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the discounts of a page to another profile, but for codes that this one has."""
    await queries.delete_codes_of_both(tx, user_id, into_id)
    await queries.update_seller(tx, user_id, into_id)
