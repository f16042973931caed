"""The search indexes follow changes of members and items, and can be rebuilt."""

import pytest

from tests import make
from tests.make import NO_LINKS
from veza.app.search_index import rebuild_search
from veza.core.access import Role
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.service import track_changes, track_search


@pytest.fixture
async def artist(services):
    return await make.person(services, Role.CREATOR)


async def published(services, artist, title):
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, artist.member, title)
        await track_search.index_tracks(tx, [track_id])
    return track_id


async def find(services, text, viewer=None):
    async with services.database.read() as conn:
        found = await track_search.search_tracks(
            conn, text, TrackQuery(), viewer=viewer and viewer.member, urls=NO_LINKS
        )
        artists = await track_search.search_artists(conn, text, 20, viewer=viewer and viewer.member)
    return [track.title for track in found.tracks], [each.username for each in artists]


async def test_a_suspended_member_is_hidden_at_once_and_shown_again(services, artist, work):
    track_id = await published(services, artist, "Umbrella Quarry")
    name, both = artist.username, (["Umbrella Quarry"], [artist.username])
    is_indexed = "select exists (select from track_search where id = $1)"

    assert await find(services, name) == both
    await make.suspended(services, artist)
    assert await find(services, name) == ([], [])
    await work()
    async with services.database.read() as conn:
        assert not await conn.value(bool, is_indexed, track_id)

    await make.unsuspended(services, artist)
    await work()
    assert await find(services, name) == both


async def test_members_who_block_each_other_find_nothing_of_each_other(services, artist):
    await published(services, artist, "Velvet Turbine")
    one, other = await make.person(services), await make.person(services)
    await make.blocks(services, one, artist)
    await make.blocks(services, artist, other)

    assert await find(services, artist.username) == (["Velvet Turbine"], [artist.username])
    for viewer in (one, other):
        assert await find(services, artist.username, viewer) == ([], [])


async def test_a_rebuild_restores_what_is_missing_and_removes_what_is_not_public(services, artist):
    kept = await published(services, artist, "Wicker Lantern")
    hidden = await published(services, artist, "Xenon Lantern")
    async with services.database.transaction() as tx:
        await tx.run("delete from track_search where id = $1", kept)
        await tx.run("delete from artist_search where id = $1", artist.id)
        await tx.run("update tracks set visibility = 'private' where id = $1", hidden)

    await rebuild_search(services.database)
    await rebuild_search(services.database)

    assert await find(services, artist.username) == (["Wicker Lantern"], [artist.username])


async def test_an_artist_without_public_tracks_is_not_found(services, artist):
    track_id = await published(services, artist, "Yarrow Piston")
    async with services.database.transaction() as tx:
        await track_changes.delete_track(tx, track_id, artist.member)
    assert await find(services, artist.username) == ([], [])

    await rebuild_search(services.database)
    async with services.database.read() as conn:
        sql = "select exists (select from artist_search where id = $1)"
        assert not await conn.value(bool, sql, artist.id)
