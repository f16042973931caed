"""Backups of the settings are made by a process of the worker, and how it ends is recorded."""

import asyncio
import signal
import sys
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
from msgspec import structs

from tests.infra.waiting import until
from veza.app.backup_schedule import find_schedule, name_target
from veza.core.errors import CannotStart
from veza.domains.platform.backups import service as backups
from veza.domains.platform.backups.models import LOCK, BackupPlan, BackupSchedule
from veza.infra.processes.tasks import running
from veza.operations.backups import create, schedule
from veza.operations.backups.repository import open_repository

HOUR = timedelta(hours=1)


@pytest.fixture
def target(tmp_path):
    return str(tmp_path / "backups")


@pytest.fixture
async def plan(services, target):
    yield BackupSchedule(name_target(target), HOUR)
    async with services.database.transaction() as tx:
        for table in ("backup_attempts", "backup_notices", "backup_requests"):
            await tx.run(f"delete from {table} where target = $1", name_target(target))
        await tx.run("delete from outbox where name = 'BackupFailed'")


async def read_attempts(services, target):
    sql = """
        select coalesce(error, backup_id, 'under way')
          from backup_attempts where target = $1 order by started_at
    """
    async with services.database.read() as conn:
        return await conn.column(str, sql, target)


def _outcome(manifest):
    """Return what is recorded of a backup; other tests may have left rows without their files."""
    return create.describe_problem(manifest) or manifest.id


@pytest.mark.long
async def test_a_due_backup_is_made_once(services, target, plan):
    repository = open_repository(target)
    made = await create.create_due_backup(services, repository, plan, keep=1)
    assert made is not None
    assert await create.create_due_backup(services, repository, plan, keep=1) is None
    assert await read_attempts(services, plan.target) == [_outcome(made[0])]
    repository.storage.close()


async def test_a_failed_backup_is_recorded(services, target, plan, monkeypatch):
    async def fail(*_):
        raise CannotStart("No.")

    monkeypatch.setattr(create, "_create", fail)
    repository = open_repository(target)
    with pytest.raises(CannotStart):
        await create.create_backup(services, repository, keep=0)
    assert await read_attempts(services, plan.target) == ["No."]
    repository.storage.close()


async def test_a_backup_that_is_stopped_is_no_failure(services, target, plan, monkeypatch):
    async def wait(*_):
        await asyncio.Event().wait()

    monkeypatch.setattr(create, "_create", wait)
    repository = open_repository(target)
    task = asyncio.create_task(create.create_backup(services, repository, keep=0))

    async def is_under_way():
        return await read_attempts(services, plan.target) == ["under way"]

    await until(is_under_way)
    with pytest.raises(CannotStart, match="Another backup"):
        await create.create_backup(services, repository, keep=0)
    task.cancel()
    await asyncio.wait([task])
    assert await read_attempts(services, plan.target) == []
    repository.storage.close()


async def test_a_killed_backup_has_failed_when_its_lock_is_free(services, plan):
    async with services.database.transaction() as tx:
        await backups.begin(tx, plan.target, is_scheduled=False)
    holder = await asyncpg.connect(services.addresses.migration)
    await holder.execute("select pg_advisory_lock($1)", LOCK)
    await backups.end_interrupted(services.database, plan)
    assert await read_attempts(services, plan.target) == ["under way"]
    await holder.close()

    async def has_ended():
        await backups.end_interrupted(services.database, plan)
        return await read_attempts(services, plan.target) == ["It was interrupted."]

    await until(has_ended)


@pytest.mark.long
async def test_the_worker_makes_it_in_another_process(services, target, plan, monkeypatch):
    monkeypatch.setenv("VEZA_DATA_DIR", str(services.settings.data_dir))
    monkeypatch.setenv("VEZA_BACKUP_TARGET", target)
    await schedule.make_due_backup(services, plan)
    [backup] = await open_repository(target).list_backups()
    assert await read_attempts(services, plan.target) == [_outcome(backup)]


async def test_the_process_is_told_to_stop_with_the_worker(services, plan, tmp_path, monkeypatch):
    # It stands for Python: it writes that it started, and which signal ended it.
    program, log = tmp_path / "program", tmp_path / "log"
    program.write_text(f"""#!{sys.executable}
import signal, sys
def note(number, _):
    open({str(log)!r}, "a").write(f"{{number}}")
    sys.exit(1)
signal.signal(signal.SIGINT, note)
open({str(log)!r}, "a").write("started ")
signal.pause()
""")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    task = asyncio.create_task(schedule.make_due_backup(services, plan))

    async def has_started():
        return log.exists() and log.read_text() == "started "

    await until(has_started)
    task.cancel()
    await asyncio.wait([task])
    assert log.read_text() == f"started {int(signal.SIGINT)}"


async def test_a_request_wakes_the_worker_at_once(services, target, plan, monkeypatch):
    rounds = []

    async def note(*_):
        rounds.append(1)

    monkeypatch.setattr(schedule, "make_due_backup", note)
    settings = structs.replace(services.settings, backup_target=target)
    async with running(schedule.run_schedule(structs.replace(services, settings=settings))):
        await until(lambda: len(rounds) == 1)
        async with services.database.transaction() as tx:
            await backups.request(tx, BackupPlan(plan))
        # The next round by itself would be in a minute.
        await until(lambda: len(rounds) == 2)


async def test_without_a_target_nothing_is_made(services):
    assert find_schedule(services.settings) is None
    await schedule.run_schedule(services)


def test_a_name_has_neither_credentials_nor_options(services):
    settings = structs.replace(
        services.settings, backup_target="s3://key:secret@bucket/a?endpoint=http://x&key=y"
    )
    assert find_schedule(settings) == BackupSchedule("s3://bucket/a", timedelta(days=1))
    assert name_target("a") == str(Path.cwd() / "a")
