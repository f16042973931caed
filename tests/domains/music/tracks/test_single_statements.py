"""Likes as single statements do what the same changes in a transaction do, and as exactly."""

import asyncio
from contextlib import suppress
from itertools import product

import pytest

from tests import make
from tests.audited import events_of, tagged
from tests.domains.music.tracks.tracks_steps import STATES
from tests.raw import hearing
from tests.support.waiting import until_somebody_waits
from veza.core.errors import VezaError
from veza.domains.music.tracks.service import track_likes
from veza.domains.platform.audit.service import Verification
from veza.operations.verification.audit_log import signing_keys

LIKES = "select count(*) from track_likes where track_id = $1"
EVENTS = """
    select count(*)
      from outbox
     where name = 'TrackLiked' and payload->>'track_id' = $1::uuid::text
"""


async def problems_of_audit(services):
    async with services.database.read() as conn:
        return [each async for each in Verification(conn, signing_keys(services)).find_problems()]


@pytest.fixture
async def known(client, other, add):
    """A member with a record in the audit log already."""
    track_id = await add()
    for method in ("POST", "DELETE"):
        await client.request(method, f"tracks/{track_id}/like", headers=other.headers)
    return other


class _Undone(Exception):
    pass


async def in_transaction(services, change, track_id, member):
    with suppress(_Undone):
        async with services.database.transaction() as tx:
            try:
                outcome = await change(tx, track_id, member)
            except VezaError as error:
                outcome = type(error)
            raise _Undone
    return outcome


async def at_once(services, change, track_id, member):
    try:
        return await change(services.database, track_id, member)
    except VezaError as error:
        return type(error)


@pytest.mark.parametrize("is_own", [False, True])
@pytest.mark.parametrize("suspended", ["nobody", "owner", "liker"])
@pytest.mark.parametrize(
    ("visibility", "state"), list(product(["public", "unlisted", "private"], STATES))
)
async def test_both_ways_have_the_same_outcome(
    services, owner, other, add, visibility, state, suspended, is_own
):
    track_id = await add(visibility=visibility, **STATES[state])
    liker = owner if is_own else other
    who = {"owner": owner, "liker": liker}.get(suspended)
    if who is not None:
        await make.suspended(services, who)

    for way, single in (
        (track_likes.like, track_likes.like_at_once),
        (track_likes.unlike, track_likes.unlike_at_once),
        (track_likes.unlike, track_likes.unlike_at_once),
    ):
        expected = await in_transaction(services, way, track_id, liker.member)
        assert await at_once(services, single, track_id, liker.member) == expected


async def test_a_like_and_its_event_and_record_are_one_statement(
    client, services, known, add, count
):
    track_id = await add()
    async with hearing(services, "tracks") as statements:
        answer = await client.post(f"tracks/{track_id}/like", headers=known.headers | tagged())
        removed = await client.delete(f"tracks/{track_id}/like", headers=known.headers | tagged())
    assert len(statements) == 2
    assert answer.json()["data"] == {"liked": True, "likes_count": 1}
    assert removed.json()["data"] == {"liked": False, "likes_count": 0}
    assert await count(EVENTS, track_id) == 1
    for each, action in ((answer, "like_track"), (removed, "unlike_track")):
        (event,) = await events_of(services, each)
        assert (event.action, event.user_id, event.status) == (action, known.id, 200)
        assert event.resource == f"/api/v1/tracks/{track_id}/like"
    assert await problems_of_audit(services) == []


async def test_a_like_that_changes_nothing_is_recorded_too(client, services, known, add, count):
    track_id = await add()
    path = f"tracks/{track_id}/like"
    for likes in (1, 1):
        answer = await client.post(path, headers=known.headers | tagged())
        assert answer.json()["data"] == {"liked": True, "likes_count": likes}
        assert len(await events_of(services, answer)) == 1
    assert await count(EVENTS, track_id) == 1


async def test_a_refused_like_leaves_nothing_but_its_record(client, services, known, add, count):
    track_id = await add(visibility="private")
    answer = await client.post(f"tracks/{track_id}/like", headers=known.headers | tagged())
    assert answer.status_code == 404
    assert [event.status for event in await events_of(services, answer)] == [404]
    assert await count(LIKES, track_id) == await count(EVENTS, track_id) == 0


@pytest.mark.long
async def test_concurrent_likes_count_exactly(client, services, add, count):
    track_id = await add()
    people = [await make.person(services) for _ in range(12)]

    async def like(person, number):
        for step in range(6):
            method = "POST" if (step + number) % 3 else "DELETE"
            answer = await client.request(method, f"tracks/{track_id}/like", headers=person.headers)
            assert answer.status_code == 200

    # Each member twice at a time.
    await asyncio.gather(*(like(people[n % 12], n) for n in range(24)))

    shown = (await client.get(f"tracks/{track_id}")).json()["data"]["likes_count"]
    assert shown == await count(LIKES, track_id)
    assert await problems_of_audit(services) == []


async def test_a_track_that_becomes_private_meanwhile_is_not_liked(services, known, add, count):
    track_id = await add()
    async with services.database.transaction() as tx:
        await tx.run("update tracks set visibility = 'private' where id = $1", track_id)
        liking = asyncio.create_task(
            at_once(services, track_likes.like_at_once, track_id, known.member)
        )
        await until_somebody_waits(services.database)
    assert (await liking).__name__ == "TrackNotFound"
    assert await count(LIKES, track_id) == 0
