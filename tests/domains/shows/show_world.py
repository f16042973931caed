"""A show with episodes for all, for members and for later, as applications and members see it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from msgspec import Struct

from tests import make
from tests.http.apps import calling
from veza.app.api import wrap
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.ids import TrackId
from veza.infra.postgres.database import Tx

STREAM = b"m4a" + bytes(300)


class World(Struct):
    """The people, the show, and its tracks."""

    owner: make.Person
    fan: make.Person
    stranger: make.Person
    show: dict[str, Any]
    open: TrackId
    members: TrackId
    later: TrackId


@pytest.fixture
async def site(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(wrap(app, settings), path="/") as made:
        yield made


async def add_track(tx: Tx, owner: make.Person, title: str, **columns: object) -> TrackId:
    """Make a track with the facts of its files, but without the files."""
    track_id = await make.bare_track(tx, owner.member, title, **columns)
    sql = """
        insert into track_media (track_id, filename, original_kind, original_size, original_hash,
                                 stream_size)
             values ($1, 'tape.flac', 'flac', 500, $2, $3)
    """
    await tx.run(sql, track_id, "0" * 64, len(STREAM))
    return track_id


async def made(client: httpx.AsyncClient, path: str, who: make.Person, **said: Any) -> Any:
    """Create something over HTTP; return its data."""
    answer = await client.post(path, headers=who.headers, json=said)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def titles(client: httpx.AsyncClient, world: World, who: make.Person | None) -> list[str]:
    """Return the titles of the episodes that somebody sees."""
    headers = {} if who is None else who.headers
    answer = await client.get(f"shows/{world.show['id']}/episodes", headers=headers)
    assert answer.status_code == 200, answer.text
    return sorted(each["track"]["title"] for each in answer.json()["data"]["episodes"])


@pytest.fixture
async def world(services: Services, client: httpx.AsyncClient) -> World:
    owner = await make.person(services, Role.CREATOR)
    fan = await make.person(services)
    async with services.database.transaction() as tx:
        tier = await make.tier(tx, owner.member)
        await make.member_of(tx, fan.member, tier)
        hidden = {"visibility": "private"}
        tracks = [
            await add_track(tx, owner, "First tape"),
            await add_track(tx, owner, "For members", **hidden, tier_id=tier.id),
            await add_track(tx, owner, "Later", **hidden),
        ]
    for track_id in tracks:
        await services.storage.put_new(f"tracks/{track_id}/stream.m4a", STREAM)
    show = await made(
        client,
        "shows",
        owner,
        title="Tape Hours",
        description="Machines & hum",
        language="de",
        category="Technology",
        license="cc-by-4.0",
        funding=[{"url": "https://harbour.example/give", "title": "Give"}],
        owner_text="Harbour Radio",
    )
    episodes = f"shows/{show['id']}/episodes"
    chapters = [{"start_seconds": 60, "title": "Loops"}, {"start_seconds": 0, "title": "Hello"}]
    first = {"season": 1, "number": 2, "notes": "We talk of <tape>.", "chapters": chapters}
    await made(client, episodes, owner, track_id=str(tracks[0]), **first)
    await made(client, episodes, owner, track_id=str(tracks[1]), kind="bonus")
    planned = "2126-01-01T00:00:00Z"
    await made(client, episodes, owner, track_id=str(tracks[2]), publish_at=planned)
    return World(owner, fan, await make.person(services), show, *tracks)
