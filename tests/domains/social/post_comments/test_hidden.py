"""Comments of blocked, muted and suspended members, and the counts."""

import asyncio
from random import Random

import pytest

from tests import make
from tests.domains.music.tracks.service_steps import until_somebody_waits
from tests.domains.social.post_comments.routes_steps import (
    count_shown,
    delete,
    heard,
    listen,
    try_to_say,
)
from tests.domains.social.posts.counters_steps import deliver
from veza.app.recounts import RecountMember, recount_member
from veza.core.errors import Unauthenticated
from veza.core.ids import UserId, new_id
from veza.domains.auth.accounts import service as accounts
from veza.domains.social.post_comments import personal_data, service
from veza.domains.social.post_comments.errors import NotYourPostComment, PostCommentNotFound
from veza.domains.social.post_comments.models import (
    PostCommentForm,
    PostCommentRef,
)
from veza.domains.social.posts import service as posts

# What the counts say, and what the rows say: of a post, and of each thread.
COUNTS = """
    select array[p.comments_count,
                 (select count(*) from post_comments c
                    join users u on u.id = c.author_id
                   where c.post_id = p.id and u.suspended_at is null)]
      from posts p
     where p.id = any($1)
     union all
    select array[b.replies_count,
                 (select count(*) from post_comments c
                    join users u on u.id = c.author_id
                   where c.parent_id = b.id and u.suspended_at is null)]
      from post_comments b
     where b.post_id = any($1)
"""
# More comments of somebody than a part holds, on posts of another, who answers every other one.
MANY_SAID = """
    with made as (
        insert into posts (id, author_id, content, comments_count)
        select gen_random_uuid(), $2, n::text, 3 from generate_series(1, 400) n
        returning id
    ), begun as (
        insert into post_comments (id, post_id, author_id, content, replies_count)
        select gen_random_uuid(), id, $1, 'begun', 1 from made
        returning id, post_id
    ), answered as (
        insert into post_comments (id, post_id, parent_id, author_id, content)
        select gen_random_uuid(), post_id, id, $2, 'answered' from begun
    )
    insert into post_comments (id, post_id, author_id, content)
    select gen_random_uuid(), id, $1, 'alone' from made
"""
EMPTY = """
    select count(*)::integer
      from post_comments c
     where c.post_id = any($1) and c.deleted_at is not null
       and not exists (select from post_comments r where r.parent_id = c.id)
"""


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
    # What an earlier event ordered, late; and twice at once.
    job = RecountMember(reader.id)
    await asyncio.gather(*(recount_member(services.database, job) for _ in range(2)))
    assert await count_shown(client, post) == 4


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


async def test_a_deleted_member_is_not_recounted(services):
    job = RecountMember(UserId(new_id()))
    await recount_member(services.database, job)


async def test_more_than_a_batch_is_recounted_and_twice_is_the_same_as_once(
    services, author, reader
):
    async with services.database.transaction() as tx:
        await tx.run(MANY_SAID, reader.id, author.id)
    counted = """
        select array[sum(p.comments_count)::integer,
                     (select sum(c.replies_count)::integer from post_comments c
                       where c.author_id = $2)]
          from posts p
         where p.author_id = $1
    """
    sides = ((make.suspended, [400, 400]), (make.unsuspended, [1200, 400]))
    for change, expected in sides:
        await change(services, reader)
        for _ in range(2):
            await recount_member(services.database, RecountMember(reader.id))
            async with services.database.read() as conn:
                assert await conn.value(list[int], counted, author.id, reader.id) == expected
    # They would be in everybody's lists.
    async with services.database.transaction() as tx:
        await tx.run("delete from posts where author_id = $1", author.id)


async def test_a_comment_deleted_while_a_recount_waits_is_subtracted_once(
    services, client, post, author, reader, say
):
    first = await say("First", by=reader)
    await say("Reply", by=author, parent_id=first["id"])
    await make.suspended(services, reader)
    async with services.database.transaction() as tx:
        await posts.lock_posts(tx, [post["id"]])
        recount = recount_member(services.database, RecountMember(reader.id))
        recounting = asyncio.create_task(recount)
        await until_somebody_waits(services.database)
        await service.delete_comments(tx, [PostCommentRef(first["id"], post["id"])])
    await recounting

    assert await count_shown(client, post) == 1


async def test_a_member_who_comments_while_being_suspended_is_refused(services, post, reader):
    async def speak():
        async with services.database.transaction() as tx:
            await service.comment(tx, reader.member, PostCommentForm(post["id"], "One more"))

    async with services.database.transaction() as tx:
        await accounts.suspend(tx, reader.id, "Enough.")
        speaking = asyncio.create_task(speak())
        await until_somebody_waits(services.database)
    with pytest.raises(Unauthenticated):
        await speaking


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


async def test_counts_are_exact_after_concurrent_changes(services, publish, work):
    post_ids = [(await publish())["id"] for _ in range(3)]
    people = [await make.person(services) for _ in range(4)]
    said = []

    lives = [_live(services, person, post_ids, said, Random(n)) for n, person in enumerate(people)]
    await asyncio.gather(*lives, *(deliver(work) for _ in range(2)))
    await make.recounted(services)

    async with services.database.read() as conn:
        rows = await conn.column(list[int], COUNTS, post_ids)
        assert all(counted == shown for counted, shown in rows), rows
        assert await conn.value(int, EMPTY, post_ids) == 0


async def _live(services, person, post_ids, said, chance):
    """Comment, reply, delete, be suspended and come back, at random."""
    for _ in range(40):
        try:
            async with services.database.transaction() as tx:
                await _act(tx, person, post_ids, said, chance)
        except Unauthenticated:
            await make.unsuspended(services, person)
        except (NotYourPostComment, PostCommentNotFound):
            continue


async def _act(tx, person, post_ids, said, chance):
    drawn = chance.random()
    if drawn < 0.3 or not said:
        form = PostCommentForm(chance.choice(post_ids), "!")
        said.append(await service.comment(tx, person.member, form))
    elif drawn < 0.6:
        parent = chance.choice(said)
        form = PostCommentForm(parent.post_id, "!", parent.id)
        said.append(await service.comment(tx, person.member, form))
    elif drawn < 0.85:
        await service.delete_comment(tx, chance.choice(said).id, person.member)
    elif not await accounts.suspend(tx, person.id, "Enough."):
        await accounts.lift_suspension(tx, person.id)
