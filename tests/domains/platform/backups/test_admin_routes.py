"""Admins see which backups were made, and have one made at once."""

from datetime import timedelta

import asyncpg
import pytest
from msgspec import structs

from tests import make
from tests.documented import ensure_documented
from tests.http.apps import assemble, calling
from veza.core.access import Role
from veza.core.errors import CannotStart
from veza.core.ids import new_id
from veza.domains.platform.backups import service
from veza.domains.platform.backups.models import LOCK, BackupSchedule, BackupWork, FinishedBackup

WORK = BackupWork(copied_objects=3, reread_objects=2, healed_objects=1)
BACKUP = FinishedBackup("20260301T120000Z-00000000", 2_000_000_000, 4, WORK)
SCHEDULE_H = 24


@pytest.fixture
async def plan(services):
    """A schedule at a target that no other test has."""
    yield BackupSchedule(f"/backup/{new_id()}", timedelta(hours=SCHEDULE_H))
    async with services.database.transaction() as tx:
        for table in ("backup_attempts", "backup_notices", "backup_requests"):
            await tx.run(f"delete from {table} where target like '/backup/%'")
        await tx.run("delete from outbox where name = 'BackupFailed'")


@pytest.fixture
async def scheduled(services, plan):
    """A client of a server that makes backups by itself."""
    settings = structs.replace(services.settings, backup_target=plan.target)
    async with calling(assemble(services, settings)[1]) as client:
        client.event_hooks["response"].append(ensure_documented)
        yield client


async def _attempt(services, plan, backup=None, error=None):
    async with services.database.transaction() as tx:
        attempt = await service.begin(tx, plan.target, is_scheduled=True)
        if backup or error:
            await service.finish(tx, attempt, backup, error)


async def _read(client, admin):
    answer = await client.get("admin/backups", headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def _is_due(services, plan):
    async with services.database.read() as conn:
        return await service.is_due(conn, plan)


async def test_attempts_are_listed_with_results(services, plan, scheduled, admin):
    await _attempt(services, plan, BACKUP)
    await _attempt(services, plan, BACKUP, CannotStart("Lost: 2."))
    await _attempt(services, plan, error=OSError("No."))
    await _attempt(services, plan)

    # Nobody holds the lock, so the last one was killed.
    overview = await _read(scheduled, admin)
    shown = [(one["status"], one["error"]) for one in overview["backups"][:4]]
    assert shown == [
        ("failed", "It was interrupted."),
        ("failed", "OSError: No."),
        ("incomplete", "Lost: 2."),
        ("complete", None),
    ]
    answer = await scheduled.get("admin/backups?limit=2", headers=admin.headers)
    assert answer.json()["data"]["backups"] == overview["backups"][:2]
    [made] = [one for one in overview["backups"] if one["status"] == "complete"]
    assert made["backup_id"] == BACKUP.backup_id
    assert made["healed_objects"] == 1
    assert overview["last"]["status"] == "incomplete"
    assert (overview["target"], overview["every_hours"]) == (plan.target, SCHEDULE_H)
    assert (overview["has_failed"], overview["is_running"]) == (True, False)

    holder = await asyncpg.connect(services.addresses.migration)
    await holder.execute("select pg_advisory_lock($1)", LOCK)
    overview = await _read(scheduled, admin)
    assert overview["is_running"]
    assert overview["backups"][0]["status"] == "running"
    refused = await scheduled.post("admin/backups", headers=admin.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "backup_running")
    await holder.close()


async def test_a_backup_that_is_asked_for_is_due_until_it_ends(services, plan, scheduled, admin):
    await _attempt(services, plan, BACKUP)
    assert not await _is_due(services, plan)
    for _ in range(2):
        answer = await scheduled.post("admin/backups", headers=admin.headers)
        assert answer.status_code == 202, answer.text
    assert (await _read(scheduled, admin))["requested_at"]
    assert await _is_due(services, plan)
    # A failure ends it too: it is tried again after a pause.
    await _attempt(services, plan, error=OSError("No."))
    assert not await _is_due(services, plan)
    assert (await _read(scheduled, admin))["requested_at"] is None


async def test_a_killed_backup_is_not_made_again_at_once(services, plan, scheduled, admin):
    await scheduled.post("admin/backups", headers=admin.headers)
    await _attempt(services, plan)
    await service.end_interrupted(services.database, plan)
    assert not await _is_due(services, plan)


async def test_only_admins_of_a_server_with_a_target_start_backups(
    services, client, scheduled, plan, admin
):
    refused = await client.post("admin/backups", headers=admin.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "backups_not_configured")
    assert (await _read(client, admin))["target"] is None
    for role in set(Role) - {Role.ADMIN}:
        other = await make.person(services, role)
        for method in ("get", "post"):
            answer = await scheduled.request(method, "admin/backups", headers=other.headers)
            assert answer.status_code == 403
