"""People, a browser, and a query of a number, for tests of all domains."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from litestar import Litestar

from tests import make
from tests.domains.auth.accounts.people import open_client
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role

type Count = Callable[..., Awaitable[int]]


@pytest.fixture
async def ann(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def bob(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def moderator(services: Services) -> Person:
    return await make.person(services, Role.MODERATOR)


@pytest.fixture
async def admin(services: Services) -> Person:
    return await make.person(services, Role.ADMIN)


@pytest.fixture
def count(services: Services) -> Count:
    """Return a number from the database."""

    async def ask(sql: str, *values: object) -> int:
        async with services.database.read() as conn:
            found = await conn.value(int, sql, *values)
        assert found is not None
        return found

    return ask


@pytest.fixture
async def browser(app: Litestar, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A browser: it keeps its cookies, and sends them."""
    async with open_client(services, app, is_browser=True) as made:
        yield made
