"""Genres of public tracks are counted exactly, and listed with the most used first."""

import asyncio
from random import Random

import msgspec
import pytest

from tests import make
from tests.domains.music.tracks.tracks_steps import publish
from tests.make import NO_LINKS
from veza.core.errors import Unavailable
from veza.core.visibility import Visibility
from veza.domains.music.tags import service
from veza.domains.music.tracks import personal_data
from veza.domains.music.tracks.models.forms import TrackChange
from veza.domains.music.tracks.service import track_changes


async def change(services, creator, track_id, **said):
    async with services.database.transaction() as tx:
        await track_changes.update_track(
            tx, track_id, creator.member, TrackChange(**said), NO_LINKS
        )


@pytest.fixture
def genres(services):
    """Return the counted genres with a prefix: `await genres(root)`."""

    async def look(root):
        sql = """
            select coalesce(json_object_agg(name, tracks_count), '{}')::text
              from genres where starts_with(name, $1)
        """
        async with services.database.read() as conn:
            return msgspec.json.decode(await conn.value(str, sql, root) or "{}")

    return look


async def test_spellings_of_a_genre_are_one(client, services, creator, root, work, genres):
    for genre in (f"{root} Sea-Shanty", f"{root}_sea shanty", f"{root} dub"):
        await publish(services, creator, title="A track", genre=genre)
    await work()

    assert await genres(root) == {f"{root} sea shanty": 2, f"{root} dub": 1}
    listed = await client.get("genres", params={"limit": 1000})
    found = [genre for genre in listed.json()["data"]["genres"] if genre["name"].startswith(root)]
    assert found == [
        {"name": f"{root} sea shanty", "tracks_count": 2},
        {"name": f"{root} dub", "tracks_count": 1},
    ]
    filtered = await client.get("tracks", params={"genre": f"{root}-SEA-shanty"})
    assert len(filtered.json()["data"]["tracks"]) == 2
    assert len((await client.get("genres", params={"limit": 1})).json()["data"]["genres"]) == 1
    assert (await client.get("genres", params={"limit": 1001})).status_code == 400


async def test_only_public_tracks_of_members_who_are_not_suspended_are_counted(
    services, creator, root, work, genres
):
    track_id = await publish(services, creator, title="A track", genre=root)
    other = await publish(services, creator, title="Another", genre=root)
    await work()
    assert await genres(root) == {root: 2}
    await change(services, creator, track_id, visibility=Visibility.UNLISTED)
    await work()
    assert await genres(root) == {root: 1}
    await make.suspended(services, creator)
    await work()
    assert await genres(root) == {}
    await make.unsuspended(services, creator)
    await change(services, creator, other, genre=f"{root} two")
    await work()
    assert await genres(root) == {f"{root} two": 1}
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, creator.id)
    await work()
    assert await genres(root) == {}


@pytest.mark.long
async def test_counts_are_exact_after_concurrent_changes(services, creator, root, work, genres):
    names = [None, f"{root} a", f"{root} b", f"{root} c"]
    ids = [await publish(services, creator, title="A track", genre=names[1]) for _ in range(4)]
    chance = Random(5)

    async def live(track_id):
        for _ in range(10):
            visibility = chance.choice([Visibility.PUBLIC, Visibility.PUBLIC, Visibility.PRIVATE])
            genre = chance.choice(names)
            await change(services, creator, track_id, genre=genre, visibility=visibility)
            await recount(services, [track_id, chance.choice(ids)])

    await asyncio.gather(*map(live, ids))
    await work()
    sql = """
        select coalesce(json_object_agg(genre, uses), '{}')::text
          from (select genre, count(*) as uses from tracks
                 where id = any($1) and visibility = 'public' and genre is not null
                 group by genre) found
    """
    async with services.database.read() as conn:
        assert await genres(root) == msgspec.json.decode(await conn.value(str, sql, ids))


async def recount(services, ids):
    while True:
        try:
            async with services.database.transaction() as tx:
                return await service.recount_tags_of_tracks(tx, ids)
        except Unavailable:
            # Of two that wait for each other one tries again, as the worker does.
            continue
