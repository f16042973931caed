"""Tiers are counted and changed while their profile is locked."""

from veza.core.ids import TierId, UserId
from veza.core.visibility import active
from veza.domains.marketplace.tiers.models import CountedTier, OpenTier, Tier, TierForm, TierTarget
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_TIER = """
    id, profile_id, name, description, welcome, monthly_cents, yearly_cents, currency, position,
    percent_off, is_open, created_at, updated_at
"""


async def lock_profile(tx: Tx, profile_id: UserId) -> bool:
    """Lock a profile while its tiers are counted; return False if deleted or suspended."""
    sql = f"select true from users where id = $1 and {active()} for no key update"
    return bool(await tx.value(bool, sql, profile_id))


async def count_tiers(conn: Conn, profile_id: UserId, *, only_open: bool) -> int:
    sql = "select count(*) from tiers where profile_id = $1 and (is_open or not $2::boolean)"
    return await conn.value(int, sql, profile_id, only_open) or 0


async def insert_tier(tx: Tx, target: TierTarget, form: TierForm) -> None:
    sql = """
        insert into tiers (id, profile_id, name, description, welcome, monthly_cents, yearly_cents,
                           currency, position, percent_off, is_open)
             values (:id, :profile_id, :name, :description, :welcome, :monthly_cents, :yearly_cents,
                     :currency, :position, :percent_off, :is_open)
    """
    await tx.run(*bind(sql, form, target))


async def list_tiers(conn: Conn, profile_id: UserId) -> list[CountedTier]:
    """List all tiers of a profile, by position, with the members that have them."""
    sql = f"""
        with held as (
              select h.position, count(*) as members
                from memberships m
                join tiers h on h.id = m.tier_id
               where m.profile_id = $1 and m.access_until > now()
               group by h.position
        )
        select {_TIER}, (select coalesce(sum(held.members), 0)::bigint
                           from held
                          where held.position >= tiers.position) as members_count
          from tiers
         where profile_id = $1
         order by position, id
    """
    return await conn.all(CountedTier, sql, profile_id)


async def list_open(conn: Conn, profile_id: UserId) -> list[OpenTier]:
    """List the tiers of a profile that take members, by position."""
    sql = f"""
        select t.id, t.name, t.description, t.monthly_cents, t.yearly_cents, t.currency, t.position,
               t.percent_off
          from tiers t
          join users u on u.id = t.profile_id
         where t.profile_id = $1 and t.is_open and {active("u")}
         order by t.position, t.id
    """
    return await conn.all(OpenTier, sql, profile_id)


async def find_tier(conn: Conn, target: TierTarget) -> Tier | None:
    sql = f"select {_TIER} from tiers where id = :id and profile_id = :profile_id"
    return await conn.maybe(Tier, *bind(sql, target))


async def find_any_tier(conn: Conn, tier_id: TierId) -> Tier | None:
    """Return a tier of any profile, open or not."""
    return await conn.maybe(Tier, f"select {_TIER} from tiers where id = $1", tier_id)


async def lock_tier(tx: Tx, target: TierTarget) -> Tier | None:
    sql = f"select {_TIER} from tiers where id = :id and profile_id = :profile_id for update"
    return await tx.maybe(Tier, *bind(sql, target))


async def lock_to_join(tx: Tx, tier_id: TierId) -> Tier | None:
    """Lock a tier of any profile against changes, while somebody joins it."""
    return await tx.maybe(Tier, f"select {_TIER} from tiers where id = $1 for share", tier_id)


async def update_tier(tx: Tx, tier: Tier) -> None:
    sql = """
        update tiers
           set name = :name, description = :description, welcome = :welcome,
               monthly_cents = :monthly_cents, yearly_cents = :yearly_cents, position = :position,
               percent_off = :percent_off, is_open = :is_open, updated_at = now()
         where id = :id
    """
    await tx.run(*bind(sql, tier))


async def is_used(tx: Tx, tier_id: TierId) -> bool:
    """Return whether anybody has ever joined a locked tier, or something is for its members alone.

    Tracks and releases would be private without it. Posts would be for all, so they keep it, and a
    mail to its members would be to nobody.
    """
    sql = """
        select exists (select from memberships where tier_id = $1 or next_tier_id = $1)
            or exists (select from membership_periods where tier_id = $1)
            or exists (select from posts where tier_id = $1)
            or exists (select from broadcasts where tier_id = $1)
    """
    return bool(await tx.value(bool, sql, tier_id))


async def delete_tier(tx: Tx, tier_id: TierId) -> None:
    await tx.run("delete from tiers where id = $1", tier_id)


async def delete_tiers_of(tx: Tx, profile_id: UserId) -> None:
    await tx.run("delete from tiers where profile_id = $1", profile_id)


async def update_profile(tx: Tx, profile_id: UserId, into_id: UserId) -> None:
    """Give the tiers of a page to another profile, closed: that one decides what it offers."""
    sql = "update tiers set profile_id = $2, is_open = false where profile_id = $1"
    await tx.run(sql, profile_id, into_id)
