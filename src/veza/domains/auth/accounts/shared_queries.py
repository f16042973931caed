"""Statements that sign-up, recovery and data exports call: names, verification, approval."""

from collections.abc import Collection

from veza.core.ids import UserId
from veza.core.visibility import active
from veza.infra.postgres.database import Conn, Tx


async def find_username(conn: Conn, user_id: UserId) -> str:
    """Return the name of a member, empty if there is no such account."""
    return await conn.value(str, "select username from users where id = $1", user_id) or ""


async def find_shown_name(conn: Conn, user_id: UserId) -> str | None:
    """Return the name that a member or a page is shown by."""
    sql = "select coalesce(display_name, username) from users where id = $1"
    return await conn.value(str, sql, user_id)


async def find_protected(
    conn: Conn, skeletons: Collection[str], owner_id: UserId | None
) -> frozenset[str]:
    """Return the skeletons of verified profiles of others that have one of the given skeletons."""
    sql = f"""
        select distinct unnest(p.skeletons)
          from profiles p
          join users u on u.id = p.id
         where p.verified_at is not null
           and p.skeletons && $1::text[]
           and p.id is distinct from $2
           and {active("u")}
    """
    return frozenset(await conn.column(str, sql, sorted(skeletons), owner_id))


async def update_email_verified(tx: Tx, user_id: UserId, email: str) -> bool:
    """Return False if the member has another address."""
    sql = """
        update users
           set email_verified_at = coalesce(email_verified_at, now())
         where id = $1 and email = $2
    """
    return await tx.run(sql, user_id, email) == 1


async def update_waiting(tx: Tx, user_id: UserId) -> None:
    """Hide a new account like a suspended one, until staff decides. It can't sign in."""
    sql = """
        update users
           set approval = 'waiting', suspended_at = now(),
               suspension_reason = 'The account waits for approval.'
         where id = $1
    """
    await tx.run(sql, user_id)


async def update_approved(tx: Tx, user_id: UserId) -> str | None:
    """Approve a newcomer; return their address, or None if they do not wait."""
    sql = """
        update users
           set approval = null, suspended_at = null, suspension_reason = null, updated_at = now()
         where id = $1 and approval = 'waiting'
     returning email
    """
    return await tx.value(str, sql, user_id)


async def update_declined(tx: Tx, user_id: UserId) -> str | None:
    """Decline a newcomer; return their address, or None if they do not wait."""
    sql = """
        update users
           set approval = 'declined', suspension_reason = 'The account was declined.',
               updated_at = now()
         where id = $1 and approval = 'waiting'
     returning email
    """
    return await tx.value(str, sql, user_id)


async def find_email_verified(conn: Conn, user_id: UserId) -> bool:
    """Return whether the address of a member is verified."""
    sql = "select email_verified_at is not null from users where id = $1"
    return bool(await conn.value(bool, sql, user_id))


def choose_bio(chosen: str) -> str:
    """Return the assignments by which a member changes their biography; `chosen` is SQL.

    While it is taken down it stays empty, and gets this when it is restored.
    """
    return f"""
        bio = case when owner_bio is null then {chosen} else bio end,
        owner_bio = case when owner_bio is null then null else {chosen} end
    """


async def update_bio(tx: Tx, user_id: UserId, bio: str) -> None:
    sql = f"update users set {choose_bio('$2::text')}, updated_at = now() where id = $1"
    await tx.run(sql, user_id, bio)


async def update_bio_taken_down(tx: Tx, user_id: UserId) -> None:
    """Hide a biography, and keep it. `updated_at` stays, as nothing is new."""
    sql = "update users set owner_bio = bio, bio = '' where id = $1 and owner_bio is null"
    await tx.run(sql, user_id)


async def update_bio_gone(tx: Tx, user_id: UserId) -> None:
    """Forget a biography that is taken down for good."""
    await tx.run("update users set owner_bio = null where id = $1", user_id)


async def update_bio_restored(tx: Tx, user_id: UserId) -> None:
    """Give a member back the biography that they chose."""
    sql = """
        update users
           set bio = owner_bio, owner_bio = null
         where id = $1 and owner_bio is not null
    """
    await tx.run(sql, user_id)
