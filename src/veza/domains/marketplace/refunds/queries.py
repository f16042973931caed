"""Refunds without a result are claimed for polling; some then count as unresolved."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.ids import (
    OrderId,
    OrderItemId,
    ProductId,
    RefundId,
    SubjectId,
    TakedownId,
    UserId,
)
from veza.domains.marketplace.orders.shared_queries import bundle_of
from veza.domains.marketplace.refunds.models import (
    AdminRefund,
    NewRefund,
    PersonalRefund,
    PreorderedItem,
    Refund,
    RefundableItem,
    RefundableOrder,
    RefundsQuery,
    RefundStatus,
    RevokedItem,
    SettleRefund,
    StoredRefund,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_SELECT_REFUND = """
    select r.id, r.order_id, r.amount_cents, r.currency, r.status, o.provider,
           r.asked_at is not null as is_asked,
           array(select item_id from refund_items where refund_id = r.id order by item_id)
               as item_ids
      from refunds r
      join orders o on o.id = r.order_id
     where r.id = $1
"""


async def find_order(conn: Conn, order_id: OrderId) -> RefundableOrder | None:
    sql = """
        select id, buyer_id, currency, paid_at,
               exists (select from order_disputes d
                        where d.order_id = o.id and d.status in ('open', 'lost')) as is_disputed
          from orders o
         where id = $1
    """
    return await conn.maybe(RefundableOrder, sql, order_id)


async def list_items(conn: Conn, order_id: OrderId) -> list[RefundableItem]:
    sql = """
        select id, seller_id, seller_subject, price_cents, refund_id, is_undelivered,
               delivered_at, service is not null as is_service
          from order_items
         where order_id = $1
         order by position
    """
    return await conn.all(RefundableItem, sql, order_id)


async def list_preorders(
    conn: Conn, product_id: ProductId, after: OrderItemId
) -> list[PreorderedItem]:
    """Return the next 100 paid pre-orders of a product that aren't being refunded, by id."""
    sql = """
        select i.id, i.order_id
          from order_items i
          left join licences l on l.item_id = i.id
         where i.product_id = $1 and i.is_undelivered and i.price_cents > 0
           and (l.item_id is not null or i.is_given)
           and i.refund_id is null and i.id > $2
         order by i.id
         limit 100
    """
    return await conn.all(PreorderedItem, sql, product_id, after)


async def find_revoked(conn: Conn, takedown_id: TakedownId) -> RevokedItem | None:
    """Return the item of a take-down that takes something from its buyers."""
    sql = """
        select content_type, content_id
          from takedowns
         where id = $1 and undone_at is null and revokes_purchases and content_id is not null
    """
    return await conn.maybe(RevokedItem, sql, takedown_id)


_SOLD = f"""
      from order_items i
      left join licences l on l.item_id = i.id
      left join products p on p.id = i.product_id
     where i.price_cents > 0 and i.refund_id is null
       and (l.item_id is not null or i.is_given)
       and case $1 when 'product' then p.id = $2 when 'track' then p.track_id = $2
                   when 'release' then p.release_id = $2
                   when 'bundle' then {bundle_of("i")} = $2
                   when 'commission_message' then i.id = (
                        select e.commission_id from commission_entries e
                         where e.id = $2 and e.kind = 'delivery')
           end
"""


async def count_sold(conn: Conn, item: RevokedItem) -> int:
    """Count what was paid for an item, and is not being refunded."""
    sql = f"select count(*)::int {_SOLD}"
    return await conn.value(int, sql, item.content_type, item.content_id) or 0


async def list_sold(conn: Conn, item: RevokedItem, after: OrderItemId) -> list[PreorderedItem]:
    """Return the next 100 of `count_sold`, by id."""
    sql = f"select i.id, i.order_id {_SOLD} and i.id > $3 order by i.id limit 100"
    return await conn.all(PreorderedItem, sql, item.content_type, item.content_id, after)


async def insert_refund(tx: Tx, refund: NewRefund) -> None:
    sql = """
        insert into refunds (id, order_id, mode, requested_by, seller_subject, amount_cents,
                             currency, reason, details)
             select :id, o.id, o.mode, :requested_by, :seller_subject, :amount_cents, :currency,
                    :reason, :details
               from orders o
              where o.id = :order_id
    """
    await tx.run(*bind(sql, refund))


async def insert_items(tx: Tx, refund_id: RefundId, item_ids: Sequence[OrderItemId]) -> None:
    sql = "insert into refund_items (refund_id, item_id) select $1, unnest($2::uuid[])"
    await tx.run(sql, refund_id, item_ids)


async def find_refund(conn: Conn, refund_id: RefundId) -> StoredRefund | None:
    return await conn.maybe(StoredRefund, _SELECT_REFUND, refund_id)


async def lock_refund(tx: Tx, refund_id: RefundId) -> StoredRefund | None:
    return await tx.maybe(StoredRefund, f"{_SELECT_REFUND} for update of r", refund_id)


async def update_asked(tx: Tx, refund_id: RefundId) -> None:
    """Record that the refund is sent to the provider."""
    sql = "update refunds set asked_at = now() where id = $1 and asked_at is null"
    await tx.run(sql, refund_id)


async def update_status(
    tx: Tx, refund_id: RefundId, status: RefundStatus, failure: str | None
) -> None:
    sql = """
        update refunds
           set status = $2, failure = $3,
               settled_at = case when $2 in ('made', 'failed') then now() end
         where id = $1
    """
    await tx.run(sql, refund_id, status, failure)


async def list_overdue(conn: Conn, age: timedelta) -> list[RefundId]:
    """Return up to 100 pending refunds older than `age`."""
    sql = """
        select id
          from refunds
         where status = 'pending' and created_at < now() - $1::interval
         order by created_at
         limit 100
    """
    return [RefundId(found) for found in await conn.column(UUID, sql, age)]


async def update_resolved(tx: Tx, refund_id: RefundId, admin_id: UserId, resolution: str) -> None:
    sql = "update refunds set resolved_by = $2, resolution = $3 where id = $1"
    await tx.run(sql, refund_id, admin_id, resolution)


async def claim_due(tx: Tx) -> list[SettleRefund]:
    """Return up to 100 refunds that are due to be polled, and schedule their next poll.

    The interval doubles, to one hour at most; for unresolved refunds it is six hours.
    """
    sql = """
           update refunds
              set poll_at = now() + case
                      when status = 'pending' then least(now() - created_at, interval '1 hour')
                      else interval '6 hours'
                  end
            where id in (
                      select id
                        from refunds
                       where status in ('pending', 'unresolved') and poll_at <= now()
                       order by poll_at
                       limit 100
                         for update skip locked
                  )
        returning id as refund_id
    """
    return await tx.all(SettleRefund, sql)


async def list_refunds(
    conn: Conn, order_id: OrderId, seller_subject: SubjectId | None
) -> list[Refund]:
    """Return the last 100 refunds of an order, or of a seller's items of it, newest first."""
    where = Where("r.order_id = {}", order_id)
    where.add_filter("i.seller_subject = {}", seller_subject)
    sql = f"""
        select r.id, r.status, sum(i.price_cents)::bigint as amount_cents, r.currency, r.reason,
               r.details, r.failure, array_agg(i.id order by i.position) as item_ids,
               r.created_at, r.settled_at
          from refunds r
          join refund_items l on l.refund_id = r.id
          join order_items i on i.id = l.item_id
        {where.sql}
         group by r.id
         order by r.id desc
         limit 100
    """
    return await conn.all(Refund, sql, *where.values)


_SELECT_ADMIN_REFUNDS = """
    select r.id, r.order_id, o.provider, r.status, r.amount_cents, r.currency, r.reason, r.failure,
           r.created_at, r.asked_at, r.settled_at, r.resolved_by, r.resolution
      from refunds r
      join orders o on o.id = r.order_id
"""


async def find_admin_refund(conn: Conn, refund_id: RefundId) -> AdminRefund | None:
    return await conn.maybe(AdminRefund, f"{_SELECT_ADMIN_REFUNDS} where r.id = $1", refund_id)


async def list_all_refunds(conn: Conn, query: RefundsQuery) -> list[AdminRefund]:
    """Return a page of all refunds, newest first."""
    where = _matching(query)
    sql = f"""
        {_SELECT_ADMIN_REFUNDS}
        {where.sql}
         order by r.id desc
         limit {query.limit:d} offset {query.offset:d}
    """
    return await conn.all(AdminRefund, sql, *where.values)


async def count_matching(conn: Conn, query: RefundsQuery) -> int:
    where = _matching(query)
    sql = f"select count(*) from refunds r {where.sql}"
    return await conn.value(int, sql, *where.values) or 0


async def list_personal_refunds(conn: Conn, user_id: UserId) -> list[PersonalRefund]:
    """Return the refunds that a member requested, by id."""
    sql = """
        select id, order_id, amount_cents, currency, reason, details, status, created_at
          from refunds
         where requested_by = $1
         order by id
    """
    return await conn.every(PersonalRefund, sql, user_id)


async def update_requester_gone(tx: Tx, user_id: UserId) -> None:
    """Remove a member who requested refunds (with the reasons) or resolved them as an admin."""
    sql = """
        update refunds
           set requested_by = null, reason = 'Erased', details = null
         where requested_by = $1
    """
    await tx.run(sql, user_id)
    await tx.run("update refunds set resolved_by = null where resolved_by = $1", user_id)
    # Of what they bought as a guest, and have claimed.
    sql = """
        update refunds
           set reason = 'Erased', details = null
         where requested_by is null
           and order_id in (select id from orders where buyer_id = $1 and is_guest)
    """
    await tx.run(sql, user_id)


async def update_guests_gone(tx: Tx, order_ids: Sequence[OrderId]) -> None:
    """Remove the reasons of refunds that no account requested from these orders."""
    sql = """
        update refunds
           set reason = 'Erased', details = null
         where order_id = any($1) and requested_by is null
    """
    await tx.run(sql, order_ids)


def _matching(query: RefundsQuery) -> Where:
    where = Where()
    where.add_filter("r.status = {}", query.status)
    return where
