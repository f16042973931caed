"""A target that can't be used is named by its own setting, and one bad object is no bad target."""

import argparse
from datetime import UTC, datetime

import pytest
from msgspec import structs

from veza.app.backup_schedule import find_schedule
from veza.cli.backup import _open
from veza.core.errors import CannotStart
from veza.domains.platform.backups import service as backups
from veza.domains.platform.backups.models import BackupPlan, BackupStatus
from veza.infra.storage.objects import ListedObject
from veza.operations.backups import schedule
from veza.operations.backups.repository import Damaged, _object_part, open_repository


async def _chunks():
    yield b"content"


def test_a_target_that_can_not_be_opened_is_named_by_its_setting(services, tmp_path):
    (tmp_path / "file").write_text("In the way.")
    target = str(tmp_path / "file" / "backups")
    own = structs.replace(services.settings, backup_target=target)
    unnamed = argparse.Namespace(target=None, identity=None)
    with pytest.raises(
        CannotStart, match=r"^VEZA_BACKUP_TARGET \(.*/file/backups\) can't be used: "
    ):
        _open(own, unnamed)
    with pytest.raises(CannotStart, match=r"^TARGET \(.*/file/backups\) can't be used: "):
        _open(services.settings, argparse.Namespace(target=target, identity=None))
    with pytest.raises(CannotStart, match=r"set VEZA_BACKUP_TARGET"):
        _open(services.settings, unnamed)


async def test_a_target_that_can_not_be_written_is_named_by_its_setting(tmp_path):
    repository = open_repository(str(tmp_path), setting="VEZA_BACKUP_TARGET")
    for name in ("backups", "objects"):
        (tmp_path / name).write_text("In the way.")
    found = ListedObject("a/b", 7, datetime.now(UTC))
    for put in (repository.put_file("x", "y", _chunks()), repository.put_object(found, _chunks())):
        with pytest.raises(CannotStart, match=r"^VEZA_BACKUP_TARGET \(/.*\) can't be used: "):
            await put
    repository.storage.close()


async def test_a_copy_that_the_disk_can_not_read_is_damaged(tmp_path):
    repository = open_repository(str(tmp_path))
    found = ListedObject("a/b", 7, datetime.now(UTC))
    item = await repository.put_object(found, _chunks())
    [path] = tmp_path.glob("objects/*/*")
    # Opening works, as with a bad sector, and reading does not.
    path.unlink()
    path.mkdir()
    with pytest.raises(Damaged, match="can't be read"):
        [_ async for _ in repository._read_stored(_object_part(item))]
    repository.storage.close()


@pytest.mark.long
async def test_why_the_worker_can_not_begin_a_backup_is_shown(services, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("In the way.")
    target = str(tmp_path / "file" / "backups")
    monkeypatch.setenv("VEZA_DATA_DIR", str(services.settings.data_dir))
    monkeypatch.setenv("VEZA_BACKUP_TARGET", target)
    plan = find_schedule(structs.replace(services.settings, backup_target=target))
    assert plan is not None
    await schedule.make_due_backup(services, plan)
    async with services.database.read() as conn:
        overview = await backups.show_overview(conn, BackupPlan(plan), 100)
    [shown] = [one for one in overview.backups if one.target == plan.target]
    assert shown.status is BackupStatus.FAILED
    assert (shown.error or "").startswith(f"VEZA_BACKUP_TARGET ({target}) can't be used: ")
    assert overview.has_failed
    async with services.database.transaction() as tx:
        for table in ("backup_attempts", "backup_notices"):
            await tx.run(f"delete from {table} where target = $1", plan.target)
        await tx.run("delete from outbox where name = 'BackupFailed'")
