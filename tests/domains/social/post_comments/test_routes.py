"""Comments on posts over HTTP: permissions, order and counts."""

import asyncio
from uuid import uuid4

import pytest

from tests import make
from tests.domains.social.post_comments.routes_steps import (
    count_shown,
    delete,
    heard,
    listen,
    try_to_say,
)

COMMENTS = "select count(*)::integer from post_comments where post_id = $1"


async def test_a_comment_has_an_author_and_content(client, post, reader, say):
    said = await say(" Where was it? ")

    assert said["author"] == make.shown(reader)
    assert (said["content"], said["parent_id"], said["replies_count"]) == ("Where was it?", None, 0)
    assert await listen(client, post) == {
        "comments": [said],
        "next_cursor": None,
        "has_more": False,
    }
    assert await count_shown(client, post) == 1


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"content": ""}, "content"),
        ({"content": " \n "}, "content"),
        ({"content": "x" * 2001}, "content"),
        ({"content": None}, "content"),
        ({"post_id": "none"}, "post_id"),
        ({"parent_id": "none"}, "parent_id"),
    ],
)
async def test_a_wrong_comment_is_refused_by_its_field(client, post, reader, form, field):
    answer = await try_to_say(client, post, reader, **form)

    assert answer.status_code == 400, answer.text
    assert answer.json()["details"][0]["field"] == field
    assert await count_shown(client, post) == 0


@pytest.mark.parametrize("content", ["no\x00thing", "🌊" * 2000, "<script>alert(1)</script>"])
async def test_content_is_stored_as_written_or_refused(client, post, reader, content):
    answer = await try_to_say(client, post, reader, content=content)

    if "\x00" in content:
        assert answer.status_code == 400
    else:
        assert answer.json()["data"]["content"] == content


async def test_a_reply_to_a_reply_belongs_to_the_same_thread(client, post, author, say):
    first = await say("First")
    reply = await say("Reply", by=author, parent_id=first["id"])
    second = await say("Second", parent_id=reply["id"])

    assert (reply["parent_id"], second["parent_id"]) == (first["id"], first["id"])
    assert await heard(client, post) == ["First"]
    assert await heard(client, post, parent_id=first["id"]) == ["Reply", "Second"]
    assert (await listen(client, post))["comments"][0]["replies_count"] == 2
    assert await count_shown(client, post) == 3


async def test_the_event_names_the_author_replied_to(services, post, author, reader, say):
    somebody = await make.person(services)
    first = await say("First")
    reply = await say("Reply", by=somebody, parent_id=first["id"])
    await say("Hi @Ana", by=author, parent_id=reply["id"])

    sql = """
        select coalesce(payload->>'parent_author_id', 'nobody')
          from outbox
         where name = 'PostCommented' and payload->>'post_id' = $1
           and payload->>'post_author_id' = $2
         order by id
    """
    async with services.database.read() as conn:
        told = await conn.column(str, sql, post["id"], str(author.id))
    assert told == ["nobody", str(reader.id), str(somebody.id)]


async def test_a_reply_needs_a_comment_on_the_same_post(client, publish, post, reader, say):
    said, another = await say(), await publish("Another")

    for parent_id in (said["id"], str(uuid4())):
        answer = await try_to_say(client, another, reader, parent_id=parent_id)
        assert (answer.status_code, answer.json()["code"]) == (404, "post_comment_not_found")
        path = f"social/posts/{another['id']}/comments"
        answer = await client.get(path, params={"parent_id": parent_id})
        assert (answer.status_code, answer.json()["code"]) == (404, "post_comment_not_found")


@pytest.mark.parametrize("is_reply", [False, True])
async def test_comments_are_paged_each_once(client, services, post, reader, say, is_reply):
    parent = await say("Begin") if is_reply else None
    sql = """
        insert into post_comments (id, post_id, parent_id, author_id, content, created_at)
        select gen_random_uuid(), $1, $2, $3, n::text, now() - (n / 4) * interval '1 second'
          from generate_series(1, 50) n
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, post["id"], parent and parent["id"], reader.id)
        await tx.run("update posts set comments_count = 50 where id = $1", post["id"])

    seen, query = [], {"limit": 7} | ({"parent_id": parent["id"]} if parent else {})
    while True:
        page = await listen(client, post, **query)
        seen += page["comments"]
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]
        if not parent:
            await say("meanwhile")

    assert sorted(int(said["content"]) for said in seen) == list(range(1, 51))
    moments = [said["created_at"] for said in seen]
    assert moments == sorted(moments, reverse=not is_reply)


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=abc", "cursor=nonsense", "parent_id=x"]
)
async def test_a_wrong_page_of_comments_is_refused(client, post, query):
    answer = await client.get(f"social/posts/{post['id']}/comments?{query}")

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("who", "status"), [("writer", 200), ("author", 200), ("moderator", 200), ("somebody", 403)]
)
async def test_writer_author_and_moderators_may_delete_a_comment(
    client, services, post, author, reader, moderator, say, who, status
):
    people = {
        "writer": reader,
        "author": author,
        "moderator": moderator,
        "somebody": await make.person(services),
    }
    said = await say()

    answer = await delete(client, said, people[who])

    assert answer.status_code == status
    left = 1 if status == 403 else 0
    assert await count_shown(client, post) == left
    again = await delete(client, said, people[who])
    assert again.status_code == (403 if left else 404)
    assert await count_shown(client, post) == left


async def test_replies_outlive_their_comment(client, post, author, reader, say):
    first = await say("First")
    reply = await say("Reply", by=author, parent_id=first["id"])

    assert (await delete(client, first, reader)).status_code == 200

    [gap] = (await listen(client, post))["comments"]
    assert (gap["id"], gap["author"], gap["content"]) == (first["id"], None, None)
    assert gap["replies_count"] == 1
    assert await heard(client, post, parent_id=first["id"]) == ["Reply"]
    assert await count_shown(client, post) == 1
    for who in (reader, author):
        assert (await delete(client, first, who)).status_code == 404
    answer = await try_to_say(client, post, reader, parent_id=first["id"])
    assert answer.status_code == 404

    assert (await delete(client, reply, author)).status_code == 200
    assert await heard(client, post) == []
    assert await count_shown(client, post) == 0


async def test_a_placeholder_is_deleted_with_its_last_reply(client, post, author, say):
    first = await say("First")
    reply = await say("Reply", by=author, parent_id=first["id"])

    await delete(client, reply, author)

    assert await heard(client, post) == ["First"]
    assert (await listen(client, post))["comments"][0]["replies_count"] == 0


async def test_comments_go_with_their_post(client, post, author, say, count):
    first = await say("First")
    await say("Reply", parent_id=first["id"])

    answer = await client.delete(f"social/posts/{post['id']}", headers=author.headers)

    assert answer.status_code == 200
    assert await count(COMMENTS, post["id"]) == 0


@pytest.mark.long
async def test_comments_made_and_deleted_at_once_are_counted_exactly(
    client, post, reader, say, count
):
    first = await say("First")
    made = await asyncio.gather(*(say(parent_id=first["id"]) for _ in range(20)))
    made += await asyncio.gather(*(say() for _ in range(20)))

    # Each is deleted twice at once: one of the two finds nothing.
    answers = await asyncio.gather(
        *(delete(client, said, reader) for said in made[10:30] for _ in range(2)),
        *(try_to_say(client, post, reader, parent_id=first["id"]) for _ in range(5)),
    )

    assert sorted(answer.status_code for answer in answers) == [200] * 20 + [201] * 5 + [404] * 20
    assert await count_shown(client, post) == 26
    assert await count(COMMENTS, post["id"]) == 26
    shown = (await listen(client, post))["comments"]
    assert [said["replies_count"] for said in shown if said["id"] == first["id"]] == [15]


async def test_a_report_of_a_comment_keeps_its_content(client, post, author, say, count):
    said = await say("So rude")
    form = {"content_type": "post_comment", "content_id": said["id"], "reason": "Rude."}

    answer = await client.post("reports", headers=author.headers, json=form)

    assert answer.status_code == 201, answer.text
    sql = """
        select count(*)::integer
          from reports
         where content_id = $1 and evidence->>'content' = 'So rude' and author_id = $2
    """
    assert await count(sql, said["id"], said["author"]["id"]) == 1
