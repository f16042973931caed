"""A refresh token is locked while it is used: a concurrent use finds it used."""

from datetime import timedelta

from veza.core.ids import SessionId, UserId
from veza.core.pages import Cursor
from veza.domains.auth.sessions.models import (
    Device,
    EndedSession,
    Proof,
    StoredRefreshToken,
    StoredSession,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where


async def insert_session(
    tx: Tx, session_id: SessionId, user_id: UserId, device: Device, *, lifetime: timedelta
) -> None:
    sql = """
        insert into sessions (id, user_id, device, ip, expires_at)
             values ($1, $2, $3, $4, now() + $5::interval)
    """
    await tx.run(sql, session_id, user_id, device.name, device.ip, lifetime)


async def insert_refresh_token(
    tx: Tx, token_hash: bytes, session_id: SessionId, lifetime: timedelta
) -> None:
    sql = """
        insert into refresh_tokens (token_hash, session_id, expires_at)
             values ($1, $2, now() + $3::interval)
    """
    await tx.run(sql, token_hash, session_id, lifetime)


async def lock_refresh_token(
    tx: Tx, token_hash: bytes, grace: timedelta
) -> StoredRefreshToken | None:
    """Return and lock a token with its session. A concurrent use waits, and finds it used.

    Only the newest token of a session can be used. So the session's `device` and `ip` are those
    that used the token whose successor is still unused.
    """
    sql = """
        select t.session_id,
               s.user_id,
               t.spent_at is not null as is_spent,
               case when t.spent_at > now() - $2::interval
                    then t.successor_salt
                end as successor_salt,
               s.device,
               s.ip,
               (s.ended_at is not null or t.expires_at < now()) as is_over
          from refresh_tokens t
          join sessions s on s.id = t.session_id
         where t.token_hash = $1
           for update of t, s
    """
    return await tx.maybe(StoredRefreshToken, sql, token_hash, grace)


async def is_refresh_token_unused(conn: Conn, token_hash: bytes) -> bool:
    sql = """
        select true
          from refresh_tokens
         where token_hash = $1 and spent_at is null and expires_at > now()
    """
    return bool(await conn.value(bool, sql, token_hash))


async def update_refresh_token_spent(
    tx: Tx, token_hash: bytes, session_id: SessionId, successor_salt: bytes
) -> None:
    """Mark a token as used, and delete the salts of earlier tokens of its session."""
    sql = """
        update refresh_tokens
           set spent_at = coalesce(spent_at, now()),
               successor_salt = case when token_hash = $1 then $3::bytea end
         where token_hash = $1 or (session_id = $2 and successor_salt is not null)
    """
    await tx.run(sql, token_hash, session_id, successor_salt)


async def update_refresh_tokens_spent(tx: Tx, session_id: SessionId) -> None:
    """Mark all tokens of a session as used."""
    sql = """
        update refresh_tokens
           set spent_at = coalesce(spent_at, now()), successor_salt = null
         where session_id = $1 and (spent_at is null or successor_salt is not null)
    """
    await tx.run(sql, session_id)


async def update_session_seen(
    tx: Tx, session_id: SessionId, device: Device, lifetime: timedelta
) -> None:
    sql = """
        update sessions
           set last_seen_at = now(), device = $2, ip = $3, expires_at = now() + $4::interval
         where id = $1
    """
    await tx.run(sql, session_id, device.name, device.ip, lifetime)


async def update_proof(tx: Tx, session_id: SessionId, proof: Proof) -> None:
    sql = "update sessions set proof = $2, proved_at = now() where id = $1"
    await tx.run(sql, session_id, proof)


async def end_session(tx: Tx, session_id: SessionId) -> UserId | None:
    """End a session and return its owner; None if it had ended before."""
    sql = """
           update sessions
              set ended_at = now()
            where id = $1 and ended_at is null
        returning user_id
    """
    return await tx.value(UserId, sql, session_id)


async def end_session_of(tx: Tx, session_id: SessionId, user_id: UserId) -> bool:
    """End an active session of a member; False if they have no such session."""
    sql = """
        update sessions
           set ended_at = now()
         where id = $1 and user_id = $2 and ended_at is null and expires_at > now()
    """
    return await tx.run(sql, session_id, user_id) == 1


async def end_sessions(tx: Tx, user_id: UserId, *, except_for: SessionId | None) -> list[SessionId]:
    """End all active sessions of a member, except `except_for`."""
    sql = """
           update sessions
              set ended_at = now()
            where user_id = $1
              and ended_at is null
              and expires_at > now()
              and id is distinct from $2
        returning id
    """
    return await tx.column(SessionId, sql, user_id, except_for)


async def find_session_of_token(conn: Conn, token_hash: bytes) -> SessionId | None:
    sql = "select session_id from refresh_tokens where token_hash = $1"
    return await conn.value(SessionId, sql, token_hash)


async def find_ended_session(conn: Conn, token_hash: bytes) -> EndedSession | None:
    """Return the session of a token that was not used before the session was ended."""
    sql = """
        select s.user_id, s.ended_at
          from refresh_tokens t
          join sessions s on s.id = t.session_id
         where t.token_hash = $1 and t.spent_at is null and s.ended_at is not null
    """
    return await conn.maybe(EndedSession, sql, token_hash)


async def list_live_sessions(
    conn: Conn, user_id: UserId, limit: int, cursor: Cursor | None
) -> list[StoredSession]:
    """Return active sessions, newest first: up to the limit plus 1."""
    where = Where()
    where.add("user_id = {}", user_id)
    where.add("ended_at is null")
    where.add("expires_at > now()")
    if cursor is not None:
        where.add("(created_at, id) < ({}, {})", cursor.created_at, cursor.id)
    sql = f"""
        select id, device, ip, created_at, last_seen_at, expires_at, ended_at
          from sessions
        {where.sql}
         order by created_at desc, id desc
         limit {limit + 1:d}
    """
    return await conn.all(StoredSession, sql, *where.values)


async def list_addresses(conn: Conn, user_id: UserId, device: str) -> list[str]:
    """Return where a user agent signed in: the addresses of the latest 50 sessions."""
    sql = """
        select ip
          from sessions
         where user_id = $1 and device = $2
         order by created_at desc
         limit 50
    """
    return await conn.column(str, sql, user_id, device)


async def may_have_had_sessions(conn: Conn, user_id: UserId, kept_for: timedelta) -> bool:
    """Return whether a member has or had a session; True for old accounts without any."""
    sql = """
        select exists (select 1 from sessions where user_id = $1)
            or not exists (
                   select 1 from users where id = $1 and created_at > now() - $2::interval
               )
    """
    return bool(await conn.value(bool, sql, user_id, kept_for))


async def list_all_sessions(conn: Conn, user_id: UserId) -> list[StoredSession]:
    """Return when and where a member signed in: the latest 100 sessions, ended ones included."""
    sql = """
        select id, device, ip, created_at, last_seen_at, expires_at, ended_at
          from sessions
         where user_id = $1
         order by created_at desc
         limit 100
    """
    return await conn.all(StoredSession, sql, user_id)


async def delete_old_sessions(tx: Tx, after: timedelta) -> int:
    """Delete sessions that ended or expired before the interval."""
    sql = """
        delete from sessions
         where expires_at < now() - $1::interval or ended_at < now() - $1::interval
    """
    return await tx.run(sql, after)


async def delete_sessions(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from sessions where user_id = $1", user_id)
