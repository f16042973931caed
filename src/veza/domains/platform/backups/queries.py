"""The SQL statements of the attempts to make a backup."""

from datetime import timedelta
from uuid import UUID

from veza.domains.platform.backups.models import (
    LOCK,
    AttemptState,
    FinishedBackup,
    LastBackup,
)
from veza.infra.postgres.database import Conn, Tx


async def insert_attempt(tx: Tx, attempt_id: UUID, target: str) -> None:
    sql = "insert into backup_attempts (id, target) values ($1, $2)"
    await tx.run(sql, attempt_id, target)


async def update_finished(
    tx: Tx, attempt_id: UUID, backup: FinishedBackup | None, error: str | None
) -> None:
    sql = """
        update backup_attempts
           set finished_at = now(), backup_id = $2, size_bytes = $3, objects = $4, error = $5
         where id = $1
    """
    facts = (None,) * 3
    if backup is not None:
        facts = (backup.backup_id, backup.size_bytes, backup.objects)
    await tx.run(sql, attempt_id, *facts, error)


async def update_abandoned(tx: Tx, error: str) -> list[str]:
    """End all unfinished attempts with an error; return their targets."""
    sql = """
        update backup_attempts
           set finished_at = now(), error = $1
         where finished_at is null
        returning target
    """
    return await tx.column(str, sql, error)


async def try_lock(tx: Tx) -> bool:
    """Take the lock of backups for this transaction; return False if one is being made."""
    return bool(await tx.value(bool, "select pg_try_advisory_xact_lock($1)", LOCK))


async def find_state(conn: Conn, target: str) -> AttemptState:
    sql = """
        select min(started_at) as begun_at,
               max(started_at) filter (where backup_id is not null) as completed_at,
               max(finished_at) filter (where error is not null) as failed_at,
               coalesce(bool_or(finished_at is null), false) as is_unfinished
          from backup_attempts
         where target = $1
    """
    return await conn.one(AttemptState, sql, target)


async def find_last(conn: Conn, target: str) -> LastBackup | None:
    sql = """
        select started_at, size_bytes, objects
          from backup_attempts
         where target = $1 and backup_id is not null
         order by started_at desc
         limit 1
    """
    return await conn.maybe(LastBackup, sql, target)


async def find_last_target(conn: Conn) -> str | None:
    """Return where the last backup was attempted."""
    sql = "select target from backup_attempts order by started_at desc limit 1"
    return await conn.value(str, sql)


async def count_results(conn: Conn) -> dict[str, int]:
    """Count the backups that were made, and the attempts that failed."""
    sql = """
        select count(*) filter (where backup_id is not null) as made,
               count(*) filter (where error is not null) as failed
          from backup_attempts
    """
    return await conn.counts(sql)


async def delete_attempt(tx: Tx, attempt_id: UUID) -> None:
    await tx.run("delete from backup_attempts where id = $1", attempt_id)


async def delete_old(tx: Tx, age: timedelta) -> int:
    """Delete the attempts of a past time, but never the last one that made a backup."""
    sql = """
        delete from backup_attempts
         where started_at < now() - $1::interval
           and id not in (select distinct on (target) id
                            from backup_attempts
                           where backup_id is not null
                           order by target, started_at desc)
    """
    return await tx.run(sql, age)
