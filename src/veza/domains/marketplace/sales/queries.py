"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence

from veza.core.ids import OrderId, UserId
from veza.core.money_mode import MoneyMode
from veza.core.pages import Cursor
from veza.domains.marketplace.sales.models import (
    AdminDispute,
    AdminFlagClearance,
    AdminOrder,
    CurrencyStats,
    OrdersQuery,
    OrderStats,
    PaidOrder,
    SaleItem,
)
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where


async def list_sales(
    conn: Conn, seller_id: UserId, limit: int, cursor: Cursor | None
) -> list[PaidOrder]:
    """Paid orders with something of a seller's, newest first; one more than asked for."""
    where = Where()
    where.add("i.seller_id = {} and o.paid_at is not null and not o.came_late", seller_id)
    if cursor is not None:
        where.add("i.order_id < {}", cursor.id)
    sql = f"""
        select distinct on (i.order_id)
               o.id, o.buyer_id, u.username, o.status, o.currency, o.mode, o.created_at,
               o.paid_at
          from order_items i
          join orders o on o.id = i.order_id
          left join users u on u.id = o.buyer_id
        {where.sql}
         order by i.order_id desc
         limit {limit + 1:d}
    """
    return await conn.all(PaidOrder, sql, *where.values)


async def list_sold(conn: Conn, seller_id: UserId, order_ids: Sequence[OrderId]) -> list[SaleItem]:
    """A seller's own lines of orders, each order's in their order."""
    sql = """
        select id, order_id, product_id, title, price_cents, fee_cents, net_cents,
               refunded_at is not null as is_refunded
          from order_items
         where seller_id = $1 and order_id = any($2)
         order by order_id, position
    """
    return await conn.all(SaleItem, sql, seller_id, order_ids)


async def list_orders(conn: Conn, wish: OrdersQuery) -> list[AdminOrder]:
    """A page of all orders, the latest first."""
    where = _matching(wish)
    sql = f"""
        select id, buyer_id, status, total_cents, currency, mode, provider,
               payment_ref as payment_id,
               reason as failure_reason, is_flagged, came_late, created_at, paid_at
          from orders
        {where.sql}
         order by id desc
         limit {wish.limit:d} offset {wish.offset:d}
    """
    return await conn.all(AdminOrder, sql, *where.values)


async def count_listed(conn: Conn, wish: OrdersQuery) -> int:
    where = _matching(wish)
    return await conn.value(int, f"select count(*) from orders {where.sql}", *where.values) or 0


async def find_order(conn: Conn, order_id: OrderId) -> AdminOrder | None:
    sql = """
        select id, buyer_id, status, total_cents, currency, mode, provider,
               payment_ref as payment_id,
               reason as failure_reason, is_flagged, came_late, created_at, paid_at
          from orders
         where id = $1
    """
    return await conn.maybe(AdminOrder, sql, order_id)


async def list_clearances(conn: Conn, order_ids: Sequence[OrderId]) -> list[AdminFlagClearance]:
    """When the flags of some orders were cleared, the latest first."""
    sql = """
        select id, order_id, cleared_by, reason, created_at
          from flag_clearances
         where order_id = any($1)
         order by created_at desc, id desc
         limit 100
    """
    return await conn.all(AdminFlagClearance, sql, order_ids)


async def list_disputes(conn: Conn, order_ids: Sequence[OrderId]) -> list[AdminDispute]:
    """The disputes about some orders."""
    sql = """
        select id, order_id, dispute_ref, status, amount_cents, created_at
          from order_disputes
         where order_id = any($1)
         order by created_at, id
    """
    return await conn.all(AdminDispute, sql, order_ids)


async def count_orders(conn: Conn) -> OrderStats:
    sql = """
        select count(*) as total,
               count(*) filter (where paid_at is not null and not came_late) as paid,
               count(*) filter (where is_flagged) as flagged
          from orders
    """
    return await conn.one(OrderStats, sql)


async def sum_money(conn: Conn, mode: MoneyMode) -> list[CurrencyStats]:
    """What was paid in each currency of a mode, what of it went back, and what the platform kept.

    As the books have it: what a dispute takes has gone back until it is won.
    """
    sql = """
        select p.currency,
               coalesce(-sum(e.amount_cents) filter (
                   where a.kind = 'payments' and p.kind = 'sale'), 0)::bigint as revenue_cents,
               coalesce(sum(e.amount_cents) filter (
                   where a.kind = 'payments' and p.kind <> 'sale'), 0)::bigint as refunded_cents,
               coalesce(sum(e.amount_cents) filter (where a.kind = 'fees'), 0)::bigint
                   as fees_cents
          from ledger_accounts a
          join ledger_entries e on e.account_number = a.number
          join ledger_postings p on p.id = e.posting_id
         where a.kind in ('fees', 'payments')
           and p.mode = $1
           and p.kind in ('sale', 'refund', 'dispute', 'dispute_won')
         group by p.currency
         order by p.currency
    """
    return await conn.all(CurrencyStats, sql, mode)


def _matching(wish: OrdersQuery) -> Where:
    where = Where()
    if wish.status is not None:
        where.add("status = {}", wish.status)
    if wish.is_flagged is True:
        where.add("is_flagged")
    if wish.is_flagged is False:
        where.add("not is_flagged")
    return where
