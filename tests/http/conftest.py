"""An application with routes of the tests, each changing something in a way of its own."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.http.apps import assemble, calling
from tests.http.changing_routes import ROUTES, TOPIC
from veza.app.services import Services
from veza.core.ids import new_id


@pytest.fixture(scope="session")
def changing_app(services: Services) -> Any:
    return assemble(services, routes=ROUTES)[1]


@pytest.fixture
async def changing(changing_app: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(changing_app) as client:
        yield client


@pytest.fixture
async def word(services: Services) -> AsyncIterator[str]:
    """A word that nobody else says: whether its change is there tells `count_changes`."""
    yield str(new_id())
    async with services.database.transaction() as tx:
        await tx.run("delete from revisions where topic = $1", TOPIC)
