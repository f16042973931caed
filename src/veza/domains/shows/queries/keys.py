"""A key opens a feed as long as its member has a tier of the profile, and is not suspended."""

from datetime import datetime

from veza.core.ids import ShowId, UserId
from veza.core.visibility import active, blocked, has_tier
from veza.domains.shows.models.keys import StoredKey
from veza.infra.postgres.database import Conn, Tx


async def is_member(conn: Conn, member_id: UserId, profile_id: UserId) -> bool:
    """Return whether a member has a tier of a profile now."""
    sql = f"select {has_tier('$1', '$2')} and not {blocked('$1', '$2')}"
    return bool(await conn.value(bool, sql, member_id, profile_id))


async def upsert_key(tx: Tx, show_id: ShowId, member_id: UserId, key_hash: bytes) -> datetime:
    """Store the key of a member, in place of an earlier one; return when."""
    sql = """
        insert into show_keys (show_id, member_id, key_hash) values ($1, $2, $3)
        on conflict (show_id, member_id)
          do update set key_hash = excluded.key_hash, created_at = now()
          returning created_at
    """
    created_at = await tx.value(datetime, sql, show_id, member_id, key_hash)
    assert created_at is not None
    return created_at


async def find_made(conn: Conn, show_id: ShowId, member_id: UserId) -> datetime | None:
    """Return when the key of a member was made, if there is one."""
    sql = "select created_at from show_keys where show_id = $1 and member_id = $2"
    return await conn.value(datetime, sql, show_id, member_id)


async def find_holder(conn: Conn, show_id: ShowId, key_hash: bytes) -> UserId | None:
    """Return the member whose key opens the feed of a show now."""
    sql = f"""
        select k.member_id
          from show_keys k
          join shows s on s.id = k.show_id
          join users u on u.id = k.member_id
         where k.key_hash = $2 and k.show_id = $1 and {active("u")}
           and {has_tier("k.member_id", "s.owner_id")}
           and not {blocked("k.member_id", "s.owner_id")}
    """
    return await conn.value(UserId, sql, show_id, key_hash)


async def delete_key(tx: Tx, show_id: ShowId, member_id: UserId) -> bool:
    """Delete the key of a member; return whether there was one."""
    sql = "delete from show_keys where show_id = $1 and member_id = $2"
    return await tx.run(sql, show_id, member_id) == 1


async def delete_keys_of(tx: Tx, member_id: UserId) -> None:
    await tx.run("delete from show_keys where member_id = $1", member_id)


async def list_personal(conn: Conn, member_id: UserId) -> list[StoredKey]:
    """Return the keys of a member, without the keys themselves."""
    sql = """
        select show_id, member_id, created_at
          from show_keys
         where member_id = $1
         order by show_id
    """
    return await conn.every(StoredKey, sql, member_id)
