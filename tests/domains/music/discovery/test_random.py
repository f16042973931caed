"""Random tracks: all are likely, each comes once, and none that a viewer may not see."""

from collections import Counter
from random import Random
from uuid import UUID

import pytest

from tests import make
from tests.domains.music.discovery.discovery_steps import creators, hide, ids_of, publish
from veza.core.ids import TrackId
from veza.domains.music.discovery import jobs, rules
from veza.domains.music.discovery.queries import draws
from veza.domains.music.tracks.events import TrackChanged

HIDDEN = ["private", "unlisted", "suspended", "blocked", "blocking", "muted"]


async def _draw(client, genre, viewer=None, limit=100):
    headers = viewer.headers if viewer else {}
    params = {"genre": genre, "limit": limit}
    return ids_of(await client.get("tracks/random", params=params, headers=headers))


async def test_each_track_is_drawn_once_and_all_if_there_are_few(client, services, artist, genre):
    made = await publish(services, artist, 30, genre=genre)
    other = await publish(services, artist, genre="other")

    assert sorted(await _draw(client, genre.upper())) == sorted(map(str, made))
    few = await _draw(client, genre, limit=7)
    assert len(set(few)) == 7
    assert not set(few) - set(map(str, made))
    assert str(other[0]) not in few


async def test_tracks_of_all_genres_are_drawn(client, services, artist, genre):
    await publish(services, artist, 3, genre=genre)

    assert len(ids_of(await client.get("tracks/random", params={"limit": 3}))) == 3


@pytest.mark.long
@pytest.mark.parametrize("others", [0, 700])
async def test_tracks_of_some_years_are_drawn_however_rare_they_are(
    client, services, artist, genre, others
):
    made = {
        year: (await publish(services, artist, 1, genre=genre, year=year))[0]
        for year in (1979, 1980, 1989, 1990)
    }
    await publish(services, artist, genre=genre)
    await publish(services, artist, others, genre=genre, year=2001)

    async def draw(**years):
        params = {"genre": genre, "limit": 100} | years
        return set(ids_of(await client.get("tracks/random", params=params)))

    assert await draw(from_year=1980, to_year=1989) == {str(made[1980]), str(made[1989])}
    assert await draw(to_year=1979) == {str(made[1979])}
    assert await draw(from_year=1990, to_year=2000) == {str(made[1990])}
    assert await draw(from_year=1990, to_year=1980) == set()
    assert len(await draw(from_year=2001)) == min(others, 100)


@pytest.mark.parametrize("way", HIDDEN)
async def test_what_a_viewer_may_not_see_or_does_not_want_is_not_drawn(
    client, services, listener, genre, way
):
    here, there = await creators(services, 2)
    [shown], [hidden] = [await publish(services, p, genre=genre) for p in (here, there)]
    await hide(services, way, listener, there, hidden)

    assert await _draw(client, genre, listener) == [str(shown)]


@pytest.mark.long
async def test_every_track_is_drawn_about_as_often(tx):
    """The places of the tracks and the draws are fixed: the result is the same in every run."""
    artist, _ = await make.member_in(tx)
    random = Random(4)
    made = [TrackId(UUID(int=random.getrandbits(128), version=4)) for _ in range(300)]
    for track_id in made:
        await make.bare_track(tx, artist, "x", id=track_id, genre="drawn often")
        sql = "insert into track_draws (track_id, genre, random_key) values ($1, $2, $3)"
        await tx.run(sql, track_id, "drawn often", random.random())
    count = Counter[TrackId]()
    for _ in range(300):
        drawn = await draws.draw_tracks(tx, rules.make_draw(random, 20, "drawn often"), None)
        assert len(set(drawn)) == 20
        count.update(drawn)

    # Twenty times on average, with a standard deviation of 4.3 were each draw independent.
    assert set(count) == set(made)
    assert 5 <= min(count.values()) <= max(count.values()) <= 40
    # Not the same tracks together: two of the 300 share a draw 1.3 times on average.
    assert await _largest_overlap(tx, random) < 15


async def _largest_overlap(tx, random) -> int:
    """Return how many of 20 tracks two of many draws share at most."""
    drawn = [
        set(await draws.draw_tracks(tx, rules.make_draw(random, 20, "drawn often"), None))
        for _ in range(40)
    ]
    return max(len(one & other) for n, one in enumerate(drawn) for other in drawn[:n])


async def test_a_draw_is_the_same_for_the_same_seed(services, artist, genre):
    await publish(services, artist, 40, genre=genre)
    async with services.database.read() as conn:
        one, same, another = [
            await draws.draw_tracks(conn, rules.make_draw(Random(seed), 10, genre), None)
            for seed in (1, 1, 2)
        ]

    assert one == same
    assert one != another


async def test_a_track_is_drawn_by_its_new_genre_and_not_when_it_is_private(
    client, services, artist, genre
):
    [track_id] = await publish(services, artist, genre="before")
    for genre_now, visibility, expected in (
        (genre, "public", [str(track_id)]),
        (genre, "private", []),
    ):
        async with services.database.transaction() as tx:
            sql = "update tracks set genre = $2, visibility = $3 where id = $1"
            await tx.run(sql, track_id, genre_now, visibility)
            await jobs.update_track(tx, TrackChanged(track_id, artist.id))
            sql = "select count(*) from track_draws where track_id = $1"
            assert await tx.value(int, sql, track_id) == len(expected)
        assert await _draw(client, genre) == expected


@pytest.mark.parametrize("genre", ["", "x" * 51])
async def test_a_genre_has_a_length(client, genre):
    answer = await client.get("tracks/random", params={"genre": genre})

    assert answer.status_code == 400
