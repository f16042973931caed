"""Likes, comments and plays over HTTP: who may, and that they are counted exactly."""

import asyncio
from random import Random

import pytest

from tests import make
from tests.domains.tracks.conftest import STATES, publish

ROW_COUNT = {
    "likes": "select count(*) from track_likes where track_id = $1",
    "comments": "select count(*) from track_comments where track_id = $1",
}
ANNOUNCED = "select count(*) from outbox where name = $1 and payload->>'track_id' = $2"


async def like(client, track_id, person, method="POST"):
    answer = await client.request(method, f"tracks/{track_id}/like", headers=person.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def counts(client, track_id):
    track = (await client.get(f"tracks/{track_id}")).json()["data"]
    return track["likes_count"], track["comments_count"], track["plays_count"]


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


async def test_a_hundred_likers_at_once_are_counted_exactly(client, services, add, count):
    track_id = await add()
    people = [await make.person(services) for _ in range(100)]

    answers = await asyncio.gather(*(like(client, track_id, p) for p in people for _ in range(2)))

    assert all(answer["liked"] for answer in answers)
    assert max(answer["likes_count"] for answer in answers) == 100
    assert (await counts(client, track_id))[0] == 100
    assert await count(ROW_COUNT["likes"], track_id) == 100
    assert await count(ANNOUNCED, "TrackLiked", str(track_id)) == 100


async def test_a_hundred_likers_and_unlikers_at_once_are_counted_exactly(
    client, services, add, count
):
    track_id = await add()
    people = [await make.person(services) for _ in range(100)]
    steps = [(person, method) for person in people for method in ("POST", "DELETE", "POST")]
    Random(7).shuffle(steps)

    answers = await asyncio.gather(*(like(client, track_id, *step) for step in steps))
    # The last word of the second fifty is that they don't like it after all.
    await asyncio.gather(*(like(client, track_id, person, "DELETE") for person in people[50:]))
    await asyncio.gather(*(like(client, track_id, person) for person in people[:50]))

    assert min(answer["likes_count"] for answer in answers) >= 0
    assert (await counts(client, track_id))[0] == 50
    assert await count(ROW_COUNT["likes"], track_id) == 50


async def comment(client, track_id, person, **form):
    path = f"tracks/{track_id}/comments"
    return await client.post(path, headers=person.headers, json={"content": "Lovely"} | form)


async def test_a_comment_shows_who_said_what_and_where(client, add, other):
    track_id = await add(duration_ms=60_000)

    answer = await comment(client, track_id, other, content=" That bass! ", position_seconds=12.5)

    assert answer.status_code == 201
    said = answer.json()["data"]
    assert said["author"] == {"id": str(other.id), "username": other.username}
    assert (said["content"], said["position_seconds"]) == ("That bass!", 12.5)
    listed = (await client.get(f"tracks/{track_id}/comments")).json()["data"]
    assert listed == {"comments": [said], "next_cursor": None, "has_more": False}
    assert (await counts(client, track_id))[1] == 1


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"content": ""}, "content"),
        ({"content": " \n "}, "content"),
        ({"content": "x" * 2001}, "content"),
        ({"content": None}, "content"),
        ({"position_seconds": -0.001}, "position_seconds"),
        ({"position_seconds": 60.001}, "position_seconds"),
        ({"position_seconds": 10**9}, "position_seconds"),
        ({"position_seconds": "twelve"}, "position_seconds"),
    ],
)
async def test_a_wrong_comment_is_refused_by_its_field(client, add, other, form, field):
    track_id = await add(duration_ms=60_000)

    answer = await comment(client, track_id, other, **form)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == field
    assert (await counts(client, track_id))[1] == 0


@pytest.mark.parametrize("position_seconds", [0, 60])
async def test_a_comment_may_stand_at_either_end(client, add, other, position_seconds):
    track_id = await add(duration_ms=60_000)

    answer = await comment(client, track_id, other, position_seconds=position_seconds)

    assert answer.json()["data"]["position_seconds"] == position_seconds


@pytest.mark.parametrize("content", ["no\x00thing", "🌊" * 2000, "<script>alert(1)</script>"])
async def test_comments_are_kept_as_written_or_refused(client, add, other, content):
    answer = await comment(client, await add(), other, content=content)

    if "\x00" in content:
        assert answer.status_code == 400
    else:
        assert answer.json()["data"]["content"] == content


async def test_comments_are_paged_newest_first_each_once(client, services, add, other):
    track_id = await add()
    sql = """
        insert into track_comments (id, track_id, author_id, content, created_at)
        select gen_random_uuid(), $1, $2, n::text, now() - (n / 4) * interval '1 second'
          from generate_series(1, 50) n
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, track_id, other.id)
        await tx.run("update tracks set comments_count = 50 where id = $1", track_id)

    seen, query = [], {"limit": 7}
    while True:
        page = (await client.get(f"tracks/{track_id}/comments", params=query)).json()["data"]
        seen += page["comments"]
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]
        await comment(client, track_id, other, content="meanwhile")

    assert sorted(int(said["content"]) for said in seen) == list(range(1, 51))
    moments = [said["created_at"] for said in seen]
    assert moments == sorted(moments, reverse=True)


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=abc", "cursor=nonsense"])
async def test_a_wrong_page_of_comments_is_refused(client, add, query):
    assert (await client.get(f"tracks/{await add()}/comments?{query}")).status_code == 400


@pytest.mark.parametrize(
    ("who", "status"), [("author", 200), ("owner", 200), ("moderator", 200), ("somebody", 403)]
)
async def test_author_owner_and_moderators_may_delete_a_comment(
    client, services, add, owner, other, moderator, who, status
):
    people = {
        "author": other,
        "owner": owner,
        "moderator": moderator,
        "somebody": await make.person(services),
    }
    track_id = await add()
    said = (await comment(client, track_id, other)).json()["data"]
    path = f"tracks/{track_id}/comments/{said['id']}"

    answer = await client.delete(path, headers=people[who].headers)

    assert answer.status_code == status
    left = 1 if status == 403 else 0
    assert (await counts(client, track_id))[1] == left
    again = await client.delete(path, headers=people[who].headers)
    assert again.status_code == (403 if left else 404)
    assert (await counts(client, track_id))[1] == left


async def test_a_comment_is_deleted_under_its_own_track_only(client, add, other):
    track_id, another = await add(), await add()
    said = (await comment(client, track_id, other)).json()["data"]

    answer = await client.delete(f"tracks/{another}/comments/{said['id']}", headers=other.headers)

    assert answer.status_code == 404
    assert answer.json()["code"] == "comment_not_found"
    assert (await counts(client, track_id))[1] == 1


async def test_comments_made_and_deleted_at_once_are_counted_exactly(client, add, other, count):
    track_id = await add()
    made = await asyncio.gather(*(comment(client, track_id, other) for _ in range(40)))
    paths = [f"tracks/{track_id}/comments/{answer.json()['data']['id']}" for answer in made[:20]]

    # Each is deleted twice at once: one of the two finds nothing.
    answers = await asyncio.gather(
        *(client.delete(path, headers=other.headers) for path in paths for _ in range(2)),
        *(comment(client, track_id, other) for _ in range(5)),
    )

    assert {answer.status_code for answer in answers} <= {200, 201, 404}
    assert (await counts(client, track_id))[1] == 25
    assert await count(ROW_COUNT["comments"], track_id) == 25


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


async def test_listeners_without_an_account_are_told_apart_by_their_device(client, add, count):
    track_id = await add()
    phone, desk = {"user-agent": "A phone"}, {"user-agent": "A desk"}

    assert (await play(client, track_id, 30, **phone))["counted"]
    assert not (await play(client, track_id, 30, **phone))["counted"]
    assert (await play(client, track_id, 30, **desk))["counted"]
    # Of the device only a hash is kept.
    sql = "select count(*) from track_plays where track_id = $1 and listener ~ '^a:[0-9a-f]{64}$'"
    assert await count(sql, track_id) == 2


async def test_a_hundred_reports_at_once_are_one_play(client, add, other):
    track_id = await add()

    states = await asyncio.gather(
        *(play(client, track_id, 30, **other.headers) for _ in range(100))
    )

    assert sum(state["counted"] for state in states) == 1
    assert (await counts(client, track_id))[2] == 1


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
