"""Every SQL statement of the domain, one function each."""

from collections.abc import Collection, Sequence
from datetime import timedelta

from msgspec import structs

from veza.core.ids import DisputeId, OrderId, OrderItemId, ProductId, TrackId, UserId
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.orders.models import (
    AskPayment,
    Dispute,
    FlagClearance,
    Line,
    NewLine,
    NewOrder,
    OrderState,
    PersonalOrder,
    PersonalSale,
    Purchase,
    Share,
)
from veza.infra.postgres.anonymize import anonymized
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_SELECT_STATE = """
    select id, buyer_id, status, total_cents, currency, provider, paid_at is not null as is_paid,
           came_late, is_flagged, reason, expires_at + $1::interval <= now() as is_overdue
      from orders
"""


async def lock_order(tx: Tx, order_id: OrderId, *, overdue_after: timedelta) -> OrderState | None:
    """Lock an order, though not for rows that name it; lines and disputes are read apart.

    Its buyer before it: whoever erases a member locks them first, and then what they ordered.
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
    sql = f"{_SELECT_STATE} where id = $2"
    return await conn.maybe(OrderState, sql, overdue_after, order_id)


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


async def list_disputes(conn: Conn, order_id: OrderId) -> list[Dispute]:
    """The disputes of an order; what lines bear of them is read apart."""
    sql = """
        select id, dispute_ref, status, amount_cents
          from order_disputes
         where order_id = $1
         order by created_at, id
    """
    return await conn.all(Dispute, sql, order_id)


async def list_shares(conn: Conn, dispute_id: DisputeId) -> list[Share]:
    sql = """
        select item_id, amount_cents, net_cents
          from dispute_shares
         where dispute_id = $1
         order by item_id
    """
    return await conn.all(Share, sql, dispute_id)


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
        insert into order_items (order_id, position, id, product_id, track_id, seller_id,
                                 seller_subject, title, licence, price_cents, fee_cents, net_cents)
             select $1, g.position, g.id, g.product_id, g.track_id, g.seller_id, g.seller_subject,
                    g.title, g.licence, g.price_cents, g.fee_cents, g.net_cents
               from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[],
                           $8::text[], $9::bigint[], $10::bigint[], $11::bigint[])
                    with ordinality
                    as g (id, product_id, track_id, seller_id, seller_subject, title, licence,
                          price_cents, fee_cents, net_cents, position)
    """
    columns = [
        [line.id for line in lines],
        [line.product_id for line in lines],
        [line.track_id for line in lines],
        [line.seller_id for line in lines],
        [line.seller_subject for line in lines],
        [line.title for line in lines],
        [line.licence for line in lines],
        [line.price_cents for line in lines],
        [line.fee_cents for line in lines],
        [line.net_cents for line in lines],
    ]
    await tx.run(sql, order_id, *columns)


async def update_state(tx: Tx, order: OrderState) -> None:
    """Write how an order stands. Once the money came, nobody has to be asked."""
    sql = """
        update orders
           set status = $2,
               reason = $3,
               is_flagged = $4,
               came_late = $5,
               paid_at = case when $6 then coalesce(paid_at, now()) end,
               ask_at = case when not $6 then ask_at end
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
               where id = any($2)
              order by product_id
        on conflict (buyer_id, product_id) do nothing
    """
    return await tx.run(sql, buyer_id, item_ids)


async def delete_licences(tx: Tx, item_ids: Sequence[OrderItemId]) -> None:
    await tx.run("delete from licences where item_id = any($1)", item_ids)


async def update_payment(
    tx: Tx, order_id: OrderId, payment_ref: str, client_secret: str | None, *, provider: str
) -> None:
    """Keep the payment that a company began; the first counts."""
    sql = """
        update orders
           set payment_ref = $2, client_secret = $3, provider = $4
         where id = $1 and payment_ref is null and status = 'pending'
    """
    await tx.run(sql, order_id, payment_ref, client_secret, provider)


async def find_purchase(conn: Conn, buyer_id: UserId, product_id: ProductId) -> Purchase | None:
    """The line by which somebody has a product, or had it last."""
    sql = """
        select i.order_id, i.id as item_id, l.item_id is null as is_refunded
          from order_items i
          join orders o on o.id = i.order_id
          left join licences l on l.item_id = i.id
         where i.product_id = $2
           and o.buyer_id = $1
           and o.paid_at is not null
           and not o.came_late
         order by l.item_id is null, i.order_id desc
         limit 1
    """
    return await conn.maybe(Purchase, sql, buyer_id, product_id)


async def has_track(conn: Conn, buyer_id: UserId, track_id: TrackId) -> bool:
    """Tell whether a buyer has a track at present: not one whose refund has begun."""
    sql = """
        select exists (
            select from licences l
              join order_items i on i.id = l.item_id
             where l.buyer_id = $1 and i.track_id = $2 and i.refund_id is null
        )
    """
    return bool(await conn.value(bool, sql, buyer_id, track_id))


async def is_track_ordered(conn: Conn, track_id: TrackId) -> bool:
    sql = "select exists (select from order_items where track_id = $1)"
    return bool(await conn.value(bool, sql, track_id))


async def list_to_ask(
    tx: Tx, *, limit: int, again_after: timedelta, watched_for: timedelta
) -> list[AskPayment]:
    """Take the orders of which it is time to ask, and put them off until the next time.

    The longer an order is over, the later that is: six hours at most. A cancelled one that expired
    longer than `watched_for` ago is taken for the last time.
    """
    sql = f"""
        with due as (
            select id
              from orders
             where ask_at <= now()
             order by ask_at
             limit {limit:d}
               for update skip locked
        )
           update orders o
              set ask_at = case
                      when o.status <> 'cancelled' or o.expires_at + $2::interval > now()
                      then now() + least(greatest($1, now() - o.expires_at), interval '6 hours')
                  end
             from due
            where o.id = due.id
        returning o.id as order_id, o.provider, o.expires_at <= now() as is_expired
    """
    return await tx.all(AskPayment, sql, again_after, watched_for)


async def update_unasked(tx: Tx, order_id: OrderId) -> None:
    await tx.run("update orders set ask_at = null where id = $1", order_id)


async def insert_clearance(tx: Tx, clearance: FlagClearance) -> None:
    """Clear the flag of an order, and keep who did it and why."""
    sql = """
        with cleared as (update orders set is_flagged = false where id = $2)
        insert into flag_clearances (id, order_id, cleared_by, reason) values ($1, $2, $3, $4)
    """
    await tx.run(sql, *structs.astuple(clearance))


async def update_clearer_gone(tx: Tx, user_id: UserId) -> None:
    await tx.run("update flag_clearances set cleared_by = null where cleared_by = $1", user_id)


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


async def has_open_sales(conn: Conn, user_id: UserId, modes: Collection[MoneyMode]) -> bool:
    """Whether sales of these modes may still be paid, or are being refunded or disputed."""
    sql = """
        select exists (
            select from order_items i
              join orders o on o.id = i.order_id
             where i.seller_id = $1 and o.mode = any($2)
               and (o.status in ('pending', 'failed')
                    or (i.refund_id is not null and i.refunded_at is null)
                    or exists (select from order_disputes d
                                where d.order_id = o.id and d.status = 'open'))
        )
    """
    return bool(await conn.value(bool, sql, user_id, list(modes)))


async def update_buyer_gone(tx: Tx, user_id: UserId) -> None:
    sql = """
        update orders set buyer_id = null, billing = null, client_secret = null
         where buyer_id = $1
    """
    await tx.run(sql, user_id)


async def update_seller_gone(tx: Tx, user_id: UserId) -> None:
    """Forget who sold; in what buyers have of it the name stands no more."""
    sql = f"""
        update order_items i
           set seller_id = null, title = {anonymized("i.title")},
               licence = {anonymized("i.licence")}
          from users u
         where i.seller_id = u.id and u.id = $1
    """
    await tx.run(sql, user_id)


async def delete_licences_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from licences where buyer_id = $1", user_id)
