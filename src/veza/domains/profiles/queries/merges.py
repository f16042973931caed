"""Two profiles become one: both are locked at once, and what led to one leads to the other."""

from uuid import UUID

from veza.core.ids import ProfileId, UserId
from veza.infra.postgres.database import Conn, Tx


async def lock_both(tx: Tx, profile_id: ProfileId, into_id: ProfileId) -> None:
    """Lock the accounts of two profiles, then the profiles: nothing refers to them meanwhile."""
    ids = [profile_id, into_id]
    await tx.column(UUID, "select id from users where id = any($1) order by id for update", ids)
    await tx.column(UUID, "select id from profiles where id = any($1) order by id for update", ids)


async def find_into(conn: Conn, profile_id: ProfileId) -> ProfileId | None:
    """Return the profile that one was merged into."""
    sql = "select into_id from merged_profiles where profile_id = $1"
    return await conn.value(ProfileId, sql, profile_id)


async def insert_merged(tx: Tx, profile_id: UserId, into_id: UserId) -> None:
    """Record a merge; what was merged into the profile before is of the other one now."""
    sql = "update merged_profiles set into_id = $2 where into_id = $1"
    await tx.run(sql, profile_id, into_id)
    sql = "insert into merged_profiles (profile_id, into_id) values ($1, $2)"
    await tx.run(sql, profile_id, into_id)


async def update_handles(tx: Tx, profile_id: UserId, into_id: UserId) -> None:
    """Redirect the handle and the former handles of a page to another profile.

    Of the former ones the newest five stay, as of every profile.
    """
    sql = "update former_handles set profile_id = $2 where profile_id = $1"
    await tx.run(sql, profile_id, into_id)
    sql = """
        insert into former_handles (handle_key, profile_id, until)
             select handle_key, $2, now() + interval '1 year' from profiles where id = $1
        on conflict (handle_key) do update
                set profile_id = excluded.profile_id, until = excluded.until
    """
    await tx.run(sql, profile_id, into_id)
    sql = """
        delete from former_handles
         where profile_id = $1
           and handle_key not in (select handle_key from former_handles
                                   where profile_id = $1 order by until desc limit 5)
    """
    await tx.run(sql, into_id)


async def update_entries(tx: Tx, profile_id: UserId, into_id: UserId) -> None:
    """Put another profile in a page's place in rosters, where it isn't yet."""
    for own, other in (("label_id", "profile_id"), ("profile_id", "label_id")):
        sql = f"""
            update roster_entries e
               set {own} = $2
             where e.{own} = $1 and e.{other} <> $2
               and not exists (select from roster_entries o
                                where o.{own} = $2 and o.{other} = e.{other})
        """
        await tx.run(sql, profile_id, into_id)


async def insert_members(tx: Tx, profile_id: UserId, into_id: UserId) -> None:
    """Make the members of a page members of another one, unless they are; a person has none."""
    sql = """
        insert into profile_members (profile_id, user_id, role, is_shown)
             select p.id, m.user_id, m.role, m.is_shown
               from profile_members m
               join profiles p on p.id = $2 and p.kind <> 'person'
              where m.profile_id = $1
              order by m.user_id
        on conflict (profile_id, user_id) do nothing
    """
    await tx.run(sql, profile_id, into_id)
    sql = """
        insert into former_members (profile_id, user_id, joined_at, left_at)
             select p.id, m.user_id, m.joined_at, m.left_at
               from former_members m
               join profiles p on p.id = $2 and p.kind <> 'person'
              where m.profile_id = $1
                and not exists (select from profile_members o
                                 where o.profile_id = $2 and o.user_id = m.user_id)
              order by m.user_id
        on conflict (profile_id, user_id) do nothing
    """
    await tx.run(sql, profile_id, into_id)
