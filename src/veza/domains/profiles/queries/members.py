"""Roles change under the lock of their profile, so that an owner always stays."""

from veza.core.ids import ProfileId, UserId
from veza.core.people import appearance
from veza.core.profiles import ProfileRole
from veza.core.visibility import active
from veza.domains.profiles.models.members import (
    FormerMembership,
    StoredFormerMember,
    StoredProfileMember,
)
from veza.domains.profiles.queries.profiles import role_of
from veza.infra.postgres.database import Conn, Tx

_FORMER = f"""
    m.profile_id, m.user_id, u.username, {appearance("u")} as appearance, m.joined_at, m.left_at
"""
_MEMBER = f"""
    select m.user_id, u.username, {appearance("u")} as appearance, m.role, m.is_shown, m.joined_at
      from profile_members m
      join users u on u.id = m.user_id
"""


async def find_role(conn: Conn, profile_id: ProfileId, user_id: UserId) -> ProfileRole | None:
    """Return the role of a member in a page that is not suspended."""
    sql = f"""
        select {role_of("m", "p")}
          from profile_members m
          join profiles p on p.id = m.profile_id
          join users u on u.id = m.profile_id
         where m.profile_id = $1 and m.user_id = $2 and {active("u")}
    """
    return await conn.value(ProfileRole, sql, profile_id, user_id)


async def find_member(
    conn: Conn, profile_id: ProfileId, user_id: UserId
) -> StoredProfileMember | None:
    sql = f"{_MEMBER} where m.profile_id = $1 and m.user_id = $2"
    return await conn.maybe(StoredProfileMember, sql, profile_id, user_id)


async def list_members(conn: Conn, profile_id: ProfileId) -> list[StoredProfileMember]:
    """Return all members of a profile, in the order in which they joined."""
    sql = f"{_MEMBER} where m.profile_id = $1 order by m.joined_at, m.user_id limit 1000"
    return await conn.all(StoredProfileMember, sql, profile_id)


async def list_shown_members(conn: Conn, profile_id: ProfileId) -> list[StoredProfileMember]:
    """Return the members of a profile whom everybody sees."""
    sql = f"""
        {_MEMBER}
         where m.profile_id = $1 and m.is_shown and {active("u")}
         order by m.joined_at, m.user_id
         limit 1000
    """
    return await conn.all(StoredProfileMember, sql, profile_id)


async def list_former_members(conn: Conn, profile_id: ProfileId) -> list[StoredFormerMember]:
    """Return those who left a profile, the last one first, without suspended ones."""
    sql = f"""
        select {_FORMER}
          from former_members m
          join users u on u.id = m.user_id
         where m.profile_id = $1 and {active("u")}
         order by m.left_at desc, m.user_id
         limit 200
    """
    return await conn.all(StoredFormerMember, sql, profile_id)


async def list_former_memberships(conn: Conn, user_id: UserId) -> list[FormerMembership]:
    """Return the profiles that a member left, for the export."""
    sql = """
        select profile_id, joined_at, left_at from former_members
         where user_id = $1
         order by left_at, profile_id
         limit 1000
    """
    return await conn.all(FormerMembership, sql, user_id)


async def lock_account(tx: Tx, user_id: UserId) -> bool:
    """Lock an account while its number of pages is checked; False if it is gone or suspended."""
    sql = f"""
        select true from users where id = $1 and page_kind is null and {active()}
           for no key update
    """
    return bool(await tx.value(bool, sql, user_id))


async def list_owned(conn: Conn, user_id: UserId) -> list[ProfileId]:
    """Return the pages that an account owns, alone or with others."""
    sql = """
        select profile_id from profile_members
         where user_id = $1 and role = 'owner'
         order by profile_id
         limit 1000
    """
    return await conn.column(ProfileId, sql, user_id)


async def has_owner_beside(conn: Conn, profile_id: ProfileId, user_id: UserId) -> bool:
    """Return whether a profile has an owner beside a member, suspended or not."""
    sql = """
        select exists (select from profile_members
                        where profile_id = $1 and role = 'owner' and user_id <> $2)
    """
    return bool(await conn.value(bool, sql, profile_id, user_id))


async def count_owned(conn: Conn, user_id: UserId) -> int:
    """Return how many pages an account owns, alone or with others, without placeholders."""
    sql = """
        select count(*)
          from profile_members m
          join profiles p on p.id = m.profile_id
         where m.user_id = $1 and m.role = 'owner' and p.placeholder_of is null
    """
    return await conn.value(int, sql, user_id) or 0


async def has_other_owner(conn: Conn, profile_id: ProfileId, user_id: UserId | None = None) -> bool:
    """Return whether a profile has an owner beside a member, or any, who isn't suspended."""
    sql = f"""
        select exists (
            select
              from profile_members m
              join users u on u.id = m.user_id
             where m.profile_id = $1 and m.user_id is distinct from $2 and m.role = 'owner'
               and {active("u")}
        )
    """
    return bool(await conn.value(bool, sql, profile_id, user_id))


async def insert_member(
    tx: Tx, profile_id: ProfileId, user_id: UserId, *, role: ProfileRole, is_shown: bool
) -> None:
    """Insert a member; the role of one who is there already stays.

    Who comes back is no former member any more.
    """
    await delete_former_member(tx, profile_id, user_id)
    sql = """
        insert into profile_members (profile_id, user_id, role, is_shown)
             values ($1, $2, $3, $4)
        on conflict (profile_id, user_id) do nothing
    """
    await tx.run(sql, profile_id, user_id, role, is_shown)


async def update_role(tx: Tx, profile_id: ProfileId, user_id: UserId, role: ProfileRole) -> None:
    sql = "update profile_members set role = $3 where profile_id = $1 and user_id = $2"
    await tx.run(sql, profile_id, user_id, role)


async def update_shown(tx: Tx, profile_id: ProfileId, user_id: UserId, *, is_shown: bool) -> None:
    sql = "update profile_members set is_shown = $3 where profile_id = $1 and user_id = $2"
    await tx.run(sql, profile_id, user_id, is_shown)


async def delete_member(tx: Tx, profile_id: ProfileId, user_id: UserId) -> None:
    """Delete a member, who becomes a former one if everybody saw them."""
    sql = """
        with gone as (
            delete from profile_members
                  where profile_id = $1 and user_id = $2
              returning profile_id, user_id, joined_at, is_shown
        )
        insert into former_members (profile_id, user_id, joined_at)
             select profile_id, user_id, joined_at from gone where is_shown
        on conflict (profile_id, user_id) do update
                set joined_at = excluded.joined_at, left_at = excluded.left_at
    """
    await tx.run(sql, profile_id, user_id)


async def delete_former_member(tx: Tx, profile_id: ProfileId, user_id: UserId) -> bool:
    """Delete a former member; False if there is none."""
    sql = "delete from former_members where profile_id = $1 and user_id = $2"
    return await tx.run(sql, profile_id, user_id) == 1


async def delete_members(tx: Tx, user_id: UserId) -> None:
    """Delete the roles of an erased member, or those in an erased page, former ones too."""
    await tx.run("delete from profile_members where user_id = $1 or profile_id = $1", user_id)
    await tx.run("delete from former_members where user_id = $1 or profile_id = $1", user_id)
