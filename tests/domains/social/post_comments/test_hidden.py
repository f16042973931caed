"""Comments of blocked, muted and suspended members, and the counts."""

import asyncio

import pytest

from tests import make
from tests.domains.social.post_comments.hidden_steps import MANY_SAID
from tests.domains.social.post_comments.routes_steps import (
    count_shown,
    delete,
    heard,
    listen,
    try_to_say,
)
from tests.support.waiting import until_somebody_waits
from veza.app.recounts import RecountMember, recount_member
from veza.domains.social.post_comments import personal_data, service
from veza.domains.social.post_comments.models import PostCommentRef
from veza.domains.social.posts import shared_queries as post_queries


@pytest.mark.parametrize("is_writer_s_doing", [True, False])
async def test_a_block_hides_comments_in_both_directions(
    client, services, post, author, reader, say, is_writer_s_doing
):
    third = await make.person(services)
    first = await say("First", by=third)
    said = await say("Reply", parent_id=first["id"])
    await say("Own", by=reader)
    pair = (reader, author) if is_writer_s_doing else (author, reader)
    await make.blocks(services, *pair)

    assert await heard(client, post, author) == ["First"]
    assert await heard(client, post, author, parent_id=first["id"]) == []
    assert await heard(client, post) == ["Own", "First"]
    answer = await try_to_say(client, post, author, parent_id=said["id"])
    assert (answer.status_code, answer.json()["code"]) == (404, "post_comment_not_found")
    # The post is hidden from the reader, whose comments remain theirs.
    path = f"social/posts/{post['id']}/comments"
    assert (await client.get(path, headers=reader.headers)).status_code == 404
    answer = await try_to_say(client, post, reader)
    assert (answer.status_code, answer.json()["code"]) == (404, "post_not_found")
    assert (await delete(client, first, reader)).status_code == 404
    assert (await delete(client, said, reader)).status_code == 200


async def test_an_author_may_delete_a_blocked_member_s_comment_on_their_post(
    client, services, post, author, reader, say
):
    said = await say()
    await make.blocks(services, author, reader)

    assert (await delete(client, said, author)).status_code == 200


async def test_somebody_blocked_can_t_be_probed_by_their_comments(
    client, services, post, reader, say
):
    third = await make.person(services)
    said = await say()
    assert (await delete(client, said, third)).status_code == 403

    await make.blocks(services, reader, third)

    assert (await delete(client, said, third)).status_code == 404
    form = {"content_type": "post_comment", "content_id": said["id"], "reason": "Rude."}
    answer = await client.post("reports", headers=third.headers, json=form)
    assert answer.status_code == 404


async def test_a_hidden_comment_with_replies_is_listed_as_a_placeholder(
    client, services, post, author, reader, say
):
    first = await say("First")
    await say("Reply", by=author, parent_id=first["id"])
    await say("Unanswered")

    for hide in (make.mutes, make.blocks):
        viewer = await make.person(services)
        await hide(services, viewer, reader)
        assert await heard(client, post, viewer) == [None]
        [gap] = (await listen(client, post, viewer))["comments"]
        assert (gap["id"], gap["author"]) == (first["id"], None)
        assert await heard(client, post, viewer, parent_id=first["id"]) == ["Reply"]
    await make.suspended(services, reader)
    assert await heard(client, post) == [None]
    await make.unsuspended(services, reader)
    assert await heard(client, post) == ["Unanswered", "First"]


async def test_a_muted_member_s_comment_can_be_replied_to(
    client, services, post, author, reader, say
):
    said = await say()
    await make.mutes(services, author, reader)

    answer = await try_to_say(client, post, author, parent_id=said["id"])

    assert answer.status_code == 201


async def test_comments_of_suspended_members_are_not_counted(
    client, services, post, author, reader, say, work
):
    first = await say("First", by=author)
    for n in range(2):
        await say(f"Reply {n}", parent_id=first["id"])
    await say("Comment")

    await make.suspended(services, reader)
    await work()
    assert await count_shown(client, post) == 1
    assert [said["replies_count"] for said in (await listen(client, post))["comments"]] == [0]

    await make.unsuspended(services, reader)
    await work()
    assert await count_shown(client, post) == 4
    assert [said["replies_count"] for said in (await listen(client, post))["comments"]] == [0, 2]


async def test_a_hidden_comment_that_is_deleted_is_not_subtracted_again(
    client, services, post, author, reader, moderator, say, work
):
    first = await say("First", by=author)
    hidden = [await say(parent_id=first["id"]), await say(), await say()]
    await make.suspended(services, reader)
    await work()

    for said in hidden[:2]:
        assert (await delete(client, said, moderator)).status_code == 200
    assert await count_shown(client, post) == 1
    await make.unsuspended(services, reader)
    await work()
    assert await count_shown(client, post) == 2


async def test_a_comment_deleted_while_a_recount_waits_is_subtracted_once(
    services, client, post, author, reader, say
):
    first = await say("First", by=reader)
    await say("Reply", by=author, parent_id=first["id"])
    await make.suspended(services, reader)
    async with services.database.transaction() as tx:
        await post_queries.lock_posts(tx, [post["id"]])
        recount = recount_member(services.database, RecountMember(reader.id))
        recounting = asyncio.create_task(recount)
        await until_somebody_waits(services.database)
        await service.delete_comments(tx, [PostCommentRef(first["id"], post["id"])])
    await recounting

    assert await count_shown(client, post) == 1


async def test_all_comments_of_a_member_are_exported_and_erased_and_replies_stay(tx):
    person, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    await tx.run(MANY_SAID, person.id, other.id)

    handed_out = await personal_data.export(tx, person.id)
    assert len({said.id for said in handed_out}) == 800

    await personal_data.erase(tx, person.id)
    assert await personal_data.export(tx, person.id) == []
    counted = "select sum(comments_count)::integer from posts where author_id = $1"
    assert await tx.value(int, counted, other.id) == 400
    left = """
        select count(*)::integer
          from post_comments c join posts p on p.id = c.post_id
         where p.author_id = $1 and c.deleted_at is not null and c.replies_count = 1
    """
    assert await tx.value(int, left, other.id) == 400
    await personal_data.erase(tx, other.id)
    assert await tx.value(int, counted, other.id) == 0
    assert await tx.value(int, left.replace("and c.replies_count = 1", ""), other.id) == 0
