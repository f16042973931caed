"""Orders for sellers and admins, flags, and statistics."""

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import FlagClearanceId, OrderId, UserId, new_id
from veza.core.money_mode import MoneyMode
from veza.core.normalize import require_text
from veza.core.pages import Cursor, cut, ensure_within_reach
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.orders.errors import OrderNotFlagged, OrderNotFound
from veza.domains.marketplace.orders.models.sales import (
    AdminOrder,
    AdminOrderPage,
    OrdersQuery,
    SalePage,
)
from veza.domains.marketplace.orders.queries import sales as queries
from veza.domains.marketplace.orders.queries.settlement import lock_order
from veza.domains.marketplace.orders.rules import views
from veza.domains.marketplace.orders.rules.checkout import OVERDUE_AFTER
from veza.infra.postgres.database import Conn, Tx


async def list_sales(
    conn: Conn, seller_id: UserId, urls: UrlBuilder, *, limit: int, cursor: Cursor | None
) -> SalePage:
    """Return a page of paid orders with items of a seller, newest first."""
    found = await queries.list_sales(conn, seller_id, limit, cursor)
    page, next_cursor = cut(found, limit, lambda order: Cursor(order.created_at, order.id))
    items = await queries.list_sold_items(conn, seller_id, [order.id for order in page])
    sales = [views.show_sale(order, items, urls) for order in page]
    return SalePage(sales, next_cursor, next_cursor is not None)


async def list_all_orders(conn: Conn, query: OrdersQuery) -> AdminOrderPage:
    """Return a page of all orders for admins, newest first. Raises PageTooFar."""
    ensure_within_reach(query.offset, query.limit)
    orders = await queries.list_orders(conn, query)
    order_ids = [order.id for order in orders]
    return AdminOrderPage(
        orders=orders,
        disputes=await queries.list_disputes(conn, order_ids),
        clearances=await queries.list_clearances(conn, order_ids),
        total=await queries.count_matching(conn, query),
    )


async def clear_flag(tx: Tx, order_id: OrderId, admin: Member, reason: str) -> AdminOrder:
    """Clear the flag of an order, and record the admin and the reason. It can be flagged again.

    Raises OrderNotFound, OrderNotFlagged, and Invalid for a blank reason.
    """
    cleaned = require_text(reason, "reason", "A reason needs words.")
    locked = await lock_order(tx, order_id, overdue_after=OVERDUE_AFTER)
    order = required(locked, OrderNotFound)
    if not order.is_flagged:
        raise OrderNotFlagged
    clearance_id = FlagClearanceId(new_id())
    await queries.insert_clearance(tx, clearance_id, order_id, cleared_by=admin.id, reason=cleaned)
    return required(await queries.find_order(tx, order_id), OrderNotFound)


async def sum_money(conn: Conn, mode: MoneyMode) -> dict[str, int]:
    """Return money sums by currency, under keys such as `eur_revenue_cents`."""
    return {
        f"{stats.currency.lower()}_{name}": getattr(stats, name)
        for stats in await queries.sum_by_currency(conn, mode)
        for name in ("revenue_cents", "refunded_cents", "fees_cents")
    }
