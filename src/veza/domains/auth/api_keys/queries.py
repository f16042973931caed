"""Finds the owner of a valid key in their current role; a use is stored once a minute."""

from datetime import timedelta
from uuid import UUID

from veza.core.ids import ApiKeyId, UserId
from veza.core.visibility import active
from veza.domains.auth.api_keys.models import ApiKey, ApiKeyOwner, NewApiKey, PersonalApiKey
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_KEY = "id, name, prefix, scopes, profile_id, expires_at, created_at, last_used_at"


async def lock_owner(tx: Tx, user_id: UserId) -> bool:
    """Lock a member while a key is created; False if the member is gone."""
    sql = "select id from users where id = $1 for no key update"
    return await tx.value(UUID, sql, user_id) is not None


async def count_keys(conn: Conn, user_id: UserId) -> int:
    sql = "select count(*) from api_keys where user_id = $1 and revoked_at is null"
    return await conn.value(int, sql, user_id) or 0


async def insert_key(tx: Tx, new: NewApiKey) -> ApiKey:
    sql = f"""
        insert into api_keys (id, user_id, name, key_hash, prefix, scopes, profile_id, expires_at)
             values (:id, :user_id, :name, :key_hash, :prefix, :scopes, :profile_id, :expires_at)
          returning {_KEY}
    """
    scopes = sorted(set(new.form.scopes))
    return await tx.one(ApiKey, *bind(sql, new, new.form, scopes=scopes))


async def list_keys(conn: Conn, user_id: UserId) -> list[ApiKey]:
    """Return the newest first; at most 100 are not revoked."""
    sql = f"""
        select {_KEY}
          from api_keys
         where user_id = $1 and revoked_at is null
         order by created_at desc, id desc
         limit 100
    """
    return await conn.all(ApiKey, sql, user_id)


async def find_owner(conn: Conn, key_hash: bytes) -> ApiKeyOwner | None:
    """Return the current role of the owner of a valid key, and that in its profile.

    That of a profile which is suspended is none.
    """
    sql = f"""
        select k.id as key_id,
               k.user_id,
               u.role,
               k.scopes,
               k.profile_id,
               m.role as profile_role,
               coalesce(k.last_used_at < now() - interval '1 minute', true) as is_use_due
          from api_keys k
          join users u on u.id = k.user_id
          left join profile_members m on m.profile_id = k.profile_id and m.user_id = k.user_id
          left join users p on p.id = k.profile_id
         where k.key_hash = $1
           and (k.profile_id is null or (m.role is not null and {active("p")}))
           and k.revoked_at is null
           and coalesce(k.expires_at > now(), true)
           and {active("u")}
    """
    return await conn.maybe(ApiKeyOwner, sql, key_hash)


async def update_keys_used(tx: Tx, key_ids: list[ApiKeyId]) -> None:
    """Store that keys are in use, each at most once a minute. Locked rows are skipped."""
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
    """Revoke a key of a member; False if they have no such key."""
    sql = """
        update api_keys
           set revoked_at = now()
         where id = $1 and user_id = $2 and revoked_at is null
    """
    return await tx.run(sql, key_id, user_id) == 1


async def list_all_keys(conn: Conn, user_id: UserId) -> list[PersonalApiKey]:
    """Return the latest 1,000 keys, including revoked ones."""
    sql = f"""
        select {_KEY}, revoked_at
          from api_keys
         where user_id = $1
         order by created_at desc, id desc
         limit 1000
    """
    return await conn.all(PersonalApiKey, sql, user_id)


async def delete_keys(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from api_keys where user_id = $1", user_id)


async def delete_revoked_keys(tx: Tx, after: timedelta) -> int:
    """Delete keys that were revoked before the interval."""
    return await tx.run("delete from api_keys where revoked_at < now() - $1::interval", after)
