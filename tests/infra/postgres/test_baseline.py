"""Databases of before 1.0 are refused, but backups of the last version before it are restored."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
from msgspec import Struct

from tests.infra.databases import Scratch, execute, scratch
from veza.app.paths import Addresses
from veza.app.services import Services
from veza.core.clock import now
from veza.core.errors import CannotStart
from veza.infra.jobs.worker import Handler, Worker
from veza.infra.postgres import migrate as migrations
from veza.infra.postgres.baseline import LAST_OF_BASELINE, adopt_baseline
from veza.infra.postgres.migrate import (
    SchemaDifference,
    compare_migrations,
    migrate,
    read_migrations,
)
from veza.launcher.migration_copies import FOLDER, copy_database
from veza.operations.backups import restore
from veza.operations.backups.repository import BackupManifest
from veza.operations.doctor import ensure_migrated
from veza.operations.machine_checks import CheckFailed

# The names and checksums of all migrations of the last version before 1.0.
_EARLIER = Path(__file__).with_name("earlier_migrations.txt").read_text().splitlines()
_NAMES = [line.split()[0] for line in _EARLIER]
_CHANGES = {
    "one is missing": "delete from migrations where name like '0075%'",
    "one in the middle is missing": "delete from migrations where name like '0042%'",
    "one more": "insert into migrations (name, checksum) values ('0076_add_wings', 'x')",
    "another content": "update migrations set checksum = 'x' where name like '0001%'",
}

_FORMER_TABLES = Path(__file__).with_name("former_queue_tables.sql").read_text()
# A job that waits, one that runs, one that is to wait longer, and one that is held.
_FORMER_JOBS = """
    insert into pgqueuer (priority, entrypoint, payload, status, dedupe_key, headers, attempts,
                          execute_after)
         values (-7, 'Paint', '{"number": 1}', 'queued', 'a key',
                 '{"owner": "0198c0de-0000-7000-8000-000000000001", "traceparent": "00"}', 0,
                 now()),
                (-7, 'Paint', '{"number": 2}', 'picked', null, null, 1, now()),
                (-7, 'Paint', '{"number": 3}', 'queued', null, null, 2, 'infinity'),
                (-7, 'Paint', '{"number": 4}', 'failed', null, '{}', 4, now());
    insert into pgqueuer_log (job_id, status, priority, entrypoint, traceback)
         select id, 'failed', priority, entrypoint,
                '{"exception_type": "ValueError", "exception_message": "as ever"}'
           from pgqueuer
          where status = 'failed';
    insert into pgqueuer_schedules (expression, entrypoint, next_run)
         values ('0 3 * * *', 'sweep', '2030-01-01'), ('0 4 * * *', 'sweep', '2031-01-01');
"""
_JOBS = """
    select payload, status, key, turn_of::text, traceparent, attempts, error, message
      from jobs
     order by id
"""


_QUEUE_TABLES = """
    select table_name || ': ' || column_name, data_type, column_default, is_nullable
      from information_schema.columns
     where table_name in ('jobs', 'schedules')
     union all
    select tablename, indexdef, null, null
      from pg_indexes
     where tablename in ('jobs', 'schedules')
     order by 1, 2
"""


class Paint(Struct, frozen=True):
    number: int


@pytest.fixture(scope="module")
async def migrated(services: Services) -> AsyncIterator[Scratch]:
    async with scratch(services) as made:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(migrations, "read_migrations", lambda: _list_migrations(of_baseline=True))
            await migrate(made.owner_url, made.app_url)
        for sql in ("drop table jobs, schedules", _FORMER_TABLES, _FORMER_JOBS):
            await _run(made.owner_url, sql)
        yield made


def _list_migrations(*, of_baseline: bool) -> list[tuple[str, str]]:
    found = read_migrations()
    return [each for each in found if (each[0] <= LAST_OF_BASELINE) is of_baseline]


async def _run(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


@pytest.fixture
async def earlier(migrated: Scratch) -> Scratch:
    """A database of the last version before 1.0: but for the queue the schema is the same."""
    for sql in (
        "alter table migrations add column if not exists version text",
        "delete from migrations",
    ):
        await execute(migrated.owner_url, sql)
    sql = "insert into migrations (name, checksum) select * from unnest($1::text[], $2::text[])"
    await execute(migrated.owner_url, sql, *zip(*(line.split() for line in _EARLIER), strict=True))
    return migrated


@pytest.mark.long
async def test_it_is_adopted_from_a_dump_and_only_what_is_later_is_applied(
    services, earlier, tmp_path
):
    await copy_database(tmp_path, earlier.owner_url, "later")
    [dump] = (tmp_path / FOLDER).iterdir()
    async with scratch(services) as target:
        addresses = Addresses(target.app_url, target.owner_url, "")
        later = [name for name, _ in _list_migrations(of_baseline=False)]
        assert await restore._restore_database(addresses, dump) == later
        names = await execute(target.app_url, "select name from migrations order by name")
        assert names == [(name,) for name, _ in read_migrations()]
        assert await compare_migrations(target.app_url) == SchemaDifference([], [], [])
        ours = await execute(services.addresses.migration, _QUEUE_TABLES)
        assert await execute(target.owner_url, _QUEUE_TABLES) == ours
        await _ensure_jobs_were_kept(target)


async def _ensure_jobs_were_kept(target: Scratch) -> None:
    done: list[int] = []

    async def note(job: Paint) -> None:
        done.append(job.number)

    rows = [tuple(row) for row in await execute(target.owner_url, _JOBS)]
    schedules = await execute(target.owner_url, "select name from schedules")
    await Worker(target.app_url, {Paint: Handler(note, at_once=1)}, {}).run_until_empty()
    left = await execute(target.owner_url, "select payload from jobs order by id")
    sql = "insert into jobs (priority, name) values (0, 'x') returning id"
    [[new_id]] = await execute(target.app_url, sql)

    owner = "0198c0de-0000-7000-8000-000000000001"
    assert rows == [
        (b'{"number": 1}', "queued", "a key", owner, "00", 0, None, None),
        (b'{"number": 2}', "queued", None, None, None, 1, None, None),
        (b'{"number": 3}', "queued", None, None, None, 2, None, None),
        (b'{"number": 4}', "failed", None, None, None, 4, "ValueError", "as ever"),
    ]
    assert [tuple(row) for row in schedules] == [("sweep",)]
    assert done == [1, 2]
    assert [row[0] for row in left] == [b'{"number": 3}', b'{"number": 4}']
    assert new_id == 5


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
