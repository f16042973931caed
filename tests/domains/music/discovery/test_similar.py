"""Similar tracks and artists: what counts, and who sees what."""

import pytest

from tests import make
from tests.domains.music.discovery.discovery_steps import (
    creators,
    crowd,
    hide,
    ids_of,
    like,
    publish,
)
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.music.discovery.queries import similarities
from veza.domains.music.tags import service as tags

HIDDEN = ["private", "unlisted", "suspended", "blocked", "blocking", "muted"]


async def _list_similar(client, track_id, viewer=None, **params):
    headers = viewer.headers if viewer else {}
    return ids_of(await client.get(f"tracks/{track_id}/similar", params=params, headers=headers))


async def _list_artists(client, username, viewer=None):
    headers = viewer.headers if viewer else {}
    return ids_of(await client.get(f"users/{username}/similar", headers=headers), "artists")


async def test_tracks_that_the_same_members_like_are_similar(client, services, artist, compute):
    first, both, one = [(await publish(services, p))[0] for p in await creators(services, 3)]
    people = await crowd(services, 4)
    await like(services, [first, both], *people)
    await like(services, [one], people[0])
    await publish(services, artist)
    await compute(first)

    assert await _list_similar(client, first) == [str(both), str(one)]
    assert await _list_similar(client, first, limit=1) == [str(both)]


async def test_a_listener_who_likes_everything_counts_less(client, services, artist, compute):
    heavy, light = await crowd(services, 2)
    first, by_heavy, by_light = [
        (await publish(services, p))[0] for p in await creators(services, 3)
    ]
    await like(services, await publish(services, artist, 30), heavy)
    await like(services, [first, by_heavy], heavy)
    await like(services, [first, by_light], light)
    await compute(first)

    assert (await _list_similar(client, first))[:2] == [str(by_light), str(by_heavy)]


async def test_tracks_that_the_same_members_play_more_than_once_are_similar(
    client, services, compute
):
    first, twice, once = [(await publish(services, p))[0] for p in await creators(services, 3)]
    people = await crowd(services, 2)
    sql = "insert into track_history (user_id, track_id, plays_count) values ($1, $2, $3)"
    async with services.database.transaction() as tx:
        for track_id, plays in ((first, 2), (twice, 3), (once, 1)):
            for person in people:
                await tx.run(sql, person.id, track_id, plays)
    await compute(first)

    assert await _list_similar(client, first) == [str(twice)]


async def test_likes_of_suspended_members_do_not_count(client, services, artist, compute):
    [first, other] = await publish(services, artist, 2)
    people = await crowd(services, 2)
    await like(services, [first, other], *people)
    async with services.database.transaction() as tx:
        await tx.run("update track_likes set is_hidden = true where track_id = $1", first)
    await compute(first)

    assert await _list_similar(client, first) == []


async def test_tracks_with_the_same_tags_or_genre_are_similar(client, services, compute, genre):
    people = await creators(services, 3)
    [first] = await publish(services, people[0], tags=[f"t{genre}", f"u{genre}"], genre=genre)
    [tagged] = await publish(services, people[1], tags=[f"U{genre}"])
    [of_genre] = await publish(services, people[2], genre=genre.upper())
    async with services.database.transaction() as tx:
        await tags.recount_tags_of_tracks(tx, [first, tagged])
    await compute(first, tagged)

    assert await _list_similar(client, first) == [str(tagged), str(of_genre)]
    assert await _list_similar(client, tagged) == [str(first)]


async def test_an_artist_has_at_most_five_of_the_similar_tracks(
    client, services, artist, compute, genre
):
    [first] = await publish(services, artist, genre=genre)
    [other] = await creators(services, 1)
    await publish(services, other, 8, genre=genre)
    await publish(services, artist, 8, genre=genre)
    await compute(first)

    assert len(await _list_similar(client, first)) == 10


@pytest.mark.parametrize("way", HIDDEN)
async def test_what_a_viewer_may_not_see_or_does_not_want_is_left_out(
    client, services, listener, compute, way
):
    here, there = await creators(services, 2)
    [first], [other] = await publish(services, here), await publish(services, there)
    await like(services, [first, other], *await crowd(services, 2))
    await compute(first)
    assert await _list_similar(client, first, listener) == [str(other)]
    assert await _list_artists(client, here.username, listener) == [str(there.id)]

    await hide(services, way, listener, there, other)

    assert await _list_similar(client, first, listener) == []
    assert await _list_artists(client, here.username, listener) == []


async def test_a_track_that_may_not_be_seen_has_no_similar_tracks(client, services, artist):
    [hidden] = await publish(services, artist, visibility="private")
    answer = await client.get(f"tracks/{hidden}/similar")

    assert (answer.status_code, answer.json()["code"]) == (404, "track_not_found")


async def test_artists_are_similar_if_their_tracks_are(client, services, compute):
    people = await creators(services, 3)
    tracks = [await publish(services, person, 2) for person in people]
    await like(services, [tracks[0][0], tracks[1][0]], *await crowd(services, 3))
    await like(services, [tracks[0][1], tracks[2][1]], *await crowd(services, 1))
    await compute(*tracks[0])

    found = await _list_artists(client, people[0].username)
    assert found == [str(people[1].id), str(people[2].id)]


async def test_tracks_that_became_similar_are_returned_once(services, artist):
    [first, other] = await publish(services, artist, 2)
    await like(services, [first, other], *await crowd(services, 2))
    async with services.database.transaction() as tx:
        before = await similarities.compute_similar(tx, [first])
        after = await similarities.compute_similar(tx, [first])

    assert [found.similar_ids for found in before] == [[other]]
    assert [found.similar_ids for found in after] == [[]]


async def test_a_track_that_is_hidden_loses_its_list(services, artist, compute):
    [first, other] = await publish(services, artist, 2)
    await like(services, [first, other], *await crowd(services, 2))
    await compute(first)
    await hide(services, "private", None, artist, first)
    await compute(first)

    async with services.database.read() as conn:
        assert await similarities.list_similarities(conn, [first]) == []


async def test_an_erased_artist_is_not_similar_any_more(services: Services, client, compute):
    here, there = await creators(services, 2)
    [first], [other] = await publish(services, here), await publish(services, there)
    await like(services, [first, other], await make.person(services, Role.USER))
    await compute(first)
    async with services.database.transaction() as tx:
        await tx.run("delete from tracks where id = $1", other)

    assert await _list_similar(client, first) == []
    assert await _list_artists(client, here.username) == []
