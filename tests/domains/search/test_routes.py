"""`GET /search`: types, limits, and whatever is typed."""

import pytest

from tests import make
from veza.core.access import Role
from veza.domains.music.tracks.service import track_search

TYPES = {"tracks", "artists", "releases", "playlists", "shows", "products", "posts", "tags"}


@pytest.fixture(scope="module")
async def artist(services):
    artist = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        titles = [f"Tamarisk {n}" for n in range(30)]
        track_ids = [await make.bare_track(tx, artist.member, title) for title in titles]
        await track_search.index_tracks(tx, track_ids)
        await make.product(tx, artist.member, "Tamarisk Stems")
    return artist


async def search(client, viewer=None, **query):
    headers = viewer.headers if viewer else {}
    answer = await client.get("search", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_results_are_grouped_by_type_and_limited(client, artist):
    found = await search(client, q="tamarisk")
    assert set(found) == TYPES
    assert (len(found["tracks"]), len(found["products"]), found["artists"]) == (5, 1, [])

    found = await search(client, q=artist.username, limit=20)
    assert len(found["tracks"]) == 20
    names = [(each["id"], each["username"]) for each in found["artists"]]
    assert names == [(str(artist.id), artist.username)]


@pytest.mark.parametrize("types", ["products", "products,tags", " products , posts"])
async def test_only_the_types_that_are_asked_for_are_searched(client, artist, types):
    found = await search(client, q="tamarisk", types=types)
    assert set(found) == TYPES
    assert [kind for kind in found if found[kind]] == ["products"]


async def test_the_caller_sees_own_likes_and_nothing_of_blocked_members(client, services, artist):
    viewer, blocker = await make.person(services), await make.person(services)
    await make.blocks(services, blocker, artist)

    found = await search(client, viewer, q="tamarisk")
    assert [track["liked"] for track in found["tracks"]] == [False] * 5
    found = await search(client, blocker, q="tamarisk")
    assert not any(found.values())


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": ""},
        {"q": "a" * 201},
        {"q": "a", "limit": 0},
        {"q": "a", "limit": 21},
        {"q": "a", "types": ""},
        {"q": "a", "types": "tracks,songs"},
        {"q": "a", "types": "tracks," * 30},
    ],
)
async def test_a_wrong_search_is_refused(client, query):
    answer = await client.get("search", params=query)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize(
    "typed",
    [
        " ",
        "a",
        "夜",
        "ш",
        "%",
        "_",
        "\\",
        "'",
        "''':* & | ! <->",
        "'; drop table tracks;--",
        "🎵🎶 👩‍👩‍👧",
        "שלום ليلة 夜の the",
        "a" * 200,
        "夜" * 200,
        "a b " * 50,
        "!@$" * 66,
        "e\u0301" * 100,
        "\u202etamarisk\u202c",
        "\ufdfa" * 200,
        "\u200b\u00ad\ufeff",
    ],
)
async def test_whatever_is_typed_is_answered(client, artist, typed):
    assert set(await search(client, q=typed)) == TYPES
