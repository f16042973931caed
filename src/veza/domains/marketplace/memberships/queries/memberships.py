"""Lock memberships, and store them as a whole after each event."""

from datetime import datetime, timedelta
from uuid import UUID

from veza.core.ids import LOWEST_ID, MembershipId, OrderItemId, TierId, UserId
from veza.core.visibility import active, blocked
from veza.domains.marketplace.memberships.models.state import (
    AskedMember,
    MembershipMethod,
    ProfileMembership,
)
from veza.domains.marketplace.memberships.shared_queries import asked_cents
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_MEMBERSHIP = """
    id, member_id, profile_id, currency, state, tier_id, tier_name, interval, price_cents,
    next_tier_id, next_tier_name, next_interval, next_price_cents, anchor_day, last_number,
    started_at, paid_until, access_until, next_charge_at, attempts, past_due_since, paused_until,
    cancelled_at, ended_at, end_reason, provider, customer_id, method_id, method_order_id
"""


async def lock_profile(tx: Tx, profile_id: UserId, newcomer_id: UserId | None = None) -> bool:
    """Lock a profile against erasure; return False if it is gone or suspended.

    Also if a newcomer and the profile block each other. Who is a member already stays one.
    """
    sql = f"""
        select true
          from users
         where id = $1 and {active()} and not {blocked("$2::uuid", "users.id")}
           for key share
    """
    return bool(await tx.value(bool, sql, profile_id, newcomer_id))


async def insert_membership(tx: Tx, membership: ProfileMembership) -> bool:
    """Insert a pending membership; return False if the member has another one of the profile."""
    sql = """
        insert into memberships (id, member_id, profile_id, currency, state, tier_id, tier_name,
                                 interval, price_cents, anchor_day, provider, customer_id)
             values (:id, :member_id, :profile_id, :currency, :state, :tier_id, :tier_name,
                     :interval, :price_cents, :anchor_day, :provider, :customer_id)
        on conflict (member_id, profile_id) where state <> 'ended' do nothing
    """
    return await tx.run(*bind(sql, membership)) == 1


async def find_membership(conn: Conn, membership_id: MembershipId) -> ProfileMembership | None:
    sql = f"select {_MEMBERSHIP} from memberships where id = $1"
    return await conn.maybe(ProfileMembership, sql, membership_id)


async def lock_membership(tx: Tx, membership_id: MembershipId) -> ProfileMembership | None:
    sql = f"select {_MEMBERSHIP} from memberships where id = $1 for update"
    return await tx.maybe(ProfileMembership, sql, membership_id)


async def lock_between(tx: Tx, member_id: UserId, profile_id: UserId) -> ProfileMembership | None:
    """Lock the membership of a member and a profile that has not ended."""
    sql = f"""
        select {_MEMBERSHIP}
          from memberships
         where member_id = $1 and profile_id = $2 and state <> 'ended'
           for update
    """
    return await tx.maybe(ProfileMembership, sql, member_id, profile_id)


async def lock_of_item(tx: Tx, item_id: OrderItemId) -> ProfileMembership | None:
    """Lock the membership of which a line pays a period."""
    sql = f"""
        select {_MEMBERSHIP}
          from memberships
         where id = (select membership_id from membership_periods where item_id = $1)
           for update
    """
    return await tx.maybe(ProfileMembership, sql, item_id)


async def update_membership(tx: Tx, membership: ProfileMembership) -> None:
    """Store a locked membership, and end its lease for renewals."""
    sql = """
        update memberships
           set state = :state, tier_id = :tier_id, tier_name = :tier_name, interval = :interval,
               price_cents = :price_cents, next_tier_id = :next_tier_id,
               next_tier_name = :next_tier_name, next_interval = :next_interval,
               next_price_cents = :next_price_cents, anchor_day = :anchor_day,
               last_number = :last_number, started_at = :started_at, paid_until = :paid_until,
               access_until = :access_until, next_charge_at = :next_charge_at,
               attempts = :attempts, past_due_since = :past_due_since,
               paused_until = :paused_until, cancelled_at = :cancelled_at, ended_at = :ended_at,
               end_reason = :end_reason, leased_until = null
         where id = :id
    """
    await tx.run(*bind(sql, membership))


async def update_method(tx: Tx, kept: MembershipMethod) -> None:
    """Store the kept method, or the order whose payment kept it."""
    sql = """
        update memberships
           set provider = :provider, method_id = :method_id, method_order_id = :method_order_id
         where id = :membership_id
    """
    await tx.run(*bind(sql, kept))


async def list_unread_methods(
    conn: Conn, provider: str, customer_id: str
) -> list[MembershipMethod]:
    """Return the memberships of a customer whose methods were kept, and are not known yet."""
    sql = """
        select id as membership_id, provider, method_id, method_order_id
          from memberships
         where provider = $1 and customer_id = $2 and state <> 'ended' and method_id is null
           and method_order_id is not null
         order by id
         limit 100
    """
    return await conn.all(MembershipMethod, sql, provider, customer_id)


async def claim_due(
    tx: Tx, moment: datetime, *, lease: timedelta, limit: int
) -> list[MembershipId]:
    """Lease and return memberships that are due to be charged."""
    sql = f"""
        with due as (
            select id
              from memberships
             where next_charge_at <= $1 and (leased_until is null or leased_until <= $1)
             order by next_charge_at
             limit {limit:d}
               for update skip locked
        )
           update memberships m
              set leased_until = $1 + $2::interval
             from due
            where m.id = due.id
        returning m.id
    """
    return [MembershipId(found) for found in await tx.column(UUID, sql, moment, lease)]


async def lock_over(tx: Tx, moment: datetime, *, limit: int) -> list[ProfileMembership]:
    """Lock cancelled memberships whose paid time is over."""
    sql = f"""
        select {_MEMBERSHIP}
          from memberships
         where cancelled_at is not null and state <> 'ended' and paid_until <= $1
         order by paid_until
         limit {limit:d}
           for update skip locked
    """
    return await tx.all(ProfileMembership, sql, moment)


async def delete_unpaid(tx: Tx, created_before: datetime, *, limit: int) -> int:
    """Delete memberships that never began, once no order of theirs can be paid any more."""
    sql = f"""
        delete from memberships
         where id in (
            select m.id
              from memberships m
             where m.started_at is null and m.created_at <= $1
               and not exists (
                    select from membership_periods p
                      join order_items i on i.id = p.item_id
                      join orders o on o.id = i.order_id
                     where p.membership_id = m.id and o.status in ('pending', 'failed')
               )
             order by m.id
             limit {limit:d}
               for update skip locked
         )
    """
    return await tx.run(sql, created_before)


async def list_asked(
    conn: Conn, tier_id: TierId, after: MembershipId | None, *, limit: int
) -> list[AskedMember]:
    """Return the next members of a tier who are asked for a higher price."""
    sql = f"""
        select asked.id, asked.cents as asked_cents
          from (select m.id, {asked_cents("m", "t")} as cents
                  from memberships m
                  join tiers t on t.id = m.tier_id
                 where m.tier_id = $1 and m.id > $2) asked
         where asked.cents is not null
         order by asked.id
         limit {limit:d}
    """
    return await conn.all(AskedMember, sql, tier_id, after or LOWEST_ID)


async def is_method_used(conn: Conn, provider: str, method_id: str) -> bool:
    """Return whether a membership that goes on is charged to a method."""
    sql = """
        select exists (
            select from memberships
             where provider = $1 and method_id = $2 and state <> 'ended'
        )
    """
    return bool(await conn.value(bool, sql, provider, method_id))


async def lock_of_member(tx: Tx, member_id: UserId) -> list[ProfileMembership]:
    """Lock the memberships of a member that have not ended."""
    sql = f"""
        select {_MEMBERSHIP}
          from memberships
         where member_id = $1 and state <> 'ended'
         order by id
           for update
    """
    return await tx.every(ProfileMembership, sql, member_id)


async def lock_of_profile(tx: Tx, profile_id: UserId) -> list[ProfileMembership]:
    """Lock the memberships of a profile that have not ended."""
    sql = f"""
        select {_MEMBERSHIP}
          from memberships
         where profile_id = $1 and state <> 'ended'
         order by id
           for update
    """
    return await tx.every(ProfileMembership, sql, profile_id)


async def update_member_gone(tx: Tx, member_id: UserId) -> None:
    await tx.run("update memberships set member_id = null where member_id = $1", member_id)


async def update_profile_gone(tx: Tx, profile_id: UserId) -> None:
    await tx.run("update memberships set profile_id = null where profile_id = $1", profile_id)
