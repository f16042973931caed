"""PostgreSQL without space, memory or a working disk: an outage with a reason, and no bug."""

import os
import shutil
from pathlib import Path

import asyncpg
import pytest

from tests.infra.databases import execute
from tests.infra.engines import OWNER, running
from tests.infra.small_disk import mounted
from veza.core.errors import OutOfSpace, Unavailable
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Database, DatabaseUnavailable
from veza.infra.postgres.pool import GONE
from veza.infra.processes.embedded_postgres import owner_url

_RAISE = "do $$ begin raise exception using errcode = '{}'; end $$"


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("53100", OutOfSpace),
        ("53000", DatabaseUnavailable),
        ("53200", DatabaseUnavailable),
        ("53300", DatabaseUnavailable),
        ("53400", DatabaseUnavailable),
        ("58030", DatabaseUnavailable),
    ],
)
async def test_what_it_lacks_is_an_outage(
    database: Database, state: str, kind: type[Unavailable]
) -> None:
    async with database.transaction() as tx:
        with pytest.raises(Unavailable) as refusal:
            async with tx.savepoint():
                await tx.run(_RAISE.format(state))
        assert await tx.value(int, "select 1") == 1, "The connection goes on."
    assert type(refusal.value) is kind
    assert isinstance(refusal.value.__cause__, GONE), "The queue waits for it too."


@pytest.mark.long
async def test_a_write_for_which_there_is_no_space_is_told_and_later_ones_succeed(
    data_dir: Path,
) -> None:
    """A server whose whole disk is full, until something is deleted there."""
    with mounted(data_dir / "full", 256 << 20) as disk:
        async with running(disk), db.connect(owner_url(disk, OWNER)) as database:
            await execute(owner_url(disk, OWNER), "create table crammed (text text)")
            filler = disk / "filler"
            with filler.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - (1 << 19))
            with pytest.raises(OutOfSpace) as refusal:
                await _fill(database)
            assert isinstance(refusal.value.__cause__, asyncpg.DiskFullError)
            filler.unlink()
            await _fill(database)


async def _fill(database: Database) -> None:
    """Write about 3 MB."""
    async with database.transaction() as tx:
        await tx.run("insert into crammed select repeat('x', 500) from generate_series(1, 5000)")
