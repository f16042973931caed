"""A backup is begun when it is due, and the end of each attempt is recorded."""

from datetime import UTC, datetime, timedelta

import pytest

from veza.core.clock import now
from veza.domains.platform.backups import queries, rules, service
from veza.domains.platform.backups.models import AttemptState, BackupSchedule, FinishedBackup

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
SCHEDULE = BackupSchedule("/backup", DAY)
BACKUP = FinishedBackup("20260301T120000Z-00000000", 1000, 3)


@pytest.mark.parametrize(
    ("completed", "failed", "due"),
    [
        (None, None, True),
        (HOUR, None, False),
        (DAY, None, True),
        (DAY, timedelta(minutes=59), False),
        (DAY, HOUR, True),
        (None, timedelta(minutes=1), False),
        # It was made, but old ones could not be deleted.
        (2 * HOUR, 2 * HOUR, False),
    ],
)
def test_a_backup_is_due_after_the_interval_and_an_hour_after_a_failure(completed, failed, due):
    state = AttemptState(
        None,
        None if completed is None else AT - completed,
        None if failed is None else AT - failed,
        is_unfinished=False,
    )
    assert rules.is_due(state, DAY, AT) is due


def test_a_short_interval_is_not_delayed_by_an_hour():
    state = AttemptState(None, None, AT - timedelta(minutes=10), is_unfinished=False)
    assert rules.is_due(state, timedelta(minutes=10), AT)


async def test_what_was_made_is_not_due_for_the_same_target(tx):
    attempt = await service.begin(tx, "/backup")
    await service.finish(tx, attempt, BACKUP)
    assert not await service.is_due(tx, SCHEDULE)
    assert await service.is_due(tx, BackupSchedule("/elsewhere", DAY))


async def test_an_attempt_that_was_stopped_leaves_nothing(tx):
    attempt = await service.begin(tx, "/backup")
    await service.cancel(tx, attempt)
    assert await queries.find_state(tx, "/backup") == AttemptState(
        None, None, None, is_unfinished=False
    )


async def test_a_failure_is_kept_with_its_reason(tx):
    attempt = await service.begin(tx, "/backup")
    await service.finish(tx, attempt, None, OSError("x" * 5000))
    assert not await service.is_due(tx, SCHEDULE), "It is not retried at once."
    error = await tx.value(str, "select error from backup_attempts where id = $1", attempt)
    assert error is not None
    assert error.startswith("OSError: xxx")


async def test_the_next_attempt_records_that_the_former_one_was_interrupted(tx):
    former = await service.begin(tx, "/backup")
    await service.begin(tx, "/backup")
    sql = "select error from backup_attempts where id = $1"
    assert await tx.value(str, sql, former) == "It was interrupted."


async def test_old_attempts_are_deleted_but_not_the_last_backup(tx):
    made, failed = [await service.begin(tx, "/backup") for _ in range(2)]
    await service.finish(tx, made, BACKUP)
    await service.finish(tx, failed, None, OSError())
    await tx.run("update backup_attempts set started_at = $1", now() - timedelta(days=500))
    await service.begin(tx, "/elsewhere")
    sql = "select backup_id from backup_attempts where target = '/backup'"
    assert await tx.column(str, sql) == [BACKUP.backup_id]
