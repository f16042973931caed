"""An attempt is used up by its deletion; a member has one identity at each provider."""

from datetime import timedelta

from veza.core.ids import IdentityId, SessionId, UserId
from veza.core.visibility import active
from veza.domains.auth.identities.models import NewAttempt, OpenAttempt, StoredIdentity, WaysIn
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_COLUMNS = "id, user_id, issuer, subject, label, created_account, created_at, last_used_at"


async def insert_attempt(tx: Tx, attempt: NewAttempt, lifetime: timedelta) -> None:
    sql = """
        insert into openid_attempts (token_hash, provider, network, session_id, next_path,
                                     expires_at)
             values (:token_hash, :provider, :network, :session_id, :next_path,
                     now() + :lifetime::interval)
    """
    await tx.run(*bind(sql, attempt, lifetime=lifetime))


async def delete_surplus_attempts(tx: Tx, network: str, kept: int) -> None:
    """Delete the attempts of a network but for the newest."""
    sql = """
        delete from openid_attempts
              where token_hash in (
                        select token_hash
                          from openid_attempts
                         where network = $1
                         order by created_at desc, token_hash
                        offset $2
                    )
    """
    await tx.run(sql, network, kept)


async def delete_attempt(tx: Tx, token_hash: bytes, provider: str) -> OpenAttempt | None:
    """Delete an attempt that comes back. Only one of several concurrent uses succeeds."""
    sql = """
        delete from openid_attempts
              where token_hash = $1 and provider = $2 and expires_at > now()
          returning session_id, next_path
    """
    return await tx.maybe(OpenAttempt, sql, token_hash, provider)


async def delete_expired_attempts(tx: Tx) -> None:
    await tx.run("delete from openid_attempts where expires_at <= now()")


async def lock_session_owner(tx: Tx, session_id: SessionId) -> UserId | None:
    """Lock the member of a session that has not ended."""
    sql = f"""
        select u.id
          from sessions s
          join users u on u.id = s.user_id
         where s.id = $1
           and s.ended_at is null
           and s.expires_at > now()
           and {active("u")}
           for no key update of u
    """
    return await tx.value(UserId, sql, session_id)


async def lock_owner(tx: Tx, user_id: UserId) -> bool:
    """Lock a member while their ways to sign in change; False if they are gone."""
    sql = "select true from users where id = $1 for no key update"
    return bool(await tx.value(bool, sql, user_id))


async def find_ways_in(conn: Conn, user_id: UserId, issuers: list[str]) -> WaysIn | None:
    """Return how a member can sign in, with identities of some issuers."""
    sql = """
        select has_password,
               (select count(*)
                  from identities
                 where user_id = $1 and issuer = any($2::text[])) as identities,
               (select count(*) from passkeys where user_id = $1) as passkeys
          from users
         where id = $1
    """
    return await conn.maybe(WaysIn, sql, user_id, issuers)


async def find_user_id(conn: Conn, issuer: str, subject: str) -> UserId | None:
    sql = "select user_id from identities where issuer = $1 and subject = $2"
    return await conn.value(UserId, sql, issuer, subject)


async def update_identity_used(tx: Tx, issuer: str, subject: str, label: str) -> bool:
    """Return False if nobody has the identity."""
    sql = """
        update identities
           set last_used_at = now(), label = $3
         where issuer = $1 and subject = $2
    """
    return await tx.run(sql, issuer, subject, label) == 1


async def insert_identity(tx: Tx, identity: StoredIdentity) -> None:
    """Raises ConstraintViolation if it is linked, or the member has another one there."""
    sql = """
        insert into identities (id, user_id, issuer, subject, label, created_account, created_at,
                                last_used_at)
             values (:id, :user_id, :issuer, :subject, :label, :created_account, :created_at,
                     :last_used_at)
    """
    await tx.run(*bind(sql, identity))


async def list_identities(conn: Conn, user_id: UserId) -> list[StoredIdentity]:
    """Return the identities of a member, the oldest first: one at each provider at most."""
    sql = f"""
        select {_COLUMNS}
          from identities
         where user_id = $1
         order by created_at, id
         limit 100
    """
    return await conn.all(StoredIdentity, sql, user_id)


async def delete_identity(tx: Tx, identity_id: IdentityId, user_id: UserId) -> bool:
    sql = "delete from identities where id = $1 and user_id = $2"
    return await tx.run(sql, identity_id, user_id) == 1


async def delete_identities(tx: Tx, user_id: UserId, *, keeps_first: bool) -> None:
    """Delete the identities of a member; `keeps_first`: but for that which made the account."""
    sql = "delete from identities where user_id = $1 and not (created_account and $2)"
    await tx.run(sql, user_id, keeps_first)


async def delete_attempts(tx: Tx, user_id: UserId) -> None:
    """Delete the attempts of a member to link an identity."""
    sql = """
        delete from openid_attempts
              where session_id in (select id from sessions where user_id = $1)
    """
    await tx.run(sql, user_id)


async def find_taken_names(conn: Conn, names: list[str]) -> set[str]:
    """Return which of some usernames, in their normal form, are taken."""
    sql = """
        select username_key from users where username_key = any($1::text[])
         union all
        select handle_key from former_handles where handle_key = any($1::text[]) and until > now()
    """
    return set(await conn.column(str, sql, names))
