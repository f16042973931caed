"""A backup is due by schedule or request; one that was killed counts as failed."""

from datetime import timedelta

from veza.core.clock import now
from veza.core.errors import CannotStart, required
from veza.core.ids import new_id
from veza.domains.platform.backups import queries, rules
from veza.domains.platform.backups.errors import BackupRunning, BackupsNotConfigured
from veza.domains.platform.backups.events import BackupFailed, BackupOverdue
from veza.domains.platform.backups.models import (
    TOPIC,
    Attempt,
    BackupCounts,
    BackupOverview,
    BackupPlan,
    BackupReport,
    BackupSchedule,
    FinishedBackup,
    NoticeReason,
)
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Database, Tx

_KEPT_FOR = timedelta(days=400)


async def begin(tx: Tx, target: str, *, is_scheduled: bool) -> Attempt:
    """Record that a backup is begun, and that earlier ones were interrupted.

    The caller holds the lock of backups, so nobody makes the unfinished ones any more.
    """
    if target in await _end_abandoned(tx) and is_scheduled:
        await _notify(tx, target, NoticeReason.FAILED)
    await queries.delete_old(tx, _KEPT_FOR)
    attempt = Attempt(new_id(), target, is_scheduled)
    await queries.insert_attempt(tx, attempt.id, target)
    return attempt


async def finish(
    tx: Tx, attempt: Attempt, backup: FinishedBackup | None, error: Exception | None = None
) -> None:
    """Record the backup that was made, or why it was not. With both, old ones were not deleted.

    Staff is notified of the first failure at the target of the settings.
    """
    text = None if error is None else rules.describe_error(error)
    await queries.update_finished(tx, attempt.id, backup, text)
    await queries.delete_request(tx, attempt.target)
    if backup is not None:
        await queries.update_work(tx, attempt.id, backup.work)
        ended = list(NoticeReason) if error is None else [NoticeReason.OVERDUE]
        await queries.delete_notices(tx, attempt.target, ended)
    if error is not None and attempt.is_scheduled:
        await _notify(tx, attempt.target, NoticeReason.FAILED)


async def _end_abandoned(tx: Tx) -> list[str]:
    """End attempts that were killed, and what requested them: they might be killed each time."""
    targets = await queries.update_abandoned(tx, rules.INTERRUPTED)
    for target in targets:
        await queries.delete_request(tx, target)
    return targets


async def cancel(tx: Tx, attempt: Attempt) -> None:
    """Delete an attempt that was stopped on purpose: it did not fail, and a request goes on."""
    await queries.delete_attempt(tx, attempt.id)


async def record_failed_start(
    database: Database, schedule: BackupSchedule, error: CannotStart
) -> None:
    """Record that a backup was due that could not be begun, or whose process recorded nothing."""
    async with database.transaction(recorded=False) as tx:
        # Without the lock another node makes it.
        if await queries.try_lock(tx) and await is_due(tx, schedule):
            attempt = await begin(tx, schedule.target, is_scheduled=True)
            await finish(tx, attempt, None, error)


async def notify_if_overdue(database: Database, schedule: BackupSchedule) -> None:
    """Notify staff, once, if the last backup is too old."""
    async with database.read() as conn:
        found = await report(conn, schedule)
    if found.is_overdue:
        async with database.transaction(recorded=False) as tx:
            await _notify(tx, schedule.target, NoticeReason.OVERDUE)


async def _notify(tx: Tx, target: str, reason: NoticeReason) -> None:
    if await queries.insert_notice(tx, target, reason):
        kind = BackupFailed if reason is NoticeReason.FAILED else BackupOverdue
        await emit(tx, kind(new_id()))


async def request(tx: Tx, plan: BackupPlan) -> None:
    """Request a backup from the workers. Raises BackupsNotConfigured and BackupRunning."""
    schedule = required(plan.schedule, BackupsNotConfigured)
    if await queries.is_locked(tx):
        raise BackupRunning
    await queries.insert_request(tx, schedule.target)
    tx.signal(TOPIC)


async def show_overview(conn: Conn, plan: BackupPlan, limit: int) -> BackupOverview:
    """Return the newest attempts, and the schedule.

    An unfinished attempt runs while the lock is held, which is read before and after them: one may
    begin or end meanwhile.
    """
    was_running = await queries.is_locked(conn)
    attempts = await queries.list_attempts(conn, limit)
    target = None if plan.schedule is None else plan.schedule.target
    last = None if target is None else await queries.find_last_made(conn, target)
    found = None if plan.schedule is None else await report(conn, plan.schedule)
    is_running = await queries.is_locked(conn)
    return BackupOverview(
        target=target,
        every_hours=None if plan.schedule is None else plan.schedule.every // timedelta(hours=1),
        is_overdue=found is not None and found.is_overdue,
        has_failed=found is not None and found.has_failed,
        is_running=is_running,
        requested_at=None if target is None else await queries.find_requested_at(conn, target),
        last=None if last is None else rules.show(last, is_running=False),
        backups=[rules.show(each, is_running=was_running or is_running) for each in attempts],
    )


async def is_due(conn: Conn, schedule: BackupSchedule) -> bool:
    """Return whether a backup is to be begun: by its schedule, or because an admin asked."""
    if await queries.find_requested_at(conn, schedule.target) is not None:
        return True
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


async def report_any(conn: Conn, schedule: BackupSchedule | None) -> BackupReport:
    """Return the last backup of a schedule; without one, of the last target of a command."""
    if schedule is not None:
        return await report(conn, schedule)
    target = await queries.find_last_target(conn)
    if target is None:
        return BackupReport(None, is_overdue=False, has_failed=False)
    state = await queries.find_state(conn, target)
    last = await queries.find_last(conn, target)
    return BackupReport(last, is_overdue=False, has_failed=rules.has_failed(state))


async def count_backups(conn: Conn, schedule: BackupSchedule | None) -> BackupCounts:
    """Return what admins see of backups: of the schedule, else of the last target of a command."""
    results = await queries.count_results(conn)
    found = await report_any(conn, schedule)
    return rules.count(found, results, now(), is_scheduled=schedule is not None)


async def end_interrupted(database: Database, schedule: BackupSchedule) -> None:
    """Record that an attempt failed whose process was killed."""
    async with database.read() as conn:
        state = await queries.find_state(conn, schedule.target)
    # The lock would make a backup fail that is begun at this moment: it is rarely taken.
    if state.is_unfinished:
        async with database.transaction(recorded=False) as tx:
            is_free = await queries.try_lock(tx)
            targets = await _end_abandoned(tx) if is_free else []
            if schedule.target in targets:
                await _notify(tx, schedule.target, NoticeReason.FAILED)
