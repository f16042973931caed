"""A PostgreSQL that is frozen, neither answering nor closing a connection, holds nobody."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from tests.infra.engines import OWNER, processes_in, running
from tests.infra.waiting import until
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Database, DatabaseUnavailable
from veza.infra.processes.embedded_postgres import owner_url

pytestmark = pytest.mark.long

# Above what a statement is given in these tests, and far below the time-outs of a real server.
SOON_S = 15.0


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "ACQUIRE_TIMEOUT_S", 0.5)
    monkeypatch.setattr(db, "ANSWER_MARGIN_S", 0.3, raising=False)


@pytest.fixture
def folder(data_dir: Path) -> Path:
    place = data_dir / "z"
    place.mkdir(mode=0o755, exist_ok=True)
    return place


@contextmanager
def frozen(folder: Path) -> Iterator[None]:
    """Freeze all processes of the server of this test, and thaw them at the end."""
    pids = [int(pid) for pid in processes_in(folder)]
    assert len(pids) > 3
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Database]:
    url = owner_url(folder, OWNER)
    async with db.connect(url, max_size=2, statement_timeout_ms=500) as database:
        yield database


async def ask(database: Database) -> int:
    async with database.read() as conn:
        return await conn.value(int, "select 1") or 0


async def write(database: Database) -> None:
    async with database.transaction() as tx:
        await tx.value(int, "create table if not exists written (id integer)")


@pytest.mark.usefixtures("quick")
async def test_a_frozen_server_makes_every_request_unavailable_in_time(folder: Path) -> None:
    async with running(folder), opened(folder) as database:
        assert await asyncio.gather(ask(database), ask(database)) == [1, 1]
        with frozen(folder):
            for _ in range(2):
                # On connections that are there, in the line for them, and on new ones.
                async with asyncio.timeout(SOON_S):
                    outcomes = await asyncio.gather(
                        *(ask(database) for _ in range(3)),
                        *(write(database) for _ in range(3)),
                        return_exceptions=True,
                    )
                assert {type(outcome) for outcome in outcomes} == {DatabaseUnavailable}
        assert await ask(database) == 1
        await write(database)
        assert not database.pool._in_use


@pytest.mark.usefixtures("quick")
async def test_a_server_that_freezes_within_a_transaction_ends_it(folder: Path) -> None:
    async with running(folder), opened(folder) as database:
        with pytest.raises(DatabaseUnavailable):
            await _write_into_the_cold(database, folder)
        async with database.read() as conn:
            assert await conn.value(str, "select to_regclass('lost')::text") is None


async def _write_into_the_cold(database: Database, folder: Path) -> None:
    async with asyncio.timeout(SOON_S), database.transaction() as tx:
        await tx.value(int, "create table lost (id integer)")
        with frozen(folder):
            await tx.run("insert into lost values (1)")


@pytest.mark.usefixtures("quick")
async def test_who_goes_away_from_a_frozen_server_is_not_held_back(folder: Path) -> None:
    async with running(folder), opened(folder) as database:
        with frozen(folder), pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await write(database)
        await until(lambda: not database.pool._in_use)
        assert await ask(database) == 1
