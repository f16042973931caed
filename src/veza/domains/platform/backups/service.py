"""Use cases of the attempts to make a backup."""

from datetime import timedelta
from uuid import UUID

from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.platform.backups import queries, rules
from veza.domains.platform.backups.models import (
    BackupCounts,
    BackupReport,
    BackupSchedule,
    FinishedBackup,
)
from veza.infra.postgres.database import Conn, Database, Tx

_KEPT_FOR = timedelta(days=400)
_MAX_ERROR = 1000
_INTERRUPTED = "It was interrupted."


async def begin(tx: Tx, target: str) -> UUID:
    """Record that a backup is begun, and that earlier ones were interrupted; return its id.

    The caller holds the lock of backups, so nobody makes the unfinished ones any more.
    """
    await queries.update_abandoned(tx, _INTERRUPTED)
    await queries.delete_old(tx, _KEPT_FOR)
    attempt_id = new_id()
    await queries.insert_attempt(tx, attempt_id, target)
    return attempt_id


async def finish(
    tx: Tx, attempt_id: UUID, backup: FinishedBackup | None, error: Exception | None = None
) -> None:
    """Record the backup that was made, or why it was not. With both, old ones were not deleted."""
    text = None if error is None else f"{type(error).__name__}: {error}"[:_MAX_ERROR]
    await queries.update_finished(tx, attempt_id, backup, text)


async def cancel(tx: Tx, attempt_id: UUID) -> None:
    """Delete an attempt that was stopped on purpose: it did not fail."""
    await queries.delete_attempt(tx, attempt_id)


async def is_due(conn: Conn, schedule: BackupSchedule) -> bool:
    """Return whether a backup is to be begun."""
    state = await queries.find_state(conn, schedule.target)
    return rules.is_due(state, schedule.every, now())


async def report(conn: Conn, schedule: BackupSchedule) -> BackupReport:
    """Return the last backup of a schedule, and whether it is overdue."""
    state = await queries.find_state(conn, schedule.target)
    return BackupReport(
        await queries.find_last(conn, schedule.target),
        rules.is_overdue(state, schedule.every, now()),
        rules.has_failed(state),
    )


async def count_backups(conn: Conn, schedule: BackupSchedule | None) -> BackupCounts:
    """Return what admins see of backups: of the schedule, else of the last target of a command."""
    results = await queries.count_results(conn)
    if schedule is not None:
        found = await report(conn, schedule)
        return rules.count(found, results, now(), is_scheduled=True)
    target = await queries.find_last_target(conn)
    if target is None:
        return rules.count(BackupReport(None, False, False), results, now(), is_scheduled=False)
    state, last = await queries.find_state(conn, target), await queries.find_last(conn, target)
    found = BackupReport(last, False, rules.has_failed(state))
    return rules.count(found, results, now(), is_scheduled=False)


async def end_interrupted(database: Database, schedule: BackupSchedule) -> None:
    """Record that an attempt failed whose process was killed."""
    async with database.read() as conn:
        state = await queries.find_state(conn, schedule.target)
    # The lock would make a backup fail that is begun at this moment: it is rarely taken.
    if state.is_unfinished:
        async with database.transaction(recorded=False) as tx:
            if await queries.try_lock(tx):
                await queries.update_abandoned(tx, _INTERRUPTED)
