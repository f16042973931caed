"""Insert periods with the lines that pay them, and set their times when they are paid."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import MembershipId, OrderId, OrderItemId
from veza.domains.marketplace.memberships.models.state import (
    NewPeriod,
    OpenOrder,
    PeriodTimes,
    StoredPeriod,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_PERIOD = """
    p.item_id, p.membership_id, p.number, p.kind, p.tier_id, p.tier_name, p.interval,
    p.price_cents, p.attempt, p.keeps_method, i.order_id, o.provider, p.starts_at, p.ends_at,
    p.cut_at, p.is_paid, p.is_returned
"""


async def insert_periods(tx: Tx, periods: Sequence[NewPeriod]) -> None:
    sql = """
        insert into membership_periods (item_id, membership_id, number, kind, tier_id, tier_name,
                                        interval, price_cents, attempt, keeps_method)
             select g.item_id, g.membership_id, g.number, g.kind, g.tier_id, g.tier_name,
                    g.interval, g.price_cents, g.attempt, g.keeps_method
               from unnest(:item_id::uuid[], :membership_id::uuid[], :number::integer[],
                           :kind::text[], :tier_id::uuid[], :tier_name::text[], :interval::text[],
                           :price_cents::bigint[], :attempt::smallint[], :keeps_method::boolean[])
                    as g (item_id, membership_id, number, kind, tier_id, tier_name, interval,
                          price_cents, attempt, keeps_method)
    """
    columns = {
        field: [getattr(each, field) for each in periods] for field in NewPeriod.__struct_fields__
    }
    await tx.run(*bind(sql, columns))


async def find_period(conn: Conn, item_id: OrderItemId) -> StoredPeriod | None:
    """Return the period that a line pays."""
    sql = f"""
        select {_PERIOD}
          from membership_periods p
          join order_items i on i.id = p.item_id
          join orders o on o.id = i.order_id
         where p.item_id = $1
    """
    return await conn.maybe(StoredPeriod, sql, item_id)


async def find_paid(conn: Conn, membership_id: MembershipId, number: int) -> StoredPeriod | None:
    """Return the paid period of a number."""
    sql = f"""
        select {_PERIOD}
          from membership_periods p
          join order_items i on i.id = p.item_id
          join orders o on o.id = i.order_id
         where p.membership_id = $1 and p.number = $2 and p.is_paid
    """
    return await conn.maybe(StoredPeriod, sql, membership_id, number)


async def find_last_paid(conn: Conn, membership_id: MembershipId) -> StoredPeriod | None:
    """Return the paid period that ends last."""
    sql = f"""
        select {_PERIOD}
          from membership_periods p
          join order_items i on i.id = p.item_id
          join orders o on o.id = i.order_id
         where p.membership_id = $1 and p.is_paid
         order by p.number desc
         limit 1
    """
    return await conn.maybe(StoredPeriod, sql, membership_id)


async def update_paid(tx: Tx, item_id: OrderItemId, times: PeriodTimes) -> None:
    sql = """
        update membership_periods
           set is_paid = true, starts_at = :starts_at, ends_at = :ends_at
         where item_id = :item_id
    """
    await tx.run(*bind(sql, times, item_id=item_id))


async def update_cut(tx: Tx, item_id: OrderItemId, times: PeriodTimes) -> None:
    """End a paid period where the one starts that replaces its rest."""
    sql = """
        update membership_periods
           set cut_at = least(greatest(:starts_at, starts_at), ends_at)
         where item_id = :item_id
    """
    await tx.run(*bind(sql, times, item_id=item_id))


async def update_returned(tx: Tx, item_id: OrderItemId) -> None:
    sql = """
        update membership_periods set is_paid = false, is_returned = true where item_id = $1
    """
    await tx.run(sql, item_id)


async def update_uncut(tx: Tx, membership_id: MembershipId, number: int) -> None:
    """Restore the end of a paid period that another one had cut."""
    sql = """
        update membership_periods
           set cut_at = null
         where membership_id = $1 and number = $2 and is_paid
    """
    await tx.run(sql, membership_id, number)


async def find_attempt(
    conn: Conn, membership_id: MembershipId, number: int, attempt: int
) -> OrderId | None:
    """Return the order of an attempt to charge a period."""
    sql = """
        select i.order_id
          from membership_periods p
          join order_items i on i.id = p.item_id
         where p.membership_id = $1 and p.number = $2 and p.attempt = $3
    """
    found = await conn.value(UUID, sql, membership_id, number, attempt)
    return None if found is None else OrderId(found)


async def list_open_orders(conn: Conn, membership_id: MembershipId, number: int) -> list[OpenOrder]:
    """Return the orders of a period that may still be paid, newest first."""
    sql = """
        select o.id, o.provider, p.attempt, p.kind, p.tier_id, p.interval,
               o.status = 'pending' and o.expires_at > now() as is_payable
          from membership_periods p
          join order_items i on i.id = p.item_id
          join orders o on o.id = i.order_id
         where p.membership_id = $1 and p.number = $2 and o.status in ('pending', 'failed')
         order by o.id desc
         limit 100
    """
    return await conn.all(OpenOrder, sql, membership_id, number)


async def find_by_order(conn: Conn, order_id: OrderId) -> MembershipId | None:
    """Return the membership of which an order pays a period."""
    sql = """
        select p.membership_id
          from membership_periods p
          join order_items i on i.id = p.item_id
         where i.order_id = $1
    """
    found = await conn.value(UUID, sql, order_id)
    return None if found is None else MembershipId(found)
