"""Memberships as their members see them, and the members of a profile."""

from veza.core.ids import MembershipId, UserId
from veza.core.pages import Cursor
from veza.core.people import appearance
from veza.core.visibility import muted
from veza.domains.marketplace.memberships.models.shown import (
    MemberRow,
    MembershipRow,
    PersonalMembership,
)
from veza.domains.marketplace.memberships.shared_queries import asked_cents
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

_SELECT_OWN = f"""
    select m.id, m.profile_id, u.username, {appearance("u")} as appearance, m.tier_id, m.tier_name,
           m.interval, m.price_cents, m.currency,
           {asked_cents("m", "t")} as asked_cents,
           m.next_tier_id, m.next_tier_name, m.next_interval, m.next_price_cents,
           case when m.state not in ('pending', 'ended') then t.welcome end as welcome, m.state,
           m.started_at, m.paid_until, m.access_until, m.next_charge_at, m.attempts,
           m.paused_until, m.cancelled_at, m.ended_at, m.end_reason, m.created_at
      from memberships m
      left join users u on u.id = m.profile_id
      left join tiers t on t.id = m.tier_id
"""


async def find_own(
    conn: Conn, membership_id: MembershipId, member_id: UserId
) -> MembershipRow | None:
    sql = f"{_SELECT_OWN} where m.id = $1 and m.member_id = $2"
    return await conn.maybe(MembershipRow, sql, membership_id, member_id)


async def list_own(
    conn: Conn, member_id: UserId, limit: int, cursor: Cursor | None
) -> list[MembershipRow]:
    """Return up to `limit + 1` memberships of a member, newest first, but none that never began."""
    where = Where(
        "m.member_id = {} and (m.state <> 'ended' or m.started_at is not null)", member_id
    )
    where.add_filter("m.id < {}", cursor and cursor.id)
    sql = f"{_SELECT_OWN} {where.sql} order by m.id desc limit {limit + 1:d}"
    return await conn.all(MembershipRow, sql, *where.values)


async def list_members(
    conn: Conn, profile_id: UserId, limit: int, cursor: Cursor | None
) -> list[MemberRow]:
    """Return up to `limit + 1` members of a profile who have paid, newest first."""
    where = Where("c.profile_id = {} and c.started_at is not null", profile_id)
    where.add_filter("c.id < {}", cursor and cursor.id)
    sql = f"""
        select c.id, c.member_id, u.username, {appearance("u")} as appearance, c.tier_id,
               c.tier_name, c.interval, c.price_cents, c.currency, c.state, c.started_at,
               c.paid_until, c.cancelled_at, c.ended_at, c.created_at,
               case when c.tier_id is null and not {muted("c.profile_id", "c.member_id")} then (
                    select t.message from membership_periods p join tips t on t.item_id = p.item_id
                     where p.membership_id = c.id and t.message is not null
                     order by p.number limit 1) end as message
          from memberships c
          left join users u on u.id = c.member_id
        {where.sql}
         order by c.id desc
         limit {limit + 1:d}
    """
    return await conn.all(MemberRow, sql, *where.values)


async def list_personal(conn: Conn, member_id: UserId) -> list[PersonalMembership]:
    """Return the memberships of a member with the orders that paid them, by id."""
    sql = """
        select m.id, m.tier_name as name, m.interval, m.price_cents, m.currency, m.state,
               m.started_at, m.paid_until, m.ended_at,
               array(select i.order_id
                       from membership_periods p
                       join order_items i on i.id = p.item_id
                      where p.membership_id = m.id
                      order by i.order_id) as order_ids
          from memberships m
         where m.member_id = $1
         order by m.id
    """
    return await conn.every(PersonalMembership, sql, member_id)
