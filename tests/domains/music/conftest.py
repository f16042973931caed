"""Members, and committed tracks."""

from collections.abc import Awaitable, Callable

import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import TrackId

type AddTrack = Callable[..., Awaitable[TrackId]]


@pytest.fixture
async def owner(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def other(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
def add(services: Services, owner: Person) -> AddTrack:
    """Commit a track of the owner without files: `await add("Title", status=...)`."""

    async def add_track(title: str = "A track", **columns: object) -> TrackId:
        async with services.database.transaction() as tx:
            return await make.bare_track(tx, owner, title, **columns)

    return add_track
