"""Databases to try connections and transactions on, and pools of connections to them."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from tests.infra.databases import execute, scratch
from tests.infra.pools import Opening, is_alone, opener
from tests.infra.things import TABLES, Said
from tests.infra.waiting import until
from veza.app.services import Services
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Database
from veza.infra.postgres.pool import Pool


@pytest.fixture(scope="module")
async def things(services: Services) -> AsyncIterator[str]:
    async with scratch(services) as made:
        await execute(made.owner_url, "create table things (id integer primary key)")
        yield made.owner_url


@pytest.fixture
async def opening(things: str) -> AsyncIterator[Opening]:
    """Make pools that are closed at the end: `opening(max_size=1)`."""
    opened: list[Pool] = []

    def make(*, max_size: int = 3, patience_s: float = 20, open_one=None) -> Pool:
        opened.append(Pool(open_one or opener(things), max_size=max_size, patience_s=patience_s))
        return opened[-1]

    yield make
    for pool in opened:
        await pool.close()
    await until(lambda: is_alone(things))
    await execute(things, "truncate things")


@pytest.fixture(scope="module")
async def url(services: Services) -> AsyncIterator[str]:
    async with scratch(services) as made:
        connection = await asyncpg.connect(made.owner_url)
        await connection.execute(TABLES)
        await connection.close()
        yield made.owner_url


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
async def database(url: str, said: Said) -> AsyncIterator[Database]:
    await execute(url, "truncate things, shelves")
    async with db.connect(url, max_size=3) as opened:
        opened.set_signals(said)
        yield opened
