"""What sellers and admins can see of orders."""

from veza.core.access import Member
from veza.core.ids import OrderId, UserId
from veza.core.money_mode import MoneyMode
from veza.core.pages import Cursor, cut, ensure_within_reach
from veza.domains.marketplace.orders import service as orders
from veza.domains.marketplace.sales import queries, rules
from veza.domains.marketplace.sales.models import (
    AdminOrder,
    AdminOrderPage,
    OrdersQuery,
    OrderStats,
    SalePage,
)
from veza.infra.postgres.database import Conn, Tx


async def list_sales(
    conn: Conn, seller_id: UserId, *, limit: int, cursor: Cursor | None
) -> SalePage:
    """List the paid orders with something of a seller's, the latest first."""
    found = await queries.list_sales(conn, seller_id, limit, cursor)
    shown, following = cut(found, limit, lambda sale: Cursor(sale.created_at, sale.id))
    items = await queries.list_sold(conn, seller_id, [sale.id for sale in shown])
    listed = [
        rules.show_sale(sale, [item for item in items if item.order_id == sale.id])
        for sale in shown
    ]
    return SalePage(listed, following, following is not None)


async def list_orders(conn: Conn, wish: OrdersQuery) -> AdminOrderPage:
    """List all orders for admins, the latest first, with the disputes about them."""
    ensure_within_reach(wish.offset, wish.limit)
    found = await queries.list_orders(conn, wish)
    order_ids = [order.id for order in found]
    return AdminOrderPage(
        orders=found,
        disputes=await queries.list_disputes(conn, order_ids),
        clearances=await queries.list_clearances(conn, order_ids),
        total=await queries.count_listed(conn, wish),
    )


async def unflag_order(tx: Tx, order_id: OrderId, admin: Member, reason: str) -> AdminOrder:
    """Clear an order's flag, for a reason that is kept; give the order as it is then.

    Raises OrderNotFound, OrderNotFlagged and Invalid.
    """
    await orders.unflag(tx, order_id, admin.id, reason)
    cleared = await queries.find_order(tx, order_id)
    assert cleared is not None
    return cleared


async def count_orders(conn: Conn) -> OrderStats:
    """Count the orders."""
    return await queries.count_orders(conn)


async def sum_money(conn: Conn, mode: MoneyMode) -> dict[str, int]:
    """Sum up the money of a mode in the orders, by currency: `eur_revenue_cents` and the like."""
    return {
        f"{one.currency.lower()}_{name}": cents
        for one in await queries.sum_money(conn, mode)
        for name, cents in (
            ("revenue_cents", one.revenue_cents),
            ("refunded_cents", one.refunded_cents),
            ("fees_cents", one.fees_cents),
        )
    }
