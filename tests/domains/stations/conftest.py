"""Stations, and tracks whose segments are stored as playlists without sound."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.ids import TrackId
from veza.domains.stations.service import clock

type Json = dict[str, Any]
type Create = Callable[..., Awaitable[Json]]
type AddTrack = Callable[..., Awaitable[TrackId]]


@pytest.fixture
async def owner(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def other(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
def add_track(services: Services, owner: Person) -> AddTrack:
    """Make a track of `seconds`: `await add_track("Tide", artist_name="Ada")`."""

    async def add(title: str, seconds: int = 120, by: Person = owner, **columns: object) -> TrackId:
        async with services.database.transaction() as tx:
            track_id = await make.bare_track(tx, by.member, title, **columns)
        await make.segments(services, track_id, seconds)
        return track_id

    return add


@pytest.fixture
def create(client: httpx.AsyncClient, owner: Person) -> Create:
    """Make a station on air by the API: `await create([track_id], title=…)`."""

    async def post(track_ids: list[TrackId], *, by: Person = owner, **said: Any) -> Json:
        program = {"track_ids": [str(each) for each in track_ids]} | said.pop("program", {})
        form = {"title": "Night ferry", "is_on_air": True, "program": program} | said
        answer = await client.post("stations", headers=by.headers, json=form)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    return post


@pytest.fixture
def later(monkeypatch):
    """Set the clock of stations forward: `later(minutes=3)`."""
    passed = timedelta()

    def move(**by: float) -> None:
        nonlocal passed
        passed += timedelta(**by)

    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + passed)
    monkeypatch.setattr(clock, "FRESH_S", 0.0)
    return move
