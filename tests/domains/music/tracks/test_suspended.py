"""Tracks of suspended members are hidden from others while the suspension lasts."""

from uuid import uuid4

import pytest

from tests import make
from tests.domains.music.tracks.tracks_steps import STATES, publish
from veza.core.visibility import TrackStatus, Visibility

# A list that names them by itself, and what comes of asking for one.
BY_ID = ("", "/comments")


@pytest.fixture
async def word():
    """A word that no other track has."""
    return f"zq{uuid4().hex[:10]}"


async def titles(client, path, viewer=None, **query):
    answer = await client.get(path, params=query, headers=viewer.headers if viewer else {})
    assert answer.status_code == 200, answer.text
    return [track["title"] for track in answer.json()["data"]["tracks"]]


async def test_tracks_of_suspended_members_are_in_no_list_and_in_no_search(
    client, services, owner, other, word
):
    track_id = await publish(services, owner, title=word, genre=word)
    await client.post(f"tracks/{track_id}/like", headers=other.headers)
    lists = [("tracks", {"genre": word}), ("tracks/search", {"q": word}), ("users/me/likes", {})]

    async def found_in():
        viewers = {"users/me/likes": [other]}
        return [
            await titles(client, path, viewer, **query)
            for path, query in lists
            for viewer in viewers.get(path, [None, other])
        ]

    assert await found_in() == [[word]] * 5
    await make.suspended(services, owner)
    assert await found_in() == [[]] * 5
    await make.unsuspended(services, owner)
    assert await found_in() == [[word]] * 5


@pytest.mark.parametrize("sort", ["created_at", "title", "plays_count", "likes_count", "duration"])
async def test_tracks_of_suspended_members_leave_no_gap_in_a_page(
    client, services, owner, add, word, sort
):
    somebody = await make.person(services)
    for n in range(3):
        await add(f"Kept {n}", genre=word)
        async with services.database.transaction() as tx:
            await make.bare_track(tx, somebody.member, f"Hidden {n}", genre=word)
    await make.suspended(services, somebody)

    query = {"genre": word, "limit": 2, "sort_by": sort}
    first = (await client.get("tracks", params=query)).json()["data"]
    rest = (await client.get("tracks", params=query | {"cursor": first["next_cursor"]})).json()

    found = first["tracks"] + rest["data"]["tracks"]
    assert len(first["tracks"]) == 2
    assert sorted(track["title"] for track in found) == ["Kept 0", "Kept 1", "Kept 2"]


@pytest.mark.parametrize("visibility", list(Visibility))
@pytest.mark.parametrize("status", list(TrackStatus))
async def test_only_the_owner_sees_the_tracks_of_a_suspended_member(
    client, services, other, moderator, owner, add, visibility, status
):
    track_id = await add(visibility=visibility, **STATES[status])
    await make.suspended(services, owner)

    for viewer in (None, other, moderator):
        for path in BY_ID:
            headers = viewer.headers if viewer else {}
            answer = await client.get(f"tracks/{track_id}{path}", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (404, "track_not_found")


async def test_nobody_else_can_change_the_tracks_of_a_suspended_member(
    client, services, owner, other, add
):
    path = f"tracks/{await add()}"
    await make.suspended(services, owner)

    for method, end, body in (
        ("POST", "/like", None),
        ("DELETE", "/like", None),
        ("POST", "/comments", {"content": "Where are you?"}),
        ("POST", "/plays", {"listened_seconds": 30}),
        ("PUT", "", {"title": "Mine"}),
        ("DELETE", "", None),
    ):
        answer = await client.request(method, path + end, headers=other.headers, json=body)
        assert (answer.status_code, answer.json()["code"]) == (404, "track_not_found"), end


async def test_plays_of_suspended_members_stay_counted(client, services, other, add):
    path = f"tracks/{await add()}"
    report = {"listened_seconds": 30}
    await client.post(f"{path}/plays", headers=other.headers, json=report)

    await make.suspended(services, other)

    assert (await client.get(path)).json()["data"]["plays_count"] == 1
