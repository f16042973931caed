"""Fixtures: members, committed tracks, and a query of a number."""

from collections.abc import Awaitable, Callable

import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import TrackId, new_id
from veza.domains.music.tracks import service
from veza.domains.music.tracks.models import ProcessedAudio, TrackForm

# What a row looks like in each state, beside what `make.bare_track` fills in.
STATES: dict[str, dict[str, object]] = {
    "ready": {},
    "processing": {"status": "processing", "duration_ms": None, "format": None},
    "failed": {
        "status": "failed",
        "duration_ms": None,
        "format": None,
        "failure_reason": "The file breaks off after 3 seconds.",
    },
}

type AddTrack = Callable[..., Awaitable[TrackId]]
type Count = Callable[..., Awaitable[int]]


@pytest.fixture
async def owner(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def other(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def moderator(services: Services) -> Person:
    return await make.person(services, Role.MODERATOR)


@pytest.fixture
def add(services: Services, owner: Person) -> AddTrack:
    """Commit a track of the owner without files: `await add("Title", status=...)`."""

    async def add_track(title: str = "A track", **columns: object) -> TrackId:
        async with services.database.transaction() as tx:
            return await make.bare_track(tx, owner, title, **columns)

    return add_track


@pytest.fixture
def count(services: Services) -> Count:
    """Return a number from the database."""

    async def ask(sql: str, *values: object) -> int:
        async with services.database.read() as conn:
            found = await conn.value(int, sql, *values)
        assert found is not None
        return found

    return ask


async def publish(services: Services, owner: Person, **said: object) -> TrackId:
    """Commit a ready track through the use cases, so that it has its search text."""
    track_id = TrackId(new_id())
    facts = ProcessedAudio(
        "flac", 60_000, 800_000, 44_100, 2, -14.0, -1.0, None, cover_palette=None
    )
    async with services.database.transaction() as tx:
        form = TrackForm(**said)
        await service.create_track(tx, owner.member, track_id, form)
        await service.finish_track(tx, track_id, facts)
    return track_id
