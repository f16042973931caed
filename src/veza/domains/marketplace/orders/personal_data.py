"""What this domain keeps of a person: to hand out, and to erase."""

from collections.abc import Collection

from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.orders import queries
from veza.domains.marketplace.orders.models import PersonalOrder, PersonalSale, PersonalTrade
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("orders", "order_items", "licences", "flag_clearances")


async def export(conn: Conn, user_id: UserId) -> PersonalTrade:
    """Hand out what a member bought and sold."""
    orders: list[PersonalOrder] = []
    while bought := await queries.list_orders_of(conn, user_id, orders[-1].id if orders else None):
        orders += bought
    sales: list[PersonalSale] = []
    while sold := await queries.list_sales_of(conn, user_id, sales[-1] if sales else None):
        sales += sold
    return PersonalTrade(orders, sales)


async def ensure_no_open_sales(tx: Tx, user_id: UserId, modes: Collection[MoneyMode]) -> None:
    """Raise OpenBalance while a sale of a mode may still be paid, refunded or disputed."""
    if await queries.has_open_sales(tx, user_id, modes):
        raise OpenBalance


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget who bought and who sold. What was ordered, and for how much, stays in the books.

    What still comes for an order of theirs goes back to them.
    """
    await queries.update_buyer_gone(tx, user_id)
    await queries.update_seller_gone(tx, user_id)
    await queries.delete_licences_of(tx, user_id)
    await queries.update_clearer_gone(tx, user_id)
