"""Statements on commissions. Lock the order before changing one, or adding an entry."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.ids import LOWEST_ID, OrderId, OrderItemId, UserId
from veza.core.people import appearance
from veza.core.visibility import is_theirs, suspended
from veza.domains.marketplace.commissions.models import (
    BegunCommission,
    CommissionQuery,
    CommissionState,
    Party,
    StoredCommission,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

# The payment is being refunded, or disputed at a bank.
_IS_PAUSED = """
    (i.refund_id is not null and i.refunded_at is null
     or exists (select from order_disputes d where d.order_id = c.order_id and d.status = 'open'))
"""
# The last delivery is taken down.
_IS_WITHHELD = """
    coalesce((select e.is_taken_down
                from commission_entries e
               where e.commission_id = c.id and e.kind = 'delivery'
               order by e.id desc
               limit 1), false)
"""
_SELECT = f"""
    select c.id, c.order_id, c.buyer_id, c.seller_id, c.status,
           (i.service->>'delivery_days')::integer as delivery_days,
           (i.service->>'revisions')::integer as revisions, i.service->>'questions' as questions,
           c.revisions_used, c.due_at, c.is_cancel_asked, c.was_disputed,
           {_IS_PAUSED} as is_paused, {_IS_WITHHELD} as is_withheld,
           (s.id is null or {suspended("s")}) as is_seller_gone,
           i.price_cents = 0 as is_free,
           not exists (select from order_disputes d
                        where d.order_id = c.order_id and d.status = 'lost') as is_refundable,
           i.product_id, i.title, i.price_cents, o.currency,
           b.username as buyer_name, {appearance("b")} as buyer_appearance,
           s.username as seller_name, {appearance("s")} as seller_appearance,
           c.created_at, c.changed_at
      from commissions c
      join order_items i on i.id = c.id
      join orders o on o.id = c.order_id
      left join users b on b.id = c.buyer_id
      left join users s on s.id = c.seller_id
"""


async def insert_commissions(
    tx: Tx, order_id: OrderId, brief_within: timedelta
) -> list[BegunCommission]:
    """Begin the commissions of the services in a paid order, unless they have begun."""
    sql = """
        insert into commissions (id, order_id, buyer_id, seller_id, status, due_at)
             select i.id, o.id, o.buyer_id, i.seller_id, 'brief', now() + $2::interval
               from orders o
               join order_items i on i.order_id = o.id
               join licences l on l.item_id = i.id
              where o.id = $1 and i.service is not null and o.buyer_id is not null
              order by i.id
        on conflict (id) do nothing
          returning id, buyer_id
    """
    return await tx.all(BegunCommission, sql, order_id, brief_within)


async def find_commission(conn: Conn, commission_id: OrderItemId) -> StoredCommission | None:
    return await conn.maybe(StoredCommission, f"{_SELECT} where c.id = $1", commission_id)


async def has_interest(conn: Conn, commission_id: OrderItemId, user_id: UserId) -> bool:
    """Return whether a member, or a page of theirs, ordered a service or earns by it."""
    sql = f"""
        with parties as (
            select unnest(array[c.buyer_id, c.seller_id]) as id
              from commissions c
             where c.id = $1
             union all
            select p.party_id
              from order_item_parts p
             where p.item_id = $1
        )
        select exists (select from parties p where {is_theirs("p.id", "$2")})
    """
    return await conn.value(bool, sql, commission_id, user_id) or False


async def lock_parties(tx: Tx, user_ids: Sequence[UserId]) -> None:
    """Lock members against erasure, as erasing them locks them first."""
    sql = "select id from users where id = any($1) order by id for key share"
    await tx.column(UUID, sql, user_ids)


async def lock_erased(tx: Tx, user_ids: Sequence[UserId]) -> None:
    """Lock the rows of members who are erased: inserts of rows that refer to them wait."""
    sql = "select id from users where id = any($1) order by id for update"
    await tx.column(UUID, sql, user_ids)


async def list_parties_beside(conn: Conn, user_ids: Collection[UserId]) -> list[UserId]:
    """Return members, and the other parties of their commissions that go on, by id."""
    sql = """
        with mine as (
            select buyer_id, seller_id
              from commissions
             where (buyer_id = any($1) or seller_id = any($1))
               and status in ('brief', 'in_progress', 'delivered', 'disputed')
        )
        select unnest($1::uuid[]) as id
         union
        select buyer_id from mine where buyer_id is not null
         union
        select seller_id from mine where seller_id is not null
         order by id
    """
    return [UserId(found) for found in await conn.column(UUID, sql, list(user_ids))]


async def lock_commission(tx: Tx, commission_id: OrderItemId) -> StoredCommission | None:
    """Lock a commission, of which the order is locked."""
    sql = f"{_SELECT} where c.id = $1 for no key update of c"
    return await tx.maybe(StoredCommission, sql, commission_id)


async def update_commission(tx: Tx, commission: CommissionState) -> None:
    sql = """
        update commissions
           set status = :status, revisions_used = :revisions_used, due_at = :due_at,
               is_cancel_asked = :is_cancel_asked, was_disputed = :was_disputed,
               changed_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, commission))


async def list_returned(conn: Conn, order_id: OrderId) -> list[OrderItemId]:
    """Return the commissions of an order whose payment was returned, and that don't say so."""
    sql = """
        select c.id
          from commissions c
          join order_items i on i.id = c.id
         where c.order_id = $1 and c.status <> 'cancelled'
           and (i.refunded_at is not null
                or c.buyer_id is not null
                   and not exists (select from licences l where l.item_id = c.id))
         order by c.id
    """
    return [OrderItemId(found) for found in await conn.column(UUID, sql, order_id)]


async def list_due(
    conn: Conn, abandoned_after: timedelta, after: OrderItemId | None
) -> list[OrderItemId]:
    """Return the next commissions with which something happens by itself, by id."""
    sql = f"""
        select c.id
          from commissions c
          join order_items i on i.id = c.id
         where (c.status in ('brief', 'delivered') and c.due_at <= now()
                or c.status = 'in_progress' and c.due_at <= now() - $1::interval)
           and not {_IS_PAUSED}
           and not (c.status = 'delivered' and {_IS_WITHHELD})
           and c.id > $2
         order by c.id
         limit 100
    """
    found = await conn.column(UUID, sql, abandoned_after, after or LOWEST_ID)
    return [OrderItemId(each) for each in found]


async def list_commissions(
    conn: Conn, user_id: UserId, query: CommissionQuery
) -> list[StoredCommission]:
    """Return up to `limit + 1` commissions of a buyer or a seller, newest first."""
    column = "c.buyer_id" if query.role is Party.BUYER else "c.seller_id"
    where = Where(f"{column} = {{}}", user_id)
    return await _list(conn, where, query)


async def list_disputed(conn: Conn, query: CommissionQuery) -> list[StoredCommission]:
    """Return up to `limit + 1` commissions that were disputed, newest first."""
    return await _list(conn, Where("c.was_disputed"), query)


async def list_unfinished(conn: Conn, user_id: UserId) -> list[OrderItemId]:
    """Return the commissions of a member that go on, by id."""
    sql = """
        select id
          from commissions
         where (buyer_id = $1 or seller_id = $1)
           and status in ('brief', 'in_progress', 'delivered', 'disputed')
         order by id
    """
    return [OrderItemId(found) for found in await conn.column(UUID, sql, user_id)]


async def list_left(conn: Conn, user_ids: Collection[UserId]) -> list[CommissionState]:
    """Return up to 1,000 commissions of members that go on, oldest first."""
    sql = f"""
        {_SELECT}
         where (c.buyer_id = any($1) or c.seller_id = any($1))
           and c.status in ('brief', 'in_progress', 'delivered', 'disputed')
         order by c.id
         limit 1000
    """
    return await conn.all(CommissionState, sql, list(user_ids))


async def update_member_gone(tx: Tx, user_id: UserId) -> None:
    """Remove a member from commissions, and what they wrote in them."""
    await tx.run("update commissions set buyer_id = null where buyer_id = $1", user_id)
    await tx.run("update commissions set seller_id = null where seller_id = $1", user_id)
    sql = "update commission_entries set author_id = null, words = '' where author_id = $1"
    await tx.run(sql, user_id)


async def _list(conn: Conn, where: Where, query: CommissionQuery) -> list[StoredCommission]:
    where.add_filter("c.status = {}", query.status)
    where.add_filter("c.id < {}", query.before)
    sql = f"{_SELECT} {where.sql} order by c.id desc limit {query.limit + 1:d}"
    return await conn.all(StoredCommission, sql, *where.values)
