"""One backup is made at a time, by a lock; attempts, requests and notices are rows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from veza.domains.platform.backups.models import (
    LOCK,
    AttemptState,
    BackupWork,
    FinishedBackup,
    LastBackup,
    NoticeReason,
    StoredAttempt,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind


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


async def update_work(tx: Tx, attempt_id: UUID, work: BackupWork) -> None:
    sql = """
        update backup_attempts
           set copied_objects = :copied_objects, reread_objects = :reread_objects,
               healed_objects = :healed_objects, kept_objects = :kept_objects,
               lost_objects = :lost_objects
         where id = :attempt_id
    """
    await tx.run(*bind(sql, work, attempt_id=attempt_id))


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


async def is_locked(conn: Conn) -> bool:
    """Return whether a backup is being made, without taking the lock from anybody."""
    # A number of one key is shown in two parts; ours fits into the second.
    sql = """
        select exists (
                   select
                     from pg_locks
                    where locktype = 'advisory' and granted
                      and classid = 0 and objid = $1::bigint::oid and objsubid = 1
                      and database = (select oid
                                        from pg_database
                                       where datname = current_database())
               )
    """
    return bool(await conn.value(bool, sql, LOCK))


async def insert_request(tx: Tx, target: str) -> None:
    """Record that a backup is wanted, unless one is already."""
    sql = "insert into backup_requests (target) values ($1) on conflict do nothing"
    await tx.run(sql, target)


async def find_requested_at(conn: Conn, target: str) -> datetime | None:
    sql = "select requested_at from backup_requests where target = $1"
    return await conn.value(datetime, sql, target)


async def delete_request(tx: Tx, target: str) -> None:
    await tx.run("delete from backup_requests where target = $1", target)


async def list_attempts(conn: Conn, limit: int) -> list[StoredAttempt]:
    """Return the newest attempts at all targets, the newest first."""
    sql = f"""
        select id, target, started_at, finished_at, backup_id, size_bytes, objects,
               copied_objects, reread_objects, healed_objects, kept_objects, lost_objects, error
          from backup_attempts
         order by started_at desc, id desc
         limit {limit:d}
    """
    return await conn.all(StoredAttempt, sql)


async def find_last_made(conn: Conn, target: str) -> StoredAttempt | None:
    """Return the newest attempt at a target that made a backup."""
    sql = """
        select id, target, started_at, finished_at, backup_id, size_bytes, objects,
               copied_objects, reread_objects, healed_objects, kept_objects, lost_objects, error
          from backup_attempts
         where target = $1 and backup_id is not null
         order by started_at desc
         limit 1
    """
    return await conn.maybe(StoredAttempt, sql, target)


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


async def insert_notice(tx: Tx, target: str, reason: NoticeReason) -> bool:
    """Record that staff is notified; return False if it was already."""
    sql = """
        insert into backup_notices (target, reason) values ($1, $2)
        on conflict (target, reason) do nothing
    """
    return await tx.run(sql, target, reason) > 0


async def delete_notices(tx: Tx, target: str, reasons: Sequence[NoticeReason]) -> None:
    sql = "delete from backup_notices where target = $1 and reason = any($2)"
    await tx.run(sql, target, list(reasons))


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
