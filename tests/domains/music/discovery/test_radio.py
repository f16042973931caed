"""Radio: endless, without repeats, the same for a seed, and never what may not be seen."""

import pytest

from tests.domains.music.discovery.discovery_steps import (
    creators,
    crowd,
    hide,
    ids_of,
    like,
    publish,
)

HIDDEN = ["private", "unlisted", "suspended", "blocked", "blocking", "muted"]


async def _play(client, pages, viewer=None, **params):
    """Return the tracks of some pages of a station."""
    headers = viewer.headers if viewer else {}
    found = []
    for _ in range(pages):
        answer = await client.get("radio", params=params, headers=headers)
        found.append(ids_of(answer))
        params["cursor"] = answer.json()["data"]["next_cursor"]
        params["seed"] = answer.json()["data"]["seed"]
        assert params["cursor"]
    return found


async def test_no_track_is_repeated_while_there_are_others(client, services, artist, genre):
    await publish(services, artist, 25, genre=genre)
    pages = await _play(client, 4, genre=genre, limit=6)

    played = [track_id for page in pages for track_id in page]
    assert len(played) == len(set(played)) == 24


async def test_a_station_of_a_track_plays_what_is_similar_to_it(client, services, compute):
    people = await creators(services, 8)
    tracks = [(await publish(services, person))[0] for person in people]
    await like(services, tracks, *await crowd(services, 2))
    await compute(*tracks[:2])
    [page] = await _play(client, 1, track_id=str(tracks[0]), limit=10)

    # Six of ten are similar, and there are always others to play.
    assert len(set(page) & set(map(str, tracks[1:]))) >= 6
    assert len(page) == 10


async def test_a_station_of_an_artist_plays_their_tracks_and_others(client, services, compute):
    here, there = await creators(services, 2)
    own, others = await publish(services, here, 3), await publish(services, there, 3)
    await like(services, [*own, *others], *await crowd(services, 2))
    await compute(*own)
    [page] = await _play(client, 1, artist=here.username, limit=20)

    assert set(page) >= set(map(str, [*own, *others]))


async def test_a_seed_plays_the_same_again(client, services, artist, genre):
    await publish(services, artist, 40, genre=genre)
    station = {"genre": genre, "limit": 10}
    pages = [await _play(client, 2, **station, seed=seed) for seed in (7, 7, 8)]

    assert pages[0] == pages[1]
    assert pages[0] != pages[2]


@pytest.mark.parametrize("way", HIDDEN)
async def test_what_a_viewer_may_not_see_or_does_not_want_is_not_played(
    client, services, listener, compute, genre, way
):
    here, there = await creators(services, 2)
    [first], [hidden] = [await publish(services, p, genre=genre) for p in (here, there)]
    await like(services, [first, hidden], *await crowd(services, 2))
    await compute(first)
    assert str(hidden) in (await _play(client, 1, listener, track_id=str(first)))[0]
    await hide(services, way, listener, there, hidden)

    for station in ({"track_id": str(first)}, {"genre": genre}, {"artist": here.username}):
        for page in await _play(client, 3, listener, **station):
            assert str(hidden) not in page


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"genre": "jazz", "artist": "x"},
        {"genre": "jazz", "cursor": "nonsense"},
        {"genre": "jazz", "cursor": "AAAA"},
        {"genre": "jazz", "cursor": "_" * 2000},
        {"genre": "jazz", "seed": -1},
        {"genre": "jazz", "seed": 2**53},
    ],
    ids=str,
)
async def test_a_station_has_one_source_and_a_valid_cursor(client, params):
    assert (await client.get("radio", params=params)).status_code == 400


async def test_a_station_of_what_may_not_be_seen_is_not_there(client, services, artist):
    [hidden] = await publish(services, artist, visibility="private")

    answer = await client.get("radio", params={"track_id": str(hidden)})
    assert (answer.status_code, answer.json()["code"]) == (404, "track_not_found")
    answer = await client.get("radio", params={"artist": "nobody-of-this-name"})
    assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")
