"""Ratings, bookmarks, and what a member did with many tracks at once."""

import asyncio

import pytest

from tests import make
from tests.raw import hearing
from veza.core.ids import new_id
from veza.domains.music.library import personal_data
from veza.domains.music.library.models import (
    MAX_BOOKMARKS,
    LibrarySettings,
    PersonalLibrary,
    StoredQueue,
)
from veza.domains.music.library.service import artists, states

RATINGS, BOOKMARKS = "users/me/library/ratings", "users/me/library/bookmarks"


@pytest.fixture
def rate(client):
    """Rate a track; return the response."""

    async def put(person, track_id, rating):
        path = f"tracks/{track_id}/rating"
        return await client.put(path, headers=person.headers, json={"rating": rating})

    return put


@pytest.fixture
def mark(client):
    """Bookmark a position; return the response."""

    async def put(person, track_id, position_ms=1000, comment=""):
        form = {"position_ms": position_ms, "comment": comment}
        return await client.put(f"tracks/{track_id}/bookmark", headers=person.headers, json=form)

    return put


async def read(client, person, path, **params):
    answer = await client.get(path, headers=person.headers, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def hide(services, track_id):
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'private' where id = $1", track_id)


async def test_a_rating_replaces_the_last_and_is_removed(client, other, add, rate):
    track = await add()
    for rating in (1, 5):
        assert (await rate(other, track, rating)).json()["data"] == {"rating": rating}
    [rated] = (await read(client, other, RATINGS))["ratings"]
    assert (rated["track"]["id"], rated["rating"]) == (str(track), 5)

    for _ in range(2):
        answer = await client.delete(f"tracks/{track}/rating", headers=other.headers)
        assert (answer.status_code, answer.json()["data"]) == (200, {"rating": None})
    assert (await read(client, other, RATINGS))["ratings"] == []


@pytest.mark.parametrize("rating", [0, 6, 2.5, None, "4"])
async def test_other_ratings_are_refused(client, other, add, rate, rating):
    assert (await rate(other, await add(), rating)).status_code == 400
    assert (await read(client, other, RATINGS))["ratings"] == []


async def test_ratings_are_listed_latest_first_and_filtered(client, other, add, rate):
    tracks = [await add(str(number)) for number in range(1, 6)]
    for number, track in enumerate(tracks, 1):
        await rate(other, track, number)
    # The same rating again is no later one.
    await rate(other, tracks[0], 1)

    listed, cursor = [], {}
    while True:
        page = await read(client, other, RATINGS, limit=2, min_rating=2, **cursor)
        listed += [rated["track"]["title"] for rated in page["ratings"]]
        if not page["has_more"]:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert listed == ["5", "4", "3", "2"]


async def test_hidden_tracks_are_left_out_and_can_be_forgotten(
    client, services, other, add, rate, mark
):
    shown, hidden = await add("Shown"), await add("Hidden")
    for track in (shown, hidden):
        await rate(other, track, 3)
        await mark(other, track)
    await hide(services, hidden)

    [rated] = (await read(client, other, RATINGS, limit=1))["ratings"]
    [marked] = (await read(client, other, BOOKMARKS))["bookmarks"]

    assert (rated["track"]["title"], marked["track"]["title"]) == ("Shown", "Shown")
    assert (await rate(other, hidden, 4)).json()["code"] == "track_not_found"
    assert (await mark(other, hidden)).json()["code"] == "track_not_found"
    for kind in ("rating", "bookmark"):
        path = f"tracks/{hidden}/{kind}"
        answers = [await client.delete(path, headers=other.headers) for _ in range(2)]
        unknown = await client.delete(f"tracks/{new_id()}/{kind}", headers=other.headers)
        assert [answer.status_code for answer in (*answers, unknown)] == [200, 404, 404]


async def test_a_track_has_one_bookmark_which_moves(client, owner, other, add, mark):
    first, second = await add("First"), await add("Second")
    await mark(other, first, 5000, "The bridge")
    await mark(other, second, 0)

    moved = (await mark(other, first, 7000)).json()["data"]

    assert (moved["position_ms"], moved["comment"]) == (7000, "")
    assert moved["created_at"] < moved["updated_at"]
    listed = (await read(client, other, BOOKMARKS))["bookmarks"]
    assert [(one["track"]["title"], one["position_ms"]) for one in listed] == [
        ("First", 7000),
        ("Second", 0),
    ]
    assert (await read(client, owner, BOOKMARKS))["bookmarks"] == []
    for position, comment in ((-1, ""), (2**31, ""), (0, "x" * 1001)):
        assert (await mark(other, first, position, comment)).status_code == 400


async def test_concurrent_bookmarks_keep_to_the_maximum(client, services, other, add, mark, count):
    tracks = [await add() for _ in range(4)]
    async with services.database.transaction() as tx:
        await tx.run(
            """
            with made as (
                insert into tracks (id, owner_id, title, visibility, status, duration_ms, format)
                     select gen_random_uuid(), $1, 'A track', 'private', 'ready', 1, 'flac'
                       from generate_series(1, $2::integer)
                  returning id
            )
            insert into track_bookmarks (user_id, track_id, position_ms) select $1, id, 0 from made
            """,
            other.id,
            MAX_BOOKMARKS - 1,
        )

    answers = await asyncio.gather(*[mark(other, track) for track in tracks])

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    number = "select count(*) from track_bookmarks where user_id = $1"
    assert await count(number, other.id) == MAX_BOOKMARKS
    assert len((await read(client, other, BOOKMARKS))["bookmarks"]) == MAX_BOOKMARKS


async def test_what_a_member_did_with_tracks_is_one_query(
    client, services, owner, other, add, rate, mark
):
    untouched, touched, liked = await add(), await add(), await add()
    await rate(other, touched, 4)
    await mark(other, touched, 9000)
    await client.post(f"tracks/{liked}/like", headers=other.headers)
    played = {"listened_seconds": 30}
    await client.post(f"tracks/{touched}/plays", headers=other.headers, json=played)
    await rate(owner, untouched, 1)

    listed = [untouched, touched, liked, liked]
    async with (
        hearing(services, "track_ratings") as statements,
        services.database.read() as conn,
    ):
        found = await states.find_states(conn, other.member, listed)

    assert len(statements) == 1
    state = found[touched]
    assert (state.rating, state.plays_count, state.bookmark_ms) == (4, 1, 9000)
    assert state.last_played_at is not None
    assert (found[liked].liked_at is None, found[liked].rating) == (False, None)
    assert (found[untouched].rating, found[untouched].plays_count) == (None, 0)
    assert len(found) == 3
    shown = await read(client, other, f"users/me/library/tracks/{touched}")
    assert (shown["rating"], shown["liked_at"]) == (4, None)
    await hide(services, liked)
    answer = await client.get(f"users/me/library/tracks/{liked}", headers=other.headers)
    assert answer.status_code == 404


async def test_an_erased_member_leaves_nothing(client, services, owner, other, add, rate, mark):
    track = await add()
    await rate(other, track, 2)
    async with services.database.transaction() as tx:
        await artists.rate(tx, owner.id, other.member, 3)
        await make.keep_quiet(tx)
    await mark(other, track, 3, "Here")
    form = {"track_ids": [str(track)], "current_index": 0, "device": "Phone", "version": 0}
    await client.put("users/me/library/queue", headers=other.headers, json=form)
    await client.put(
        "users/me/library/settings", headers=other.headers, json={"keep_history": False}
    )

    async with services.database.transaction() as tx:
        exported = await personal_data.export(tx, other.id)
        await personal_data.erase(tx, other.id)
        left = await personal_data.export(tx, other.id)

    assert [one.rating for one in exported.ratings] == [2]
    assert [(one.artist_id, one.rating) for one in exported.artists] == [(owner.id, 3)]
    assert [one.comment for one in exported.bookmarks] == ["Here"]
    assert (exported.queue.track_ids, exported.settings.keep_history) == ([track], False)
    kept = LibrarySettings(keep_history=True)
    assert left == PersonalLibrary([], [], StoredQueue(), kept, [], [])


async def test_a_token_that_outlived_its_account_changes_nothing(
    client, services, other, add, rate, mark
):
    track = await add()
    form = {"track_ids": [], "device": "Phone", "version": 0}
    async with services.database.transaction() as tx:
        await tx.run("delete from users where id = $1", other.id)
    answers = [
        await rate(other, track, 3),
        await mark(other, track),
        await client.put("users/me/library/queue", headers=other.headers, json=form),
        await client.put(
            "users/me/library/settings", headers=other.headers, json={"keep_history": True}
        ),
    ]
    assert [answer.status_code for answer in answers] == [401] * 4
