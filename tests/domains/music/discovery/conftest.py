"""Fixtures: an artist, a listener, and the work of the jobs for a few tracks."""

from collections.abc import Awaitable, Callable

import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import TrackId, UserId, new_id
from veza.domains.music.discovery.queries import artists, draws, similarities

type Compute = Callable[..., Awaitable[None]]


@pytest.fixture
async def artist(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def listener(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
def genre() -> str:
    """A genre that no other test uses."""
    return f"q{new_id().hex[-12:]}"


@pytest.fixture
def compute(services: Services) -> Compute:
    """Compute what is similar to tracks and to their artists, committed."""

    async def run(*track_ids: TrackId) -> None:
        async with services.database.transaction() as tx:
            for track_id in track_ids:
                await draws.update_draw(tx, track_id)
            await similarities.compute_similar(tx, track_ids)
            await similarities.delete_unpublished(tx, track_ids)
            sql = "select distinct owner_id from tracks where id = any($1)"
            owners = await tx.column(UserId, sql, track_ids)
            await artists.delete_similar(tx, owners)
            await artists.compute_similar(tx, owners)

    return run
