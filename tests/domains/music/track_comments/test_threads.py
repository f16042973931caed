"""Replies, likes and edits of comments on tracks, over HTTP."""

import pytest

from tests import make
from tests.domains.music.track_comments.routes_steps import comment, count_shown
from tests.support.query_counts import count_statements
from veza.domains.music.track_comments import personal_data


@pytest.fixture
async def track(add):
    return await add(duration_ms=60_000)


@pytest.fixture
async def third(services):
    return await make.person(services)


async def say(client, track, person, **form):
    answer = await comment(client, track, person, **form)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


async def listen(client, track, viewer=None, **query):
    headers = {} if viewer is None else viewer.headers
    answer = await client.get(f"tracks/{track}/comments", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["comments"]


async def delete(client, said, person):
    path = f"tracks/{said['track_id']}/comments/{said['id']}"
    return (await client.delete(path, headers=person.headers)).status_code


async def edit(client, said, person, content):
    path = f"tracks/{said['track_id']}/comments/{said['id']}"
    return await client.put(path, headers=person.headers, json={"content": content})


async def like(client, said, person, method="POST"):
    path = f"tracks/{said['track_id']}/comments/{said['id']}/like"
    answer = await client.request(method, path, headers=person.headers)
    return answer.json()["data"] if answer.status_code == 200 else answer.status_code


async def test_replies_are_one_level_below_oldest_first(client, track, owner, other):
    first = await say(client, track, other, position_seconds=4)
    said = [await say(client, track, owner, parent_id=first["id"], content="0")]
    # A reply to a reply belongs to the same thread.
    for n in range(1, 5):
        said.append(await say(client, track, other, parent_id=said[-1]["id"], content=str(n)))
    await say(client, track, owner, content="Another")

    newest, thread = await listen(client, track)

    assert (newest["content"], newest["replies_count"], newest["replies"]) == ("Another", 0, [])
    assert (thread["id"], thread["replies_count"]) == (first["id"], 5)
    assert [each["content"] for each in thread["replies"]] == ["0", "1", "2"]
    assert {each["parent_id"] for each in said} == {first["id"]}
    assert await count_shown(client, track) == 7
    pages = [await listen(client, track, parent_id=first["id"], limit=limit) for limit in (2, 50)]
    assert [[each["content"] for each in page] for page in pages] == [list("01"), list("01234")]


async def test_a_reply_needs_a_comment_of_the_track_and_has_no_position(client, add, track, other):
    elsewhere = await say(client, await add(), other)
    first = await say(client, track, other)

    answer = await comment(client, track, other, parent_id=elsewhere["id"])
    assert (answer.status_code, answer.json()["code"]) == (404, "comment_not_found")
    path = f"tracks/{track}/comments?parent_id={elsewhere['id']}"
    assert (await client.get(path)).status_code == 404
    answer = await comment(client, track, other, parent_id=first["id"], position_seconds=1)
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "position_seconds")
    assert await count_shown(client, track) == 1


async def test_a_deleted_comment_stays_without_its_words_until_its_last_reply_goes(
    client, track, owner, other, third
):
    first = await say(client, track, other)
    replies = [await say(client, track, owner, parent_id=first["id"]) for _ in range(2)]
    await like(client, first, third)

    assert await delete(client, first, other) == 200

    [left] = await listen(client, track)
    assert (left["author"], left["content"], left["likes_count"]) == (None, None, 0)
    assert (left["replies_count"], await count_shown(client, track)) == (2, 2)
    assert await delete(client, first, owner) == 404
    assert await like(client, first, third) == 404
    assert (await edit(client, first, other, "Back")).status_code == 404
    assert (await comment(client, track, other, parent_id=first["id"])).status_code == 404
    assert [await delete(client, each, owner) for each in replies] == [200, 200]
    assert await listen(client, track) == []
    assert await count_shown(client, track) == 0


async def test_likes_count_once_for_each_member_and_only_theirs_is_marked(
    client, track, owner, other, third
):
    said = await say(client, track, other)

    assert await like(client, said, third) == {"liked": True, "likes_count": 1}
    assert await like(client, said, third) == {"liked": True, "likes_count": 1}
    assert await like(client, said, owner) == {"liked": True, "likes_count": 2}
    assert await like(client, said, owner, "DELETE") == {"liked": False, "likes_count": 1}
    assert await like(client, said, owner, "DELETE") == {"liked": False, "likes_count": 1}
    shown = [(await listen(client, track, viewer))[0] for viewer in (third, owner, None)]
    assert [(each["liked"], each["likes_count"]) for each in shown] == [
        (True, 1),
        (False, 1),
        (False, 1),
    ]


async def test_only_its_author_edits_a_comment_and_it_says_so(client, track, owner, other):
    said = await say(client, track, other, position_seconds=3)
    assert said["edited_at"] is None

    same = (await edit(client, said, other, " Lovely ")).json()["data"]
    assert (same["content"], same["edited_at"]) == ("Lovely", None)
    edited = (await edit(client, said, other, "Lovelier")).json()["data"]
    assert (edited["content"], edited["position_seconds"]) == ("Lovelier", 3)
    assert edited["edited_at"] > edited["created_at"]
    refused = await edit(client, said, owner, "Terrible")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_the_author")
    assert (await edit(client, said, other, " ")).status_code == 400
    assert await listen(client, track) == [edited]


async def test_blocked_and_muted_people_stay_out_of_threads(
    client, services, track, owner, other, third
):
    first = await say(client, track, other)
    reply = await say(client, track, third, parent_id=first["id"])
    blocker, muter = [await make.person(services) for _ in range(2)]
    await make.blocks(services, blocker, other, third)
    await make.mutes(services, muter, third)

    assert await like(client, first, blocker) == 404
    assert (await comment(client, track, blocker, parent_id=first["id"])).status_code == 404
    [hidden] = await listen(client, track, blocker)
    assert (hidden["author"], hidden["content"], hidden["replies"]) == (None, None, [])
    [thread] = await listen(client, track, muter)
    assert (thread["id"], thread["content"], thread["replies"]) == (first["id"], "Lovely", [])
    assert await listen(client, track, muter, parent_id=first["id"]) == []
    # What a member has said and liked before a block may be taken back, but not changed.
    await like(client, first, third)
    await make.blocks(services, owner, third)
    await make.blocks(services, other, third)
    assert (await edit(client, reply, third, "More")).status_code == 403
    assert await like(client, first, third, "DELETE") == {"liked": False, "likes_count": 0}
    assert await delete(client, reply, third) == 200


async def test_counts_stay_exact_when_members_are_suspended_and_erased(
    client, services, track, owner, other, third, work
):
    first = await say(client, track, owner)
    await say(client, track, other, parent_id=first["id"])
    await say(client, track, third, parent_id=first["id"])
    theirs = await say(client, track, other)
    await say(client, track, owner, parent_id=theirs["id"])
    for person in (other, third):
        await like(client, first, person)

    async def counts():
        shown = {each["id"]: each for each in await listen(client, track)}
        thread = shown[first["id"]]
        return thread["replies_count"], thread["likes_count"], await count_shown(client, track)

    assert await counts() == (2, 2, 5)
    await make.suspended(services, other)
    await work()
    assert await counts() == (1, 1, 3)
    await make.unsuspended(services, other)
    await work()
    assert await counts() == (2, 2, 5)
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, other.id)
    assert await counts() == (1, 1, 3)
    assert [each["content"] for each in await listen(client, track)] == [None, "Lovely"]


async def test_a_reply_notifies_the_author_replied_to_once(client, services, track, owner, other):
    first = await say(client, track, other)
    await say(client, track, owner, parent_id=first["id"], content=f"@{other.username} thanks!")
    await make.delivered(services)

    answer = await client.get("notifications", headers=other.headers)

    [one] = answer.json()["data"]["notifications"]
    assert (one["kind"], one["track"]["id"]) == ("reply", str(track))
    assert one["comment"]["excerpt"].endswith("thanks!")


async def test_no_list_takes_more_statements_the_more_is_said(
    client, services, track, owner, other
):
    path = f"tracks/{track}/comments"
    first = await say(client, track, other)
    await say(client, track, owner, parent_id=first["id"])
    few = await count_statements(client, services, path, other)
    for _ in range(4):
        said = await say(client, track, other)
        for _ in range(4):
            await say(client, track, owner, parent_id=said["id"])

    many = await count_statements(client, services, path, other)

    assert (few, many.total()) == (many, 3)
