"""A token of a mailed link replaces the one before it, and is used up by its deletion."""

from datetime import timedelta

from veza.core.ids import UserId
from veza.core.normalize import normalize_identifier
from veza.domains.auth.recovery.models import (
    Contact,
    EmailToken,
    MailPurpose,
    NoticeToken,
    SentEmailToken,
)
from veza.infra.postgres.database import Conn, Tx

_SELECT_CONTACT = """
    select id, username, email, email_verified_at is not null as email_verified,
           coalesce(display_name, username) as display_name, coalesce(language, 'en') as language
      from users
"""


async def find_contact(conn: Conn, user_id: UserId) -> Contact | None:
    sql = f"{_SELECT_CONTACT} where id = $1 and page_kind is null"
    return await conn.maybe(Contact, sql, user_id)


async def find_contact_by_email(conn: Conn, email: str) -> Contact | None:
    sql = f"{_SELECT_CONTACT} where email_key = $1 and page_kind is null"
    return await conn.maybe(Contact, sql, normalize_identifier(email))


async def upsert_token(
    tx: Tx, token: EmailToken, purpose: MailPurpose, *, token_hash: bytes, lifetime: timedelta
) -> None:
    """Store a token; replace an older token of the same purpose."""
    sql = """
        insert into email_tokens (user_id, purpose, token_hash, email, expires_at)
             values ($1, $2, $3, $4, now() + $5::interval)
                 on conflict (user_id, purpose) do update
                set token_hash = excluded.token_hash,
                    email = excluded.email,
                    created_at = excluded.created_at,
                    expires_at = excluded.expires_at
    """
    await tx.run(sql, token.user_id, purpose, token_hash, token.email, lifetime)


async def find_token(conn: Conn, token_hash: bytes, purpose: MailPurpose) -> EmailToken | None:
    sql = """
        select user_id, email
          from email_tokens
         where token_hash = $1 and purpose = $2 and expires_at > now()
    """
    return await conn.maybe(EmailToken, sql, token_hash, purpose)


async def delete_token(tx: Tx, token_hash: bytes, purpose: MailPurpose) -> EmailToken | None:
    """Delete a token that is used. Only one of several concurrent uses succeeds."""
    sql = """
        delete from email_tokens
              where token_hash = $1 and purpose = $2 and expires_at > now()
          returning user_id, email
    """
    return await tx.maybe(EmailToken, sql, token_hash, purpose)


async def find_notice(conn: Conn, token_hash: bytes, purposes: list[str]) -> NoticeToken | None:
    sql = """
        select user_id, email, purpose
          from email_tokens
         where token_hash = $1 and purpose = any($2::text[]) and expires_at > now()
    """
    return await conn.maybe(NoticeToken, sql, token_hash, purposes)


async def delete_tokens_for(tx: Tx, user_id: UserId, purpose: MailPurpose) -> None:
    sql = "delete from email_tokens where user_id = $1 and purpose = $2"
    await tx.run(sql, user_id, purpose)


async def delete_all_tokens(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from email_tokens where user_id = $1", user_id)


async def delete_expired_tokens(tx: Tx) -> int:
    return await tx.run("delete from email_tokens where expires_at <= now()")


async def list_tokens(conn: Conn, user_id: UserId) -> list[SentEmailToken]:
    """Return the unexpired tokens sent to a member, at most one for each purpose."""
    sql = """
        select purpose, email, created_at, expires_at
          from email_tokens
         where user_id = $1
         order by created_at
    """
    return await conn.all(SentEmailToken, sql, user_id)
