"""Every SQL statement of the domain, one function each."""

from datetime import timedelta

from veza.core.ids import UserId
from veza.core.normalize import normalize_identifier
from veza.domains.auth.recovery.models import Contact, Link, Purpose, SentLink
from veza.infra.postgres.database import Conn, Tx


async def find_contact(conn: Conn, user_id: UserId) -> Contact | None:
    sql = """
        select id, username, email, email_verified_at is not null as email_verified
          from users
         where id = $1
    """
    return await conn.maybe(Contact, sql, user_id)


async def find_contact_by_email(conn: Conn, email: str) -> Contact | None:
    sql = """
        select id, username, email, email_verified_at is not null as email_verified
          from users
         where email_key = $1
    """
    return await conn.maybe(Contact, sql, normalize_identifier(email))


async def insert_link(
    tx: Tx, link: Link, purpose: Purpose, *, token_hash: bytes, lasts: timedelta
) -> None:
    """Keep a link; it takes the place of an older one of the same purpose."""
    sql = """
        insert into mail_tokens (user_id, purpose, token_hash, email, expires_at)
             values ($1, $2, $3, $4, now() + $5::interval)
                 on conflict (user_id, purpose) do update
                set token_hash = excluded.token_hash,
                    email = excluded.email,
                    created_at = excluded.created_at,
                    expires_at = excluded.expires_at
    """
    await tx.run(sql, link.user_id, purpose, token_hash, link.email, lasts)


async def find_link(conn: Conn, token_hash: bytes, purpose: Purpose) -> Link | None:
    sql = """
        select user_id, email
          from mail_tokens
         where token_hash = $1 and purpose = $2 and expires_at > now()
    """
    return await conn.maybe(Link, sql, token_hash, purpose)


async def delete_link(tx: Tx, token_hash: bytes, purpose: Purpose) -> Link | None:
    """Use a link. Of many who do so at once, one gets it."""
    sql = """
        delete from mail_tokens
              where token_hash = $1 and purpose = $2 and expires_at > now()
          returning user_id, email
    """
    return await tx.maybe(Link, sql, token_hash, purpose)


async def delete_links_of(tx: Tx, user_id: UserId, purpose: Purpose) -> None:
    sql = "delete from mail_tokens where user_id = $1 and purpose = $2"
    await tx.run(sql, user_id, purpose)


async def delete_all_links_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from mail_tokens where user_id = $1", user_id)


async def delete_expired_links(tx: Tx) -> int:
    return await tx.run("delete from mail_tokens where expires_at <= now()")


async def list_links(conn: Conn, user_id: UserId) -> list[SentLink]:
    """At most one of each purpose."""
    sql = """
        select purpose, email, created_at, expires_at
          from mail_tokens
         where user_id = $1
         order by created_at
    """
    return await conn.all(SentLink, sql, user_id)
