"""Every SQL statement of the domain, one function each."""

from datetime import timedelta
from uuid import UUID

from veza.core.access import Role
from veza.core.ids import SessionId, UserId
from veza.domains.accounts.models import (
    Account,
    Device,
    KnownSession,
    NewUser,
    Profile,
    StoredRefresh,
    StoredUser,
)
from veza.infra.db import Conn, Tx


async def insert_user(tx: Tx, user: NewUser) -> None:
    """Raises Violation where name or address are taken."""
    sql = """
        insert into users (id, username, email, password_hash, role)
             values ($1, $2, $3, $4, $5)
    """
    await tx.run(sql, user.id, user.username, user.email, user.password_hash, user.role)


async def find_user_by_email(conn: Conn, email: str) -> StoredUser | None:
    sql = """
        select id, username, email, role, password_hash
          from users
         where lower(email) = lower($1)
    """
    return await conn.maybe(StoredUser, sql, email)


async def find_user(conn: Conn, user_id: UserId) -> StoredUser | None:
    sql = "select id, username, email, role, password_hash from users where id = $1"
    return await conn.maybe(StoredUser, sql, user_id)


async def find_account(conn: Conn, user_id: UserId) -> Account | None:
    sql = """
        select id, username, email, role, bio, do_not_sell, created_at
          from users
         where id = $1
    """
    return await conn.maybe(Account, sql, user_id)


async def find_profile(conn: Conn, username: str) -> Profile | None:
    sql = """
        select id, username, role, bio, created_at
          from users
         where lower(username) = lower($1)
    """
    return await conn.maybe(Profile, sql, username)


async def find_user_id(conn: Conn, username: str) -> UserId | None:
    sql = "select id from users where lower(username) = lower($1)"
    found = await conn.value(UUID, sql, username)
    return None if found is None else UserId(found)


async def count_admins(conn: Conn) -> int:
    return await conn.value(int, "select count(*) from users where role = 'admin'") or 0


async def update_profile(
    tx: Tx, user_id: UserId, *, username: str | None, email: str | None, bio: str | None
) -> None:
    """Change what is not None. Raises Violation where name or address are taken."""
    sql = """
        update users
           set username = coalesce($2, username),
               email = coalesce($3, email),
               bio = coalesce($4, bio),
               updated_at = now()
         where id = $1
    """
    await tx.run(sql, user_id, username, email, bio)


async def update_password(tx: Tx, user_id: UserId, password_hash: str) -> None:
    sql = "update users set password_hash = $2, updated_at = now() where id = $1"
    await tx.run(sql, user_id, password_hash)


async def update_role(tx: Tx, user_id: UserId, role: Role) -> None:
    sql = """
        update users
           set role = $2, creator_requested_at = null, updated_at = now()
         where id = $1
    """
    await tx.run(sql, user_id, role)


async def update_creator_request(tx: Tx, user_id: UserId) -> None:
    sql = """
        update users
           set creator_requested_at = coalesce(creator_requested_at, now())
         where id = $1
    """
    await tx.run(sql, user_id)


async def insert_session(
    tx: Tx, session_id: SessionId, user_id: UserId, device: Device, *, lasts: timedelta
) -> None:
    sql = """
        insert into sessions (id, user_id, device, ip, expires_at)
             values ($1, $2, $3, $4, now() + $5::interval)
    """
    await tx.run(sql, session_id, user_id, device.name, device.ip, lasts)


async def insert_refresh_token(
    tx: Tx, token_hash: bytes, session_id: SessionId, lasts: timedelta
) -> None:
    sql = """
        insert into refresh_tokens (token_hash, session_id, expires_at)
             values ($1, $2, now() + $3::interval)
    """
    await tx.run(sql, token_hash, session_id, lasts)


async def lock_refresh_token(tx: Tx, token_hash: bytes) -> StoredRefresh | None:
    """Of two uses at once, the second waits here and then finds the token spent."""
    sql = """
        select t.session_id,
               s.user_id,
               u.role,
               t.spent_at is not null as is_spent,
               (s.ended_at is not null or t.expires_at < now()) as is_over
          from refresh_tokens t
          join sessions s on s.id = t.session_id
          join users u on u.id = s.user_id
         where t.token_hash = $1
           for update of t, s
    """
    return await tx.maybe(StoredRefresh, sql, token_hash)


async def update_refresh_token_spent(tx: Tx, token_hash: bytes) -> None:
    await tx.run("update refresh_tokens set spent_at = now() where token_hash = $1", token_hash)


async def update_session_seen(
    tx: Tx, session_id: SessionId, device: Device, lasts: timedelta
) -> None:
    sql = """
        update sessions
           set last_seen_at = now(), device = $2, ip = $3, expires_at = now() + $4::interval
         where id = $1
    """
    await tx.run(sql, session_id, device.name, device.ip, lasts)


async def end_session(tx: Tx, session_id: SessionId) -> bool:
    """Record the end of a session; False if it had ended before."""
    sql = "update sessions set ended_at = now() where id = $1 and ended_at is null"
    return await tx.run(sql, session_id) == 1


async def end_sessions(tx: Tx, user_id: UserId, *, but: SessionId | None) -> list[SessionId]:
    """Record the end of all sessions of a member, but for one that may stay."""
    sql = """
           update sessions
              set ended_at = now()
            where user_id = $1 and ended_at is null and id is distinct from $2
        returning id
    """
    return [SessionId(ended) for ended in await tx.column(UUID, sql, user_id, but)]


async def find_session_of_token(conn: Conn, token_hash: bytes) -> SessionId | None:
    sql = "select session_id from refresh_tokens where token_hash = $1"
    found = await conn.value(UUID, sql, token_hash)
    return None if found is None else SessionId(found)


async def delete_old_sessions(tx: Tx, after: timedelta) -> int:
    """Forget sessions that have been over for a while."""
    sql = """
        delete from sessions
         where expires_at < now() - $1::interval or ended_at < now() - $1::interval
    """
    return await tx.run(sql, after)


async def delete_user(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from users where id = $1", user_id)


async def list_sessions(conn: Conn, user_id: UserId) -> list[KnownSession]:
    """The latest 100 sessions, ended ones too."""
    sql = """
        select id, device, ip, created_at, last_seen_at, expires_at, ended_at
          from sessions
         where user_id = $1
         order by created_at desc
         limit 100
    """
    return await conn.all(KnownSession, sql, user_id)
