"""Admins are notified once of a failure, and once of an overdue backup, until one is made again."""

from datetime import timedelta

import pytest

from tests import make
from tests.domains.auth.recovery.mails import read_mails, subjects, text_of
from veza.core.access import Role
from veza.core.errors import CannotStart
from veza.domains.notifications.inbox.jobs import account_notices
from veza.domains.notifications.inbox.queries import views
from veza.domains.platform.backups import queries, service
from veza.domains.platform.backups.events import BackupFailed, BackupOverdue
from veza.domains.platform.backups.models import BackupSchedule, FinishedBackup, NoticeReason

BACKUP = FinishedBackup("20260301T120000Z-00000000", 1000, 3)
SCHEDULE = BackupSchedule("/backup", timedelta(days=1))


@pytest.fixture
async def tx(tx):
    """A transaction without events of other tests."""
    await tx.run("delete from outbox where name in ('BackupFailed', 'BackupOverdue')")
    return tx


async def _attempt(tx, backup=None, error=None, *, is_scheduled=True):
    attempt = await service.begin(tx, "/backup", is_scheduled=is_scheduled)
    await service.finish(tx, attempt, backup, error)


async def _count_events(tx, name="BackupFailed"):
    return await tx.value(int, "select count(*) from outbox where name = $1", name)


async def test_a_failure_is_announced_once_until_a_backup_succeeds(tx):
    for _ in range(3):
        await _attempt(tx, error=OSError("No."))
    assert await _count_events(tx) == 1
    await _attempt(tx, BACKUP)
    await _attempt(tx, error=OSError("No."))
    assert await _count_events(tx) == 2


async def test_a_backup_whose_predecessors_stay_is_one_failure(tx):
    for _ in range(2):
        await _attempt(tx, BACKUP, OSError("Old ones stay."))
    assert await _count_events(tx) == 1


async def test_an_interrupted_attempt_is_announced(tx):
    for _ in range(2):
        await service.begin(tx, "/backup", is_scheduled=True)
    assert await _count_events(tx) == 1


async def test_a_command_at_another_target_announces_nothing(tx):
    await _attempt(tx, error=OSError("No."), is_scheduled=False)
    assert await _count_events(tx) == 0


async def test_a_backup_ends_the_notice_that_one_is_overdue(tx):
    assert await queries.insert_notice(tx, "/backup", NoticeReason.OVERDUE)
    assert not await queries.insert_notice(tx, "/backup", NoticeReason.OVERDUE)
    await _attempt(tx, BACKUP)
    assert await queries.insert_notice(tx, "/backup", NoticeReason.OVERDUE)


@pytest.fixture
async def plan(services, tmp_path):
    """The schedule of tests that commit."""
    yield BackupSchedule(str(tmp_path), timedelta(days=1))
    async with services.database.transaction() as tx:
        for table in ("backup_attempts", "backup_notices"):
            await tx.run(f"delete from {table} where target = $1", str(tmp_path))
        await tx.run("delete from outbox where name in ('BackupFailed', 'BackupOverdue')")


async def _read_counts(services, plan):
    async with services.database.read() as conn:
        counts = [await _count_events(conn, name) for name in ("BackupFailed", "BackupOverdue")]
        sql = "select error from backup_attempts where target = $1"
        return counts, await conn.column(str, sql, plan.target)


async def test_a_process_that_can_not_start_is_a_failure(services, plan):
    text = "VEZA_BACKUP_TARGET can't be used."
    for _ in range(2):
        await service.record_failed_start(services.database, plan, CannotStart(text))
    # It is not due again for an hour.
    assert await _read_counts(services, plan) == ([1, 0], [text])


async def test_an_overdue_backup_is_announced_once(services, plan):
    for _ in range(2):
        await service.notify_if_overdue(services.database, plan)
    assert await _read_counts(services, plan) == ([0, 1], [])


@pytest.mark.parametrize("event", [BackupFailed, BackupOverdue])
async def test_admins_are_notified_once_and_nobody_else(services, tx, event):
    admin, _ = await make.member_in(tx, Role.ADMIN)
    others = [(await make.member_in(tx, role))[0] for role in Role if role is not Role.ADMIN]
    notice = event(admin.id)
    for _ in range(2):
        await account_notices.notify_of_backup(tx, notice)
    [shown] = await views.list_all_notifications(tx, admin.id)
    assert shown.kind == ("backup_failed" if event is BackupFailed else "backup_overdue")
    for other in others:
        assert await views.list_all_notifications(tx, other.id) == []


@pytest.mark.long
async def test_admins_get_a_mail_for_each_row_of_failures(services, work, plan):
    admin = await make.person(services, Role.ADMIN)
    someone = await make.person(services)
    for _ in range(2):
        await service.notify_if_overdue(services.database, plan)
        await work()
    for backup, error in [(None, OSError("No.")), (None, OSError("No.")), (BACKUP, None)] * 2:
        async with services.database.transaction() as tx:
            attempt = await service.begin(tx, plan.target, is_scheduled=True)
            await service.finish(tx, attempt, backup, error)
        await work()
    address = f"{admin.username}@example.com"
    assert subjects(services, address) == ["The last backup is too old"] + 2 * ["A backup failed"]
    for mail in read_mails(services, address):
        assert "/console/backups\n" in text_of(mail)
    assert subjects(services, f"{someone.username}@example.com") == []
