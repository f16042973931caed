"""Every SQL statement of the domain, one function each."""

from datetime import timedelta
from uuid import UUID

from veza.core.ids import ApiKeyId, UserId
from veza.domains.auth.api_keys.models import ApiKey, KeyBearer, KnownKey, NewKey
from veza.infra.postgres.database import Conn, Tx


async def lock_owner(tx: Tx, user_id: UserId) -> bool:
    """Let a member's keys be made one after the other; False where there is no such member."""
    sql = "select id from users where id = $1 for no key update"
    return await tx.value(UUID, sql, user_id) is not None


async def count_keys(conn: Conn, user_id: UserId) -> int:
    sql = "select count(*) from api_keys where user_id = $1 and revoked_at is null"
    return await conn.value(int, sql, user_id) or 0


async def insert_key(tx: Tx, new: NewKey) -> ApiKey:
    sql = """
        insert into api_keys (id, user_id, name, key_hash, prefix, scopes, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7)
          returning id, name, prefix, scopes, expires_at, created_at, last_used_at
    """
    form, scopes = new.form, sorted(set(new.form.scopes))
    return await tx.one(
        ApiKey,
        sql,
        *(new.id, new.user_id, form.name, new.key_hash, new.prefix, scopes, form.expires_at),
    )


async def list_keys(conn: Conn, user_id: UserId) -> list[ApiKey]:
    """Newest first; there are at most 100 that aren't revoked."""
    sql = """
        select id, name, prefix, scopes, expires_at, created_at, last_used_at
          from api_keys
         where user_id = $1 and revoked_at is null
         order by created_at desc, id desc
         limit 100
    """
    return await conn.all(ApiKey, sql, user_id)


async def find_bearer(conn: Conn, key_hash: bytes) -> KeyBearer | None:
    """Who comes by a key that holds, as they are at this moment."""
    sql = """
        select k.id as key_id,
               k.user_id,
               u.role,
               k.scopes,
               coalesce(k.last_used_at < now() - interval '1 minute', true) as is_use_due
          from api_keys k
          join users u on u.id = k.user_id
         where k.key_hash = $1
           and k.revoked_at is null
           and coalesce(k.expires_at > now(), true)
           and u.suspended_at is null
    """
    return await conn.maybe(KeyBearer, sql, key_hash)


async def update_keys_used(tx: Tx, key_ids: list[ApiKeyId]) -> None:
    """Note that keys are in use, each at most once a minute. Whatever is busy is left out."""
    sql = """
        with due as (
            select id
              from api_keys
             where id = any($1)
               and coalesce(last_used_at < now() - interval '1 minute', true)
               for no key update skip locked
        )
        update api_keys
           set last_used_at = now()
          from due
         where api_keys.id = due.id
    """
    await tx.run(sql, key_ids)


async def revoke_key(tx: Tx, key_id: ApiKeyId, user_id: UserId) -> bool:
    """Record that a member's key lets nobody in any more; False if they have no such one."""
    sql = """
        update api_keys
           set revoked_at = now()
         where id = $1 and user_id = $2 and revoked_at is null
    """
    return await tx.run(sql, key_id, user_id) == 1


async def revoke_keys(tx: Tx, user_id: UserId) -> None:
    sql = "update api_keys set revoked_at = now() where user_id = $1 and revoked_at is null"
    await tx.run(sql, user_id)


async def list_known_keys(conn: Conn, user_id: UserId) -> list[KnownKey]:
    """The latest 1,000 keys that aren't swept yet, revoked ones too."""
    sql = """
        select name, prefix, scopes, expires_at, created_at, last_used_at, revoked_at
          from api_keys
         where user_id = $1
         order by created_at desc, id desc
         limit 1000
    """
    return await conn.all(KnownKey, sql, user_id)


async def delete_keys(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from api_keys where user_id = $1", user_id)


async def delete_revoked_keys(tx: Tx, after: timedelta) -> int:
    """Forget keys that were revoked a while ago."""
    return await tx.run("delete from api_keys where revoked_at < now() - $1::interval", after)
