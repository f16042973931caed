"""Likes and plays over HTTP: permissions and counts."""

import asyncio
import re
from random import Random

import httpx
import pytest

from tests import make
from tests.domains.music.tracks.tracks_steps import STATES, publish
from tests.support.addresses import BASE_URL, own_address
from veza.app.api import wrap
from veza.core.listener_identity import MAX_LISTENERS_OF_A_NETWORK

LIKES = "select count(*) from track_likes where track_id = $1"
ANNOUNCED = "select count(*) from outbox where name = $1 and payload->>'track_id' = $2"


async def like(client, track_id, person, method="POST"):
    answer = await client.request(method, f"tracks/{track_id}/like", headers=person.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def counts(client, track_id):
    track = (await client.get(f"tracks/{track_id}")).json()["data"]
    return track["likes_count"], track["plays_count"]


async def test_liking_twice_counts_once(client, add, other):
    track_id = await add()

    assert await like(client, track_id, other) == {"liked": True, "likes_count": 1}
    assert await like(client, track_id, other) == {"liked": True, "likes_count": 1}
    assert await like(client, track_id, other, "DELETE") == {"liked": False, "likes_count": 0}
    assert await like(client, track_id, other, "DELETE") == {"liked": False, "likes_count": 0}


async def test_a_like_is_announced_once(client, add, other, count):
    track_id = await add()

    for _ in range(3):
        await like(client, track_id, other)

    assert await count(ANNOUNCED, "TrackLiked", str(track_id)) == 1


async def test_one_may_like_one_s_own_track(client, add, owner):
    assert (await like(client, await add(), owner))["likes_count"] == 1


@pytest.mark.long
async def test_a_hundred_likers_at_once_are_counted_exactly(client, services, add, count):
    track_id = await add()
    people = [await make.person(services) for _ in range(100)]

    answers = await asyncio.gather(*(like(client, track_id, p) for p in people for _ in range(2)))

    assert all(answer["liked"] for answer in answers)
    assert max(answer["likes_count"] for answer in answers) == 100
    assert (await counts(client, track_id))[0] == 100
    assert await count(LIKES, track_id) == 100
    assert await count(ANNOUNCED, "TrackLiked", str(track_id)) == 100


async def test_forty_likers_and_unlikers_at_once_are_counted_exactly(client, services, add, count):
    track_id = await add()
    people = [await make.person(services) for _ in range(40)]
    steps = [(person, method) for person in people for method in ("POST", "DELETE", "POST")]
    Random(7).shuffle(steps)

    answers = await asyncio.gather(*(like(client, track_id, *step) for step in steps))
    # The last word of the second twenty is that they don't like it after all.
    await asyncio.gather(*(like(client, track_id, person, "DELETE") for person in people[20:]))
    await asyncio.gather(*(like(client, track_id, person) for person in people[:20]))

    assert min(answer["likes_count"] for answer in answers) >= 0
    assert (await counts(client, track_id))[0] == 20
    assert await count(LIKES, track_id) == 20


def client_at(app, settings, address) -> httpx.AsyncClient:
    """Return a client with this address."""
    transport = httpx.ASGITransport(app=wrap(app, settings), client=(address, 1234))
    return httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/api/v1/")


async def play(client, track_id, seconds, **headers):
    answer = await client.post(
        f"tracks/{track_id}/plays", headers=headers, json={"listened_seconds": seconds}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_half_a_minute_is_a_play_and_less_is_none(client, add, other):
    track_id = await add()

    assert await play(client, track_id, 29, **other.headers) == {
        "counted": False,
        "plays_count": 0,
    }
    assert await play(client, track_id, 30, **other.headers) == {"counted": True, "plays_count": 1}


async def test_a_short_track_counts_when_heard_to_its_end(client, add, other):
    track_id = await add(duration_ms=12_700)

    assert not (await play(client, track_id, 11, **other.headers))["counted"]
    assert (await play(client, track_id, 12, **other.headers))["counted"]


async def test_a_listener_counts_once_in_half_an_hour(client, services, add, other):
    track_id = await add()
    await play(client, track_id, 180, **other.headers)
    back = "update track_plays set played_at = played_at - $2::interval where track_id = $1"

    assert not (await play(client, track_id, 180, **other.headers))["counted"]
    async with services.database.transaction() as tx:
        await tx.run(f"{back.replace('$2', "'29 minutes'")}", track_id)
    assert not (await play(client, track_id, 180, **other.headers))["counted"]
    async with services.database.transaction() as tx:
        await tx.run(f"{back.replace('$2', "'1 minute'")}", track_id)
    assert await play(client, track_id, 180, **other.headers) == {
        "counted": True,
        "plays_count": 2,
    }


async def test_a_user_agent_makes_no_other_listener(client, add):
    track_id = await add()

    states = [await play(client, track_id, 30, **{"user-agent": f"Agent {n}"}) for n in range(30)]

    assert [state["counted"] for state in states] == [True] + 29 * [False]


async def test_all_addresses_of_an_ipv6_network_are_one_listener(app, settings, add):
    track_id, network = await add(), own_address()
    counted = []
    for n in (1, 2, 3):
        near = client_at(app, settings, network.removesuffix("1") + str(n))
        async with near:
            counted.append((await play(near, track_id, 30))["counted"])

    assert counted == [True, False, False]


async def test_listeners_at_different_addresses_are_different(app, settings, add):
    track_id = await add()
    for address in (own_address(), own_address(), "192.0.2.1", "192.0.2.2"):
        async with client_at(app, settings, address) as far:
            assert (await play(far, track_id, 30))["counted"]


async def test_fresh_accounts_of_one_address_add_a_bounded_number_of_plays(
    client, app, settings, services, add
):
    track_id = await add()
    people = [await make.person(services) for _ in range(MAX_LISTENERS_OF_A_NETWORK + 10)]

    states = await asyncio.gather(
        *(play(client, track_id, 30, **person.headers) for person in people)
    )

    assert sum(state["counted"] for state in states) == MAX_LISTENERS_OF_A_NETWORK
    async with client_at(app, settings, own_address()) as elsewhere:
        uncounted = [
            person for person, state in zip(people, states, strict=True) if not state["counted"]
        ]
        assert (await play(elsewhere, track_id, 30, **uncounted[0].headers))["counted"]


async def test_no_address_is_stored_with_a_play(client, services, add):
    track_id = await add()
    await play(client, track_id, 30, **{"user-agent": "A very special browser"})
    sql = "select listener || ' ' || network from track_plays where track_id = $1"
    async with services.database.read() as conn:
        stored = await conn.value(str, sql, track_id)
    name, network = stored.split()
    # 128 bits of a keyed digest, and nothing beside it.
    assert name == f"n:{network}"
    assert re.fullmatch("[A-Za-z0-9_-]{22}", network)


async def test_a_hundred_reports_at_once_are_one_play(client, add, other):
    track_id = await add()

    states = await asyncio.gather(
        *(play(client, track_id, 30, **other.headers) for _ in range(100))
    )

    assert sum(state["counted"] for state in states) == 1
    assert (await counts(client, track_id))[1] == 1


async def test_a_track_that_is_not_ready_can_not_be_played(client, add, owner):
    for state in ("processing", "failed"):
        track_id = await add(**STATES[state])
        answer = await client.post(
            f"tracks/{track_id}/plays", headers=owner.headers, json={"listened_seconds": 30}
        )
        assert answer.status_code == 409
        assert answer.json()["code"] == "track_not_ready"


@pytest.mark.parametrize("body", [{}, {"listened_seconds": -1}, {"listened_seconds": "half"}])
async def test_a_wrong_report_is_refused(client, add, body):
    answer = await client.post(f"tracks/{await add()}/plays", json=body)

    assert answer.status_code == 400


async def test_liking_what_is_being_deleted_is_no_crash(client, services, owner, other):
    for _ in range(5):
        track_id = await publish(services, owner, title="On its way out")
        path = f"tracks/{track_id}"
        answers = await asyncio.gather(
            client.post(f"{path}/like", headers=other.headers),
            client.delete(path, headers=owner.headers),
            client.post(f"{path}/comments", headers=other.headers, json={"content": "Stay"}),
            client.post(f"{path}/plays", json={"listened_seconds": 60}),
            client.delete(f"{path}/like", headers=other.headers),
        )
        assert {answer.status_code for answer in answers} <= {200, 201, 404}
        assert answers[1].status_code == 200
