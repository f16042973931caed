"""Sellers see only their items of paid orders; admins all orders, flags and clearances."""

from collections.abc import Sequence

from veza.core.ids import FlagClearanceId, OrderId, UserId
from veza.core.money_mode import MoneyMode
from veza.core.pages import Cursor
from veza.core.people import appearance
from veza.domains.marketplace.orders.models.sales import (
    AdminDispute,
    AdminOrder,
    CurrencyStats,
    FlagClearance,
    OrdersQuery,
    PaidOrder,
    StoredSaleItem,
)
from veza.domains.marketplace.orders.queries.purchases import REDUCTIONS
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_SELECT_ADMIN_ORDERS = """
    select id, buyer_id, g.email as guest_email, status, total_cents, currency, mode, provider,
           payment_ref as payment_id, reason as failure_reason, is_flagged, came_late, created_at,
           paid_at
      from orders
      left join guest_orders g on g.order_id = id
"""


async def list_sales(
    conn: Conn, seller_id: UserId, limit: int, cursor: Cursor | None
) -> list[PaidOrder]:
    """Return up to `limit + 1` paid orders with items of a seller, newest first."""
    where = Where("i.seller_id = {} and o.paid_at is not null and not o.came_late", seller_id)
    where.add_filter("i.order_id < {}", cursor and cursor.id)
    sql = f"""
        select distinct on (i.order_id)
               o.id, o.buyer_id, u.username, {appearance("u")} as appearance, o.status,
               o.currency, o.mode, o.is_guest and o.buyer_id is null as is_guest, o.created_at,
               o.paid_at
          from order_items i
          join orders o on o.id = i.order_id
          left join users u on u.id = o.buyer_id
        {where.sql}
         order by i.order_id desc
         limit {limit + 1:d}
    """
    return await conn.all(PaidOrder, sql, *where.values)


async def list_sold_items(
    conn: Conn, seller_id: UserId, order_ids: Sequence[OrderId]
) -> list[StoredSaleItem]:
    """Return a seller's own items of these orders."""
    sql = f"""
        select i.id, i.order_id, i.kind, i.product_id, i.variant_id, i.title,
               i.price_cents + i.reduced_cents as list_cents, i.price_cents,
               {REDUCTIONS} as reductions, i.fee_cents, i.net_cents,
               case when exists (select from order_item_parts p where p.item_id = i.id)
                    then coalesce((select p.net_cents
                                     from order_item_parts p
                                    where p.item_id = i.id and p.party_id = $1), 0)
                    else i.net_cents end as share_cents,
               i.refunded_at is not null as is_refunded,
               case when t.has_cover then t.id end as cover_track_id, r.cover_image_id
          from order_items i
          left join products p on p.id = i.product_id
          left join tracks t on t.id = p.track_id
          left join releases r on r.id = p.release_id
         where i.seller_id = $1 and i.order_id = any($2)
         order by i.order_id, i.position
    """
    return await conn.all(StoredSaleItem, sql, seller_id, order_ids)


async def list_orders(conn: Conn, query: OrdersQuery) -> list[AdminOrder]:
    """Return a page of all orders, newest first."""
    where = _matching(query)
    sql = f"""
        {_SELECT_ADMIN_ORDERS}
        {where.sql}
         order by id desc
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(AdminOrder, sql, *where.values)


async def count_matching(conn: Conn, query: OrdersQuery) -> int:
    where = _matching(query)
    return await conn.value(int, f"select count(*) from orders {where.sql}", *where.values) or 0


async def find_order(conn: Conn, order_id: OrderId) -> AdminOrder | None:
    return await conn.maybe(AdminOrder, f"{_SELECT_ADMIN_ORDERS} where id = $1", order_id)


async def list_disputes(conn: Conn, order_ids: Sequence[OrderId]) -> list[AdminDispute]:
    sql = """
        select id, order_id, dispute_ref, status, amount_cents, created_at
          from order_disputes
         where order_id = any($1)
         order by created_at, id
    """
    return await conn.all(AdminDispute, sql, order_ids)


async def list_clearances(conn: Conn, order_ids: Sequence[OrderId]) -> list[FlagClearance]:
    """Return the last 100 clearances of these orders, newest first."""
    sql = """
        select id, order_id, cleared_by, reason, created_at
          from flag_clearances
         where order_id = any($1)
         order by created_at desc, id desc
         limit 100
    """
    return await conn.all(FlagClearance, sql, order_ids)


async def insert_clearance(
    tx: Tx, clearance_id: FlagClearanceId, order_id: OrderId, *, cleared_by: UserId, reason: str
) -> None:
    """Clear the flag of an order, and record by whom and why."""
    sql = """
        with cleared as (update orders set is_flagged = false where id = $2)
        insert into flag_clearances (id, order_id, cleared_by, reason) values ($1, $2, $3, $4)
    """
    await tx.run(sql, clearance_id, order_id, cleared_by, reason)


async def count_orders(conn: Conn) -> dict[str, int]:
    """Return the numbers of orders, of those paid in time, and of those flagged."""
    sql = """
        select count(*) as total,
               count(*) filter (where paid_at is not null and not came_late) as paid,
               count(*) filter (where is_flagged) as flagged
          from orders
    """
    return await conn.counts(sql)


async def sum_by_currency(conn: Conn, mode: MoneyMode) -> list[CurrencyStats]:
    """Sum the ledger's revenue, refunds and fees of a mode by currency.

    A disputed amount counts as refunded until the dispute is won.
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


def _matching(query: OrdersQuery) -> Where:
    where = Where()
    where.add_filter("status = {}", query.status)
    if query.is_flagged is not None:
        where.add("is_flagged" if query.is_flagged else "not is_flagged")
    return where
