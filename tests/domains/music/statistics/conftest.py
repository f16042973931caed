"""Fixtures: a database in which only the test counts, and an artist."""

from collections.abc import AsyncIterator

import pytest

from tests import make
from tests.domains.music.statistics.counting_steps import Store
from tests.infra.databases import migrated
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.infra.postgres import database as db
from veza.infra.postgres.database import Database


@pytest.fixture(scope="session")
async def own_database(services: Services) -> AsyncIterator[Database]:
    """A database of these tests, opened as the owner of its tables."""
    async with migrated(services) as urls, db.connect(urls.owner_url) as database:
        yield database


@pytest.fixture
async def artist(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
def store(services: Services) -> Store:
    """Write rows of figures, committed."""

    async def write(table: str, *rows: tuple[object, ...]) -> None:
        async with services.database.transaction() as tx:
            for row in rows:
                places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
                await tx.run(f"insert into {table} values ({places})", *row)

    return write
