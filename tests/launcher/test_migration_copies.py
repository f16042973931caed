"""Copies made before migrations can be restored, and a copy that fails stops the migration."""

import pytest

from tests.infra.databases import execute, scratch
from veza.app.paths import Addresses
from veza.core.errors import CannotStart
from veza.launcher.migration_copies import FOLDER, copy_database
from veza.operations.backups import restore


@pytest.mark.long
async def test_the_newest_copies_are_kept_and_can_be_restored(services, tmp_path, monkeypatch):
    async def migrate(*_):
        return []

    # The copied table is none of ours.
    monkeypatch.setattr(restore, "adopt_baseline", migrate)
    monkeypatch.setattr(restore, "migrate", migrate)
    async with scratch(services) as source, scratch(services) as target:
        await execute(source.owner_url, "create table shelves as select 7 as id")
        for name in ("0002_a", "0003_b", "0004_c", "0005_d", "0005_d"):
            await copy_database(tmp_path, source.owner_url, name)
        found = sorted((tmp_path / FOLDER).iterdir())
        assert [path.stem for path in found] == ["before-0003_b", "before-0004_c", "before-0005_d"]
        assert {path.stat().st_mode & 0o077 for path in found} == {0}
        addresses = Addresses(target.app_url, target.owner_url, "")
        await restore._restore_database(addresses, found[-1])
        assert await execute(target.owner_url, "select id from shelves") == [(7,)]
        with pytest.raises(CannotStart, match="not empty"):
            await restore._restore_database(addresses, found[-1])


async def test_a_failed_copy_leaves_nothing_and_says_that_nothing_was_changed(services, tmp_path):
    url = services.addresses.migration.replace("@/veza?", "@/nowhere?")
    with pytest.raises(CannotStart, match="Nothing was changed") as raised:
        await copy_database(tmp_path, url, "0002_a")
    assert "nowhere" in str(raised.value)
    assert list((tmp_path / FOLDER).iterdir()) == []


async def test_a_folder_that_can_not_be_written_is_named(services, tmp_path):
    (tmp_path / FOLDER).write_text("It is in the way.")
    with pytest.raises(CannotStart, match=FOLDER):
        await copy_database(tmp_path, services.addresses.migration, "0002_a")
