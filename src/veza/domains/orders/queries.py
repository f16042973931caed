"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from datetime import timedelta

from msgspec import structs

from veza.core.ids import OrderId, OrderItemId, UserId
from veza.domains.orders.models import (
    Dispute,
    Line,
    NewLine,
    NewOrder,
    OrderState,
    PersonalOrder,
    PersonalSale,
    StoredDispute,
    StoredOrder,
    StoredShare,
)
from veza.infra.db import Conn, Tx
from veza.infra.where import Where

_SELECT_STATE = """
    select id, buyer_id, status, total_cents, currency, provider, paid_at is not null as is_paid,
           came_late, is_flagged, reason
      from orders
"""


async def lock_order(tx: Tx, order_id: OrderId) -> StoredOrder | None:
    return await tx.maybe(StoredOrder, f"{_SELECT_STATE} where id = $1 for update", order_id)


async def find_order(conn: Conn, order_id: OrderId) -> StoredOrder | None:
    return await conn.maybe(StoredOrder, f"{_SELECT_STATE} where id = $1", order_id)


async def list_lines(conn: Conn, order_id: OrderId) -> list[Line]:
    """The lines of an order as they decide what happens next, in their order."""
    sql = """
        select id, product_id, seller_id, seller_subject, price_cents, fee_cents, net_cents,
               refund_id, refunded_at is not null as is_refunded
          from order_items
         where order_id = $1
         order by position
    """
    return await conn.all(Line, sql, order_id)


async def list_disputes(conn: Conn, order_id: OrderId) -> list[StoredDispute]:
    sql = """
        select id, dispute_ref, status, amount_cents
          from order_disputes
         where order_id = $1
         order by created_at, id
    """
    return await conn.all(StoredDispute, sql, order_id)


async def list_shares(conn: Conn, order_id: OrderId) -> list[StoredShare]:
    """What the lines of an order bear of disputes."""
    sql = """
        select s.item_id, s.amount_cents, s.net_cents, s.dispute_id
          from order_disputes d
          join dispute_shares s on s.dispute_id = d.id
         where d.order_id = $1
         order by s.item_id
    """
    return await conn.all(StoredShare, sql, order_id)


async def insert_order(tx: Tx, order: NewOrder, *, lasts: timedelta, ask_after: timedelta) -> bool:
    """False, and nothing is written, where there is one of this id."""
    sql = """
        insert into orders (id, buyer_id, buyer_subject, status, total_cents, currency, provider,
                            billing, expires_at, ask_at)
             values ($1, $2, $3, 'pending', $4, $5, $6, $7, now() + $8::interval,
                     now() + $9::interval)
        on conflict (id) do nothing
    """
    return (
        await tx.run(
            sql,
            order.id,
            order.buyer_id,
            order.buyer_subject,
            order.total_cents,
            order.currency,
            order.provider,
            order.billing,
            lasts,
            ask_after,
        )
        == 1
    )


async def insert_lines(tx: Tx, order_id: OrderId, lines: Sequence[NewLine]) -> None:
    sql = """
        insert into order_items (order_id, position, id, product_id, seller_id, seller_subject,
                                 title, licence, price_cents, fee_cents, net_cents)
             select $1, row_number() over (), g.id, g.product_id, g.seller_id, g.seller_subject,
                    g.title, g.licence, g.price_cents, g.fee_cents, g.net_cents
               from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[],
                           $8::bigint[], $9::bigint[], $10::bigint[])
                    as g (id, product_id, seller_id, seller_subject, title, licence, price_cents,
                          fee_cents, net_cents)
    """
    columns = zip(*map(structs.astuple, lines), strict=True)
    await tx.run(sql, order_id, *map(list, columns))


async def update_state(tx: Tx, order: OrderState) -> None:
    """Write how an order stands. Once it is neither pending nor failed, nobody has to be asked."""
    sql = """
        update orders
           set status = $2,
               reason = $3,
               is_flagged = $4,
               came_late = $5,
               paid_at = case when $6 then coalesce(paid_at, now()) end,
               ask_at = case when $2 in ('pending', 'failed') then ask_at end
         where id = $1
    """
    await tx.run(
        sql,
        order.id,
        order.status,
        order.reason,
        order.is_flagged,
        order.came_late,
        order.is_paid,
    )


async def update_lines(tx: Tx, lines: Sequence[Line]) -> None:
    """Write which refunds lines are in."""
    sql = """
        update order_items i
           set refund_id = g.refund_id,
               refunded_at = case when g.is_refunded then coalesce(i.refunded_at, now()) end
          from unnest($1::uuid[], $2::uuid[], $3::boolean[]) as g (id, refund_id, is_refunded)
         where i.id = g.id
    """
    columns = zip(*((line.id, line.refund_id, line.is_refunded) for line in lines), strict=True)
    await tx.run(sql, *map(list, columns))


async def upsert_dispute(tx: Tx, order_id: OrderId, dispute: Dispute) -> None:
    sql = """
        insert into order_disputes as d (id, order_id, dispute_ref, status, amount_cents)
             values ($1, $2, $3, $4, $5)
        on conflict (id) do update
                set status = excluded.status, amount_cents = excluded.amount_cents
    """
    await tx.run(
        sql, dispute.id, order_id, dispute.dispute_ref, dispute.status, dispute.amount_cents
    )


async def insert_shares(tx: Tx, dispute: Dispute) -> None:
    """Write what lines bear of a dispute, unless that is written already."""
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


async def insert_licences(tx: Tx, buyer_id: UserId, item_ids: Sequence[OrderItemId]) -> int:
    """Give a buyer what lines are for; tell how many of these nobody else's order gave before.

    Who gives the same at the same time waits for this to end.
    """
    sql = """
        insert into licences (buyer_id, product_id, item_id)
             select $1, product_id, id
               from order_items
              where id = any($2) and product_id is not null
              order by product_id
        on conflict (buyer_id, product_id) do nothing
    """
    return await tx.run(sql, buyer_id, item_ids)


async def delete_licences(tx: Tx, item_ids: Sequence[OrderItemId]) -> None:
    await tx.run("delete from licences where item_id = any($1)", item_ids)


async def list_orders_of(conn: Conn, user_id: UserId, after: OrderId | None) -> list[PersonalOrder]:
    """What a member ordered, in the order of the ids, 500 at a time."""
    where = Where()
    where.add("o.buyer_id = {}", user_id)
    if after is not None:
        where.add("o.id > {}", after)
    sql = f"""
        select o.id, o.status, o.total_cents, o.currency, o.billing, o.created_at, o.paid_at,
               array(select i.title
                       from order_items i
                      where i.order_id = o.id
                      order by i.position) as titles
          from orders o
        {where.sql}
         order by o.id
         limit 500
    """
    return await conn.all(PersonalOrder, sql, *where.values)


async def list_sales_of(
    conn: Conn, user_id: UserId, after: PersonalSale | None
) -> list[PersonalSale]:
    """What a member sold, in the order of the orders, 500 at a time."""
    where = Where()
    where.add("i.seller_id = {} and o.paid_at is not null and not o.came_late", user_id)
    if after is not None:
        where.add("(i.order_id, i.id) > ({}, {})", after.order_id, after.id)
    sql = f"""
        select i.id, i.order_id, i.title, i.price_cents, i.fee_cents, i.net_cents, o.currency,
               o.paid_at, i.refunded_at
          from order_items i
          join orders o on o.id = i.order_id
        {where.sql}
         order by i.order_id, i.id
         limit 500
    """
    return await conn.all(PersonalSale, sql, *where.values)


async def update_buyer_gone(tx: Tx, user_id: UserId) -> None:
    sql = """
        update orders
           set buyer_id = null, billing = null, client_secret = null
         where buyer_id = $1
    """
    await tx.run(sql, user_id)


async def update_seller_gone(tx: Tx, user_id: UserId) -> None:
    await tx.run("update order_items set seller_id = null where seller_id = $1", user_id)


async def delete_licences_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from licences where buyer_id = $1", user_id)
