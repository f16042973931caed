"""An order is locked without its lines; state, disputes and licences are stored apart."""

from collections.abc import Sequence
from datetime import timedelta

from veza.core.ids import OrderId, OrderItemId, ProductId, UserId
from veza.core.visibility import announced_release
from veza.domains.marketplace.orders.models.state import (
    Dispute,
    OrderDetails,
    OrderLine,
    OrderState,
    PollPayment,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_LINE_COLUMNS = """
    id, product_id, seller_id, seller_subject, price_cents, fee_cents, net_cents, refund_id,
    refunded_at is not null as is_refunded, is_undelivered, holds_unit, is_gift, is_received, kind,
    variant_id, coalesce(variant->>'kind' = 'exclusive', false) as is_exclusive,
    service is not null as is_service
"""

_SELECT_STATE = """
    select id, buyer_id, status, total_cents, currency, provider, paid_at is not null as is_paid,
           came_late, is_flagged, reason, is_guest,
           expires_at + $1::interval <= now() as is_overdue
      from orders
"""


def sellable_lines(item_ids: str) -> str:
    """Return a `with` clause that locks products, by id, and has their `sellable` lines.

    After an exclusive sale those are sellable that were paid before, or by a gift.
    """
    return f"""
        with locked as materialized (
            select p.id, p.sold_exclusively_at is not null as is_sold
              from products p
             where p.id in (select i.product_id from order_items i where i.id = any({item_ids}))
             order by p.id
               for no key update
        ), sellable as (
            select i.id, i.product_id, i.variant_id, i.service is not null as is_service
              from order_items i
              join locked p on p.id = i.product_id
              join orders o on o.id = i.order_id
             where i.id = any({item_ids})
               and (not p.is_sold or i.is_received or o.paid_at is not null)
        )
    """


async def lock_order(tx: Tx, order_id: OrderId, *, overdue_after: timedelta) -> OrderState | None:
    """Lock an order without its lines and disputes; rows that reference it stay insertable.

    The buyer is locked first: erasing a member locks the member and then the orders.
    """
    sql = f"""
        with buyer as materialized (
            select u.id from orders o join users u on u.id = o.buyer_id
             where o.id = $2
               for key share of u
        )
        {_SELECT_STATE}
         where id = $2 and (select count(*) from buyer) >= 0
           for no key update
    """
    return await tx.maybe(OrderState, sql, overdue_after, order_id)


async def find_order(
    conn: Conn, order_id: OrderId, *, overdue_after: timedelta
) -> OrderState | None:
    """Return an order without its lines and disputes."""
    sql = f"{_SELECT_STATE} where id = $2"
    return await conn.maybe(OrderState, sql, overdue_after, order_id)


async def read_details(conn: Conn, order_id: OrderId) -> OrderDetails:
    """Return the lines of an order with their parts, and its disputes with their shares."""
    sql = f"""
        select (
                   select coalesce(jsonb_agg(l), '[]')
                     from (
                         select {_LINE_COLUMNS}, (
                                    select coalesce(jsonb_agg(jsonb_build_object(
                                               'party_id', party_id, 'party_subject', party_subject,
                                               'parts_per_10000', parts_per_10000
                                           ) order by p.position), '[]')
                                      from order_item_parts p
                                     where item_id = i.id
                                ) as parts
                           from order_items i
                          where order_id = $1
                          order by position
                     ) l
               ) as lines,
               (
                   select coalesce(jsonb_agg(d), '[]')
                     from (
                         select id, dispute_ref, status, amount_cents, (
                                    select coalesce(jsonb_agg(s), '[]')
                                      from (
                                          select item_id, amount_cents, net_cents
                                            from dispute_shares
                                           where dispute_id = o.id
                                           order by item_id
                                      ) s
                                ) as shares
                           from order_disputes o
                          where order_id = $1
                          order by created_at, id
                     ) d
               ) as disputes
    """
    return await conn.one(OrderDetails, sql, order_id)


async def list_unpaid_with(conn: Conn, product_id: ProductId) -> list[PollPayment]:
    """Return the unpaid orders with a product, to cancel their payments."""
    sql = """
        select o.id as order_id, o.provider, true as is_expired
          from order_items i
          join orders o on o.id = i.order_id
         where i.product_id = $1 and o.status in ('pending', 'failed')
         order by o.id
    """
    return await conn.every(PollPayment, sql, product_id)


async def update_state(tx: Tx, order: OrderState) -> None:
    """Store the state of an order. A paid order is no longer polled."""
    sql = """
        update orders
           set status = :status,
               reason = :reason,
               is_flagged = :is_flagged,
               came_late = :came_late,
               paid_at = case when :is_paid then coalesce(paid_at, now()) end,
               poll_at = case when not :is_paid then poll_at end
         where id = :id
    """
    await tx.run(*bind(sql, order))


async def update_lines(tx: Tx, lines: Sequence[OrderLine]) -> None:
    """Store the refunds of lines, and whether they hold a unit of the stock."""
    sql = """
        update order_items i
           set refund_id = g.refund_id,
               refunded_at = case when g.is_refunded then coalesce(i.refunded_at, now()) end,
               holds_unit = g.holds_unit
          from unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::boolean[])
               as g (id, refund_id, is_refunded, holds_unit)
         where i.id = g.id
    """
    await tx.run(
        sql,
        [line.id for line in lines],
        [line.refund_id for line in lines],
        [line.is_refunded for line in lines],
        [line.holds_unit for line in lines],
    )


async def upsert_dispute(tx: Tx, order_id: OrderId, dispute: Dispute) -> None:
    sql = """
        insert into order_disputes as d (id, order_id, dispute_ref, status, amount_cents)
             values (:id, :order_id, :dispute_ref, :status, :amount_cents)
        on conflict (id) do update
                set status = excluded.status, amount_cents = excluded.amount_cents
    """
    await tx.run(*bind(sql, dispute, order_id=order_id))


async def insert_shares(tx: Tx, dispute: Dispute) -> None:
    """Store the shares of a dispute, unless they are stored already."""
    sql = """
        insert into dispute_shares (dispute_id, item_id, amount_cents, net_cents)
             select $1, g.item_id, g.amount_cents, g.net_cents
               from unnest($2::uuid[], $3::bigint[], $4::bigint[])
                    as g (item_id, amount_cents, net_cents)
        on conflict (dispute_id, item_id) do nothing
    """
    await tx.run(
        sql,
        dispute.id,
        [share.item_id for share in dispute.shares],
        [share.amount_cents for share in dispute.shares],
        [share.net_cents for share in dispute.shares],
    )


async def count_deliverable(tx: Tx, item_ids: Sequence[OrderItemId]) -> int:
    """Lock the products and releases of lines, and count those that will still be published."""
    sql = f"""
        select count(*)
          from (select p.id
                  from order_items i
                  join products p on p.id = i.product_id and p.status <> 'withdrawn'
                  join releases r on r.id = p.release_id
                 where i.id = any($1)
                   and {announced_release("r")}
                 order by p.id
                   for share of r
                   for no key update of p) deliverable
    """
    return await tx.value(int, sql, item_ids) or 0


async def insert_licences(tx: Tx, buyer_id: UserId, item_ids: Sequence[OrderItemId]) -> int:
    """Grant the licences of lines; return how many of them the buyer did not hold before.

    Locks the products, and waits for concurrent grants of the same licences. After an exclusive one
    none is granted, but those of orders that were paid before.
    """
    sql = f"""
        {sellable_lines("$2")}
        insert into licences (buyer_id, product_id, item_id)
             select $1, product_id, id
               from sellable
              order by product_id
        on conflict (buyer_id, product_id) do nothing
    """
    return await tx.run(sql, buyer_id, item_ids)


async def insert_further(tx: Tx, buyer_id: UserId, item_ids: Sequence[OrderItemId]) -> int:
    """Grant the licences of lines to a buyer who holds others of the same products.

    So of a variant, or of the whole product, beside another variant; not of those that they hold
    already. Services any number of times. The products are locked. Returns how many were granted.
    """
    sql = f"""
        {sellable_lines("$2")}
        insert into licences (product_id, item_id)
             select s.product_id, s.id
               from sellable s
              where s.is_service or not exists (
                    select from orders o
                      join order_items i on i.order_id = o.id and i.product_id = s.product_id
                       and i.variant_id is not distinct from s.variant_id
                      join licences l on l.item_id = i.id
                     where o.buyer_id = $1)
              order by s.product_id
        on conflict (item_id) do nothing
    """
    return await tx.run(sql, buyer_id, item_ids)


async def count_sellable(tx: Tx, item_ids: Sequence[OrderItemId]) -> int:
    """Lock the products of lines; return of how many lines licences can still be sold."""
    sql = f"{sellable_lines('$1')} select count(*) from sellable"
    return await tx.value(int, sql, item_ids) or 0


async def delete_licences(tx: Tx, item_ids: Sequence[OrderItemId]) -> None:
    await tx.run("delete from licences where item_id = any($1)", item_ids)
