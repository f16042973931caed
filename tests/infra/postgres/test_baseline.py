"""Databases of before 1.0 are refused, but backups of the last version before it are restored."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.infra.databases import Scratch, execute, scratch
from veza.app.backups import restore
from veza.app.backups.repository import BackupManifest
from veza.app.cli.doctor import ensure_migrated
from veza.app.cli.machine_checks import CheckFailed
from veza.app.migration_copies import FOLDER, copy_database
from veza.app.paths import Addresses
from veza.app.services import Services
from veza.core.clock import now
from veza.core.errors import CannotStart
from veza.infra.postgres.baseline import adopt_baseline
from veza.infra.postgres.migrate import (
    SchemaDifference,
    compare_migrations,
    migrate,
    read_migrations,
)

# The names and checksums of all migrations of the last version before 1.0.
_EARLIER = Path(__file__).with_name("earlier_migrations.txt").read_text().splitlines()
_NAMES = [line.split()[0] for line in _EARLIER]
_CHANGES = {
    "one is missing": "delete from migrations where name like '0075%'",
    "one in the middle is missing": "delete from migrations where name like '0042%'",
    "one more": "insert into migrations (name, checksum) values ('0076_add_wings', 'x')",
    "another content": "update migrations set checksum = 'x' where name like '0001%'",
}


@pytest.fixture(scope="module")
async def migrated(services: Services) -> AsyncIterator[Scratch]:
    async with scratch(services) as made:
        await migrate(made.owner_url, made.app_url)
        yield made


@pytest.fixture
async def earlier(migrated: Scratch) -> Scratch:
    """A database of the last version before 1.0: the schema is the same, the names are others."""
    for sql in (
        "alter table migrations add column if not exists version text",
        "delete from migrations",
    ):
        await execute(migrated.owner_url, sql)
    sql = "insert into migrations (name, checksum) select * from unnest($1::text[], $2::text[])"
    await execute(migrated.owner_url, sql, *zip(*(line.split() for line in _EARLIER), strict=True))
    return migrated


async def test_it_is_adopted_from_a_dump_and_nothing_is_applied(services, earlier, tmp_path):
    await copy_database(tmp_path, earlier.owner_url, "later")
    [dump] = (tmp_path / FOLDER).iterdir()
    async with scratch(services) as target:
        addresses = Addresses(target.app_url, target.owner_url, "")
        assert await restore._restore_database(addresses, dump) == []
        names = await execute(target.app_url, "select name from migrations order by name")
        assert names == [(name,) for name, _ in read_migrations()]
        assert await compare_migrations(target.app_url) == SchemaDifference([], [], [])


async def test_it_is_not_adopted_by_a_start_which_says_what_to_do(earlier):
    # A very old one.
    await execute(earlier.owner_url, "alter table migrations drop column version")
    with pytest.raises(CannotStart, match=r"before 1\.0.*`veza backup TARGET`.*`veza restore"):
        await migrate(earlier.owner_url, earlier.app_url)
    with pytest.raises(CheckFailed, match=r"before 1\.0"):
        ensure_migrated(await compare_migrations(earlier.app_url))
    assert await execute(earlier.app_url, "select count(*) from migrations") == [(len(_NAMES),)]


@pytest.mark.parametrize("change", _CHANGES.values(), ids=_CHANGES)
async def test_other_migrations_are_not_adopted(earlier, change):
    await execute(earlier.owner_url, change)
    before = await execute(earlier.app_url, "select * from migrations")
    with pytest.raises(CannotStart, match="that was not the last one"):
        await adopt_baseline(earlier.owner_url)
    assert await execute(earlier.app_url, "select * from migrations") == before


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (_NAMES, None),
        ([name for name, _ in read_migrations()], None),
        (_NAMES[:-1], "not the last one"),
        ([*_NAMES[1:], "0076_add_wings"], "not the last one"),
        ([*(name for name, _ in read_migrations()), "9999_fly"], "later version.* 9999_fly"),
    ],
)
def test_a_backup_with_other_migrations_is_refused_before_anything_is_restored(names, words):
    manifest = BackupManifest(1, "x", "y", now(), names, {}, 0, 0, [])
    if words is None:
        restore._ensure_known(manifest)
        return
    with pytest.raises(CannotStart, match=words):
        restore._ensure_known(manifest)
