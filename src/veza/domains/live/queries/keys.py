"""Keys are locked before they change."""

from veza.core.ids import UserId
from veza.core.visibility import suspended
from veza.domains.live.models.stream_keys import KeyOwner, NewStreamKey, StoredStreamKey
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

_NEW_KEY = """
    stream_keys (user_id, key_hash, sealed, sealed_with)
    values (:user_id, :key_hash, :sealed, :sealed_with)
"""

# The statements of `infra.security.sealed_secrets`.
FIND_OUTDATED = """
    select user_id as row_id, sealed, sealed_with
      from stream_keys
     where sealed_with <> $1 and user_id > $2
     order by user_id
     limit 100
       for no key update
"""
UPDATE_SEAL = "update stream_keys set sealed = $2, sealed_with = $3 where user_id = $1"


async def find_key(conn: Conn, user_id: UserId) -> StoredStreamKey | None:
    sql = "select user_id, sealed, sealed_with from stream_keys where user_id = $1"
    return await conn.maybe(StoredStreamKey, sql, user_id)


async def insert_key(tx: Tx, key: NewStreamKey) -> None:
    """Insert a key, unless the member has a key already."""
    await tx.run(*bind(f"insert into {_NEW_KEY} on conflict (user_id) do nothing", key))


async def update_key(tx: Tx, key: NewStreamKey) -> None:
    """Replace the key of a member, or insert the first one."""
    sql = f"""
        insert into {_NEW_KEY}
        on conflict (user_id) do update
                set key_hash = excluded.key_hash, sealed = excluded.sealed,
                    sealed_with = excluded.sealed_with, created_at = now()
    """
    await tx.run(*bind(sql, key))


async def lock_key_owner(tx: Tx, key_hash: bytes) -> KeyOwner | None:
    """Lock and return the owner of a key. Requests with the same key run one after another."""
    sql = f"""
        select u.id, u.username, u.role, {suspended("u")} as is_suspended
          from stream_keys k
          join users u on u.id = k.user_id
         where k.key_hash = $1
           for key share of u
           for no key update of k
    """
    return await tx.maybe(KeyOwner, sql, key_hash)


async def delete_key(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from stream_keys where user_id = $1", user_id)
