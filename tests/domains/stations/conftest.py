"""Stations, and tracks whose segments are stored as playlists without sound."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests import make, sounds
from tests.domains.stations.live_steps import Air, go_on_air
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
    """Stop the clock of stations, and set it forward: `later(minutes=3)`.

    However long a busy machine takes, no time passes in between.
    """
    moment = datetime.now(UTC)

    def move(**by: float) -> None:
        nonlocal moment
        moment += timedelta(**by)

    monkeypatch.setattr(clock, "now", lambda: moment)
    monkeypatch.setattr(clock, "FRESH_S", 0.0)
    return move


@pytest.fixture(scope="session")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sequence[bytes]:
    """Segments of about a second with a tone of 1 kHz, as an ingest writes them."""
    folder = tmp_path_factory.mktemp("segments")
    sounds.run_ffmpeg(
        *("-f", "lavfi", "-i", "sine=1000:sample_rate=48000:duration=70", "-c:a", "aac"),
        *("-ac", "2", "-f", "segment", "-segment_time", "1", "-segment_format", "mpegts"),
        str(folder / "%03d.ts"),
        path=folder,
    )
    return [path.read_bytes() for path in sorted(folder.iterdir())]


@pytest.fixture
async def air(
    services: Services, owner: Person, sound: Sequence[bytes], later: Callable[..., None]
) -> AsyncIterator[Air]:
    """A stream of the owner that is on air."""
    made = await go_on_air(services, owner, sound, later)
    yield made
    await made.end()
    await made.take()
