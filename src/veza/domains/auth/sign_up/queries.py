"""Bounds the newcomers who wait, and counts each use of an invitation under its lock."""

from datetime import timedelta

from veza.core.access import Role
from veza.core.ids import InvitationId, UserId
from veza.core.pages import Cursor
from veza.core.people import person_columns
from veza.core.sign_up_mode import SignUpMode
from veza.core.visibility import active
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.auth.sign_up.models import (
    AdminInvitation,
    Invitation,
    InvitedMember,
    SignUpRequest,
    StoredPolicy,
    UsedInvitation,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_INVITATION = "i.id, i.code, i.uses, i.max_uses, i.created_at, i.expires_at"
_USABLE = f"""
    code = $1 and uses < max_uses and expires_at > now()
    and exists (select from users u where u.id = created_by and {active("u")})
"""
_REQUEST = """
    r.user_id, u.username, u.email, u.email_verified_at is not null as email_verified,
    r.message, r.created_at
"""


async def find_policy(conn: Conn) -> StoredPolicy | None:
    return await conn.maybe(StoredPolicy, "select mode, changed_at from sign_up_policy")


async def upsert_policy(tx: Tx, mode: SignUpMode) -> StoredPolicy:
    sql = """
        insert into sign_up_policy (mode)
             values ($1)
                 on conflict (is_only) do update set mode = excluded.mode, changed_at = now()
          returning mode, changed_at
    """
    return await tx.one(StoredPolicy, sql, mode)


async def count_requests(conn: Conn) -> int:
    return await conn.value(int, "select count(*) from sign_up_requests") or 0


async def insert_request(tx: Tx, user_id: UserId, message: str, *, most: int) -> bool:
    """Return False if `most` newcomers wait already."""
    sql = """
        insert into sign_up_requests (user_id, message)
             select $1, $2
              where (select count(*) from sign_up_requests) < $3
    """
    return await tx.run(sql, user_id, message, most) == 1


async def list_requests(conn: Conn, limit: int, cursor: Cursor | None) -> list[SignUpRequest]:
    """Return the newcomers who wait, the longest waiting first: up to the limit plus 1."""
    where = Where()
    if cursor is not None:
        where.add("(r.created_at, r.user_id) > ({}, {})", cursor.created_at, cursor.id)
    sql = f"""
        select {_REQUEST}
          from sign_up_requests r
          join users u on u.id = r.user_id
        {where.sql}
         order by r.created_at, r.user_id
         limit {limit + 1:d}
    """
    return await conn.all(SignUpRequest, sql, *where.values)


async def list_old_requests(conn: Conn, age: timedelta) -> list[UserId]:
    """Return newcomers who have waited for so long, 100 at a time."""
    sql = """
        select user_id
          from sign_up_requests
         where created_at < now() - $1::interval
         order by created_at
         limit 100
    """
    return await conn.column(UserId, sql, age)


async def find_message(conn: Conn, user_id: UserId) -> str | None:
    sql = "select message from sign_up_requests where user_id = $1"
    return await conn.value(str, sql, user_id)


async def delete_request(tx: Tx, user_id: UserId) -> bool:
    """Return False if the member does not wait."""
    return await tx.run("delete from sign_up_requests where user_id = $1", user_id) == 1


async def is_usable(conn: Conn, code: str) -> bool:
    """Return whether an invitation can be used now."""
    sql = f"select exists (select from invitations where {_USABLE})"
    return bool(await conn.value(bool, sql, code))


async def use_invitation(tx: Tx, code: str) -> UsedInvitation | None:
    """Count a use of an invitation; None if it can't be used. A concurrent use waits."""
    sql = f"update invitations set uses = uses + 1 where {_USABLE} returning created_by"
    return await tx.maybe(UsedInvitation, sql, code)


async def insert_invited(tx: Tx, user_id: UserId, invited_by: UserId) -> None:
    sql = "insert into invited_members (user_id, invited_by) values ($1, $2)"
    await tx.run(sql, user_id, invited_by)


async def lock_inviter(tx: Tx, user_id: UserId) -> Role | None:
    """Return the role of a member who isn't suspended. Other invitations of theirs wait."""
    sql = f"select role from users where id = $1 and {active()} for no key update"
    return await tx.value(Role, sql, user_id)


async def count_open_invitations(conn: Conn) -> int:
    sql = "select count(*) from invitations where expires_at > now()"
    return await conn.value(int, sql) or 0


async def count_recent_invitations(conn: Conn, user_id: UserId, period: timedelta) -> int:
    """Return how many invitations of a member in a period are unused, or brought somebody.

    Deleting a used invitation doesn't allow another one.
    """
    sql = """
        select (select count(*)
                  from invitations
                 where created_by = $1 and uses = 0 and created_at > now() - $2::interval)
             + (select count(*)
                  from invited_members
                 where invited_by = $1 and invited_at > now() - $2::interval)
    """
    return await conn.value(int, sql, user_id, period) or 0


async def insert_invitation(tx: Tx, invitation: Invitation, created_by: UserId) -> Invitation:
    sql = f"""
        insert into invitations as i (id, code, created_by, max_uses, created_at, expires_at)
             values (:id, :code, :created_by, :max_uses, :created_at, :expires_at)
          returning {_INVITATION}
    """
    return await tx.one(Invitation, *bind(sql, invitation, created_by=created_by))


async def list_invitations(
    conn: Conn, user_id: UserId, limit: int, cursor: Cursor | None
) -> list[Invitation]:
    """Return the invitations of a member, newest first: up to the limit plus 1."""
    where = Where()
    where.add("i.created_by = {}", user_id)
    if cursor is not None:
        where.add("(i.created_at, i.id) < ({}, {})", cursor.created_at, cursor.id)
    sql = f"""
        select {_INVITATION}
          from invitations i
        {where.sql}
         order by i.created_at desc, i.id desc
         limit {limit + 1:d}
    """
    return await conn.all(Invitation, sql, *where.values)


async def list_all_invitations(
    conn: Conn, limit: int, cursor: Cursor | None
) -> list[AdminInvitation]:
    """Return all invitations, newest first: up to the limit plus 1."""
    where = Where()
    if cursor is not None:
        where.add("(i.created_at, i.id) < ({}, {})", cursor.created_at, cursor.id)
    sql = f"""
        select {_INVITATION}, i.created_by, u.username
          from invitations i
          join users u on u.id = i.created_by
        {where.sql}
         order by i.created_at desc, i.id desc
         limit {limit + 1:d}
    """
    return await conn.all(AdminInvitation, sql, *where.values)


async def delete_invitation(tx: Tx, invitation_id: InvitationId) -> bool:
    return await tx.run("delete from invitations where id = $1", invitation_id) == 1


async def delete_own_invitation(tx: Tx, invitation_id: InvitationId, created_by: UserId) -> bool:
    """Return False if the member has no such invitation."""
    sql = "delete from invitations where id = $1 and created_by = $2"
    return await tx.run(sql, invitation_id, created_by) == 1


async def delete_expired_invitations(tx: Tx, age: timedelta) -> int:
    sql = "delete from invitations where expires_at < now() - $1::interval"
    return await tx.run(sql, age)


async def find_inviter(conn: Conn, user_id: UserId) -> NamedMember | None:
    """Return who invited a member, if their account still exists."""
    sql = f"""
        select {person_columns("u")}
          from invited_members i
          join users u on u.id = i.invited_by
         where i.user_id = $1
    """
    return await conn.maybe(NamedMember, sql, user_id)


async def list_invited(conn: Conn, user_id: UserId) -> list[InvitedMember]:
    """Return whom a member invited: the newest hundred."""
    sql = f"""
        select {person_columns("u")}, i.invited_at
          from invited_members i
          join users u on u.id = i.user_id
         where i.invited_by = $1
         order by i.invited_at desc, i.user_id desc
         limit 100
    """
    return await conn.all(InvitedMember, sql, user_id)


async def list_invitations_for_export(conn: Conn, user_id: UserId) -> list[Invitation]:
    """Return all invitations of a member, by time."""
    sql = f"""
        select {_INVITATION}
          from invitations i
         where i.created_by = $1
         order by i.created_at, i.id
    """
    return await conn.every(Invitation, sql, user_id)


async def list_invited_for_export(conn: Conn, user_id: UserId) -> list[InvitedMember]:
    """Return all whom a member invited, by time."""
    sql = f"""
        select {person_columns("u")}, i.invited_at
          from invited_members i
          join users u on u.id = i.user_id
         where i.invited_by = $1
         order by i.invited_at, i.user_id
    """
    return await conn.every(InvitedMember, sql, user_id)


async def delete_invitations_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from invitations where created_by = $1", user_id)


async def delete_invited(tx: Tx, user_id: UserId) -> None:
    """Delete by whom a member was invited."""
    await tx.run("delete from invited_members where user_id = $1", user_id)


async def anonymize_invited(tx: Tx, user_id: UserId) -> None:
    """Forget that a member invited others."""
    await tx.run("update invited_members set invited_by = null where invited_by = $1", user_id)
