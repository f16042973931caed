"""Owners are locked before they get targets, and targets before they change."""

from uuid import UUID

from veza.core.ids import RestreamTargetId, UserId
from veza.core.visibility import active
from veza.domains.restreams.models import (
    ExportedTarget,
    SealedTargetKey,
    StoredTarget,
    TargetDetails,
)
from veza.domains.restreams.rules import MAX_TARGETS
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# Conditions on a target `t`, a stream on air `s` and their owner `u`: whether the target gets
# streams at present, and whether it gets those with the audience of this one.
IS_SERVED = f"(t.is_enabled and not s.is_taken_down and {active('u')})"
IS_ADMITTED = "(s.audience = 'public' or t.sends_private)"

# The state of an expired lease is unknown, and left out.
_SELECT = f"""
    select t.id, t.owner_id, t.name, t.url, t.is_enabled, t.sends_private, t.created_at,
           coalesce({IS_SERVED}, false) as is_served,
           coalesce({IS_ADMITTED}, false) as is_admitted,
           s.started_at as on_air_since, r.state, r.reason, r.since, r.retry_at
      from restream_targets t
      join users u on u.id = t.owner_id
      left join streams s on s.owner_id = t.owner_id and s.status = 'live'
      left join stream_restreams r on r.target_id = t.id and r.stream_id = s.id
           and r.target_version = t.version
           and (r.leased_until is null or r.leased_until > now())
"""

# The statements of `infra.security.sealed_secrets`.
FIND_OUTDATED = """
    select id as row_id, sealed, sealed_with
      from restream_targets
     where sealed_with <> $1 and id > $2
     order by id
     limit 100
       for no key update
"""
UPDATE_SEAL = "update restream_targets set sealed = $2, sealed_with = $3 where id = $1"


async def lock_owner(tx: Tx, owner_id: UserId) -> bool:
    """Lock a member, so that no other target of them is added meanwhile; False if suspended."""
    sql = f"select id from users where id = $1 and {active()} for no key update"
    return await tx.value(UUID, sql, owner_id) is not None


async def list_targets(conn: Conn, owner_id: UserId) -> list[StoredTarget]:
    sql = f"{_SELECT} where t.owner_id = $1 order by t.created_at, t.id limit {MAX_TARGETS:d}"
    return await conn.all(StoredTarget, sql, owner_id)


async def find_target(
    conn: Conn, target_id: RestreamTargetId, owner_id: UserId
) -> StoredTarget | None:
    sql = f"{_SELECT} where t.id = $1 and t.owner_id = $2"
    return await conn.maybe(StoredTarget, sql, target_id, owner_id)


async def lock_target(tx: Tx, target_id: RestreamTargetId, owner_id: UserId) -> StoredTarget | None:
    sql = f"{_SELECT} where t.id = $1 and t.owner_id = $2 for no key update of t"
    return await tx.maybe(StoredTarget, sql, target_id, owner_id)


async def count_targets(conn: Conn, owner_id: UserId) -> int:
    sql = "select count(*) from restream_targets where owner_id = $1"
    return await conn.value(int, sql, owner_id) or 0


async def insert_target(
    tx: Tx, owner_id: UserId, key: SealedTargetKey, details: TargetDetails
) -> None:
    sql = """
        insert into restream_targets (id, owner_id, name, url, sealed, sealed_with, is_enabled,
                                      sends_private)
             values (:id, :owner_id, :name, :url, :sealed, :sealed_with, :is_enabled,
                     :sends_private)
    """
    await tx.run(*bind(sql, key, details, owner_id=owner_id))


async def update_target(tx: Tx, target_id: RestreamTargetId, details: TargetDetails) -> None:
    """Store a change of a locked target; what is sent by its former version ends."""
    sql = """
        update restream_targets
           set name = :name, url = :url, is_enabled = :is_enabled, sends_private = :sends_private,
               version = version + 1
         where id = :id
    """
    await tx.run(*bind(sql, details, id=target_id))


async def update_key(tx: Tx, key: SealedTargetKey) -> None:
    sql = """
        update restream_targets set sealed = :sealed, sealed_with = :sealed_with where id = :id
    """
    await tx.run(*bind(sql, key))


async def lock_targets(tx: Tx, owner_id: UserId) -> None:
    sql = "select id from restream_targets where owner_id = $1 order by id for no key update"
    await tx.column(UUID, sql, owner_id)


async def switch_off(tx: Tx, owner_id: UserId) -> None:
    """Switch all targets of a profile off."""
    sql = """
        update restream_targets set is_enabled = false, version = version + 1
         where owner_id = $1 and is_enabled
    """
    await tx.run(sql, owner_id)


async def delete_target(tx: Tx, target_id: RestreamTargetId, owner_id: UserId) -> bool:
    sql = "delete from restream_targets where id = $1 and owner_id = $2"
    return await tx.run(sql, target_id, owner_id) == 1


async def delete_all_of(tx: Tx, owner_id: UserId) -> None:
    await tx.run("delete from restream_targets where owner_id = $1", owner_id)


async def list_all_of(conn: Conn, owner_id: UserId) -> list[ExportedTarget]:
    """Return all targets of a member without their keys, which are secrets of other platforms."""
    sql = """
        select id, name, url, is_enabled, sends_private, created_at
          from restream_targets
         where owner_id = $1
         order by created_at, id
    """
    return await conn.every(ExportedTarget, sql, owner_id)
