"""Comments on tracks over HTTP: permissions, pages and counts."""

import asyncio

import pytest

from tests import make
from tests.domains.music.track_comments.routes_steps import comment, count_shown

COMMENTS = "select count(*) from track_comments where track_id = $1"


async def test_a_comment_has_an_author_content_and_position(client, add, other):
    track_id = await add(duration_ms=60_000)

    answer = await comment(client, track_id, other, content=" That bass! ", position_seconds=12.5)

    assert answer.status_code == 201
    said = answer.json()["data"]
    assert said["author"] == make.shown(other)
    assert (said["content"], said["position_seconds"]) == ("That bass!", 12.5)
    listed = (await client.get(f"tracks/{track_id}/comments")).json()["data"]
    assert listed == {"comments": [said], "next_cursor": None, "has_more": False}
    assert await count_shown(client, track_id) == 1


async def test_comments_of_muted_and_blocked_members_are_not_listed(client, services, add, other):
    track_id = await add()
    await comment(client, track_id, other)

    async def listed(viewer):
        answer = await client.get(f"tracks/{track_id}/comments", headers=viewer.headers)
        return [each["author"]["id"] for each in answer.json()["data"]["comments"]]

    muter, blocker, blocked = [await make.person(services) for _ in range(3)]
    await make.mutes(services, muter, other)
    await make.blocks(services, blocker, other)
    await make.blocks(services, other, blocked)

    assert [await listed(each) for each in (muter, blocker, blocked)] == [[], [], []]
    assert await listed(other) == [str(other.id)]


async def test_nobody_comments_across_a_block(client, add, owner, other):
    track_id = await add()
    before = (await comment(client, track_id, other)).json()["data"]
    for blocker, blocked in ((owner, other), (other, owner)):
        path = f"users/{blocked.id}/block"
        await client.post(path, headers=blocker.headers)

        refused = await comment(client, track_id, other)

        assert (refused.status_code, refused.json()["code"]) == (403, "cannot_comment")
        # It is heard all the same, and what was said before may be taken back.
        assert (await client.get(f"tracks/{track_id}", headers=other.headers)).status_code == 200
        await client.delete(path, headers=blocker.headers)
    assert (await comment(client, track_id, owner)).status_code == 201
    assert (await comment(client, track_id, other)).status_code == 201
    path = f"tracks/{track_id}/comments/{before['id']}"
    assert (await client.delete(path, headers=other.headers)).status_code == 200


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
    assert await count_shown(client, track_id) == 0


@pytest.mark.parametrize("position_seconds", [0, 60])
async def test_a_comment_may_stand_at_either_end(client, add, other, position_seconds):
    track_id = await add(duration_ms=60_000)

    answer = await comment(client, track_id, other, position_seconds=position_seconds)

    assert answer.json()["data"]["position_seconds"] == position_seconds


@pytest.mark.parametrize("content", ["no\x00thing", "🌊" * 2000, "<script>alert(1)</script>"])
async def test_content_is_stored_as_written_or_refused(client, add, other, content):
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
    assert await count_shown(client, track_id) == left
    again = await client.delete(path, headers=people[who].headers)
    assert again.status_code == (403 if left else 404)
    assert await count_shown(client, track_id) == left


async def test_a_comment_is_deleted_under_its_own_track_only(client, add, other):
    track_id, another = await add(), await add()
    said = (await comment(client, track_id, other)).json()["data"]

    answer = await client.delete(f"tracks/{another}/comments/{said['id']}", headers=other.headers)

    assert answer.status_code == 404
    assert answer.json()["code"] == "comment_not_found"
    assert await count_shown(client, track_id) == 1


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
    assert await count_shown(client, track_id) == 25
    assert await count(COMMENTS, track_id) == 25
