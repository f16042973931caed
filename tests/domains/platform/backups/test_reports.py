"""Health checks and admins see how old the last backup is, and that one is overdue."""

from datetime import timedelta

import pytest
from msgspec import structs

from tests import make
from tests.http.apps import assemble, calling
from veza.core.access import Role
from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.platform.backups import rules, service
from veza.domains.platform.backups.models import (
    AttemptState,
    BackupCounts,
    BackupReport,
    BackupSchedule,
    FinishedBackup,
)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
AT = now()
BACKUP = FinishedBackup("20260301T120000Z-00000000", 2_000_000_000, 3)


@pytest.fixture
async def scheduled(services):
    """Services of a server that makes a backup each day, at a target of their own."""
    target = f"/backup/{new_id()}"
    settings = structs.replace(services.settings, backup_target=target)
    yield structs.replace(services, settings=settings), BackupSchedule(target, DAY)
    async with services.database.transaction() as tx:
        await tx.run("delete from backup_attempts where target = $1", target)


async def _make(services, schedule, *, age, error=None):
    async with services.database.transaction() as tx:
        attempt = await service.begin(tx, schedule.target, is_scheduled=False)
        await service.finish(tx, attempt, None if error else BACKUP, error)
        sql = "update backup_attempts set started_at = $2, finished_at = $2 where id = $1"
        await tx.run(sql, attempt.id, now() - age)


async def _ask(services, path, **headers):
    async with calling(assemble(services)[1]) as client:
        answer = await client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


@pytest.mark.parametrize(
    ("begun", "completed", "overdue"),
    [
        (None, None, True),
        (35 * HOUR, None, False),
        (37 * HOUR, None, True),
        (900 * HOUR, 35 * HOUR, False),
        (900 * HOUR, 37 * HOUR, True),
    ],
)
def test_a_backup_is_overdue_after_half_the_interval_more(begun, completed, overdue):
    times = [None if age is None else AT - age for age in (begun, completed)]
    state = AttemptState(times[0], times[1], None, is_unfinished=False)
    assert rules.is_overdue(state, DAY, AT) is overdue


def test_an_hourly_backup_has_an_hour_more():
    state = AttemptState(AT - 2 * HOUR, AT - 2 * HOUR, None, is_unfinished=False)
    assert not rules.is_overdue(state, HOUR, AT)
    assert rules.is_overdue(state, HOUR, AT + timedelta(seconds=1))


async def test_an_overdue_backup_degrades_the_health(scheduled):
    services, schedule = scheduled
    missing = await _ask(services, "health/deep")
    assert missing["status"] == "degraded"
    assert missing["checks"]["backup"]["details"]["age_hours"] is None
    await _make(services, schedule, age=40 * HOUR)
    late = await _ask(services, "health/deep")
    assert late["status"] == "degraded"
    assert late["checks"]["backup"] == {
        "status": "error",
        "details": {"age_hours": 40.0, "is_overdue": True, "has_failed": False},
    }


async def test_a_failure_degrades_the_health_until_a_backup_is_made(scheduled):
    services, schedule = scheduled
    await _make(services, schedule, age=3 * HOUR)
    await _make(services, schedule, age=HOUR, error=OSError("No."))
    deep = await _ask(services, "health/deep")
    assert deep["status"] == "degraded"
    assert deep["checks"]["backup"] == {
        "status": "error",
        "details": {"age_hours": 3.0, "is_overdue": False, "has_failed": True},
    }
    await _make(services, schedule, age=timedelta())
    # Checks of another application are not remembered.
    assert (await _ask(services, "health/deep"))["status"] == "healthy"


async def _read_metrics(services):
    async with calling(assemble(services)[1]) as client:
        text = (await client.get("metrics")).text
    lines = [line.split() for line in text.splitlines() if line.startswith("veza_backup_")]
    return {name: float(value) for name, value in lines}


async def test_metrics_tell_age_last_success_and_failure(scheduled):
    services, schedule = scheduled
    assert await _read_metrics(services) == {"veza_backup_overdue": 1, "veza_backup_failed": 0}
    await _make(services, schedule, age=2 * HOUR)
    shown = await _read_metrics(services)
    assert 0 <= shown.pop("veza_backup_age_seconds") - 2 * 3600 < 600
    assert 0 <= AT.timestamp() - shown.pop("veza_backup_last_success_timestamp_seconds") < 3 * 3600
    assert shown == {"veza_backup_overdue": 0, "veza_backup_failed": 0}
    await _make(services, schedule, age=HOUR, error=OSError("No."))
    assert (await _read_metrics(services))["veza_backup_failed"] == 1


async def test_admins_see_age_and_size(scheduled):
    services, schedule = scheduled
    admin = await make.person(services, Role.ADMIN)
    await _make(services, schedule, age=2 * HOUR)
    shown = (await _ask(services, "admin/stats", **admin.headers))["backups"]
    assert shown["is_scheduled"] == 1
    assert shown["is_overdue"] == shown["has_failed"] == 0
    assert shown["last_size_bytes"] == BACKUP.size_bytes
    assert shown["last_objects"] == BACKUP.objects
    assert 0 <= shown["last_age_s"] - 2 * 3600 < 600


def test_without_a_backup_the_numbers_are_zero():
    nothing = BackupReport(None, is_overdue=True, has_failed=False)
    counts = rules.count(nothing, {"made": 0, "failed": 0}, AT, is_scheduled=True)
    assert counts == BackupCounts(1, 1, 0, 0, 0, 0, 0, 0)
