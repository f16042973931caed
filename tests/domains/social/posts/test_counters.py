"""Likes of posts are counted exactly, without those of suspended members."""

import asyncio
from random import Random

import pytest

from tests import make
from tests.domains.music.tracks.service_steps import until_somebody_waits
from tests.domains.social.posts.counters_steps import deliver
from tests.domains.social.posts.routes_steps import like, show
from veza.app.recounts import RecountMember, recount_member
from veza.core.errors import Unauthenticated
from veza.core.ids import UserId, new_id
from veza.domains.auth.accounts import service as accounts
from veza.domains.social.posts import personal_data, service
from veza.domains.social.posts.errors import NotYourPost, PostNotFound

# The stored count, and the number of rows.
COUNTS = """
    select array[p.likes_count,
                 (select count(*) from post_likes l
                    join users u on u.id = l.user_id
                   where l.post_id = p.id and u.suspended_at is null)]
      from posts p
     where p.id = any($1)
"""
# More posts than a batch holds, all liked by a member.
MANY_LIKED = """
    with made as (
        insert into posts (id, author_id, content, likes_count)
        select gen_random_uuid(), $1, n::text, 1 from generate_series(1, 1001) n
        returning id
    )
    insert into post_likes (post_id, user_id) select id, $2 from made
"""
LATEST = """
    select count(*)::integer
      from users u
      left join latest_posts l on l.author_id = u.id
     where u.id = any($1)
       and l.post_id is distinct from (
            select p.id from posts p where p.author_id = u.id
             order by p.created_at desc, p.id desc limit 1)
"""


async def likes_of(client, post):
    return (await show(client, post)).json()["data"]["likes_count"]


async def test_concurrent_likes_are_counted_exactly(client, services, publish, count):
    post = await publish()
    people = [await make.person(services) for _ in range(15)]

    answers = await asyncio.gather(*(like(client, post, person) for person in people))

    assert sorted(answer.json()["data"]["likes_count"] for answer in answers) == list(range(1, 16))
    assert await likes_of(client, post) == 15


async def test_an_odd_number_of_concurrent_toggles_ends_in_a_like(client, publish, reader):
    post = await publish()

    answers = await asyncio.gather(*(like(client, post, reader) for _ in range(15)))

    assert {answer.status_code for answer in answers} == {200}
    assert sum(answer.json()["data"]["liked"] for answer in answers) == 8
    assert await likes_of(client, post) == 1


async def test_likes_of_suspended_members_are_not_counted(
    client, services, publish, author, reader, work
):
    post = await publish()
    for person in (author, reader):
        await like(client, post, person)

    await make.suspended(services, reader)
    await work()
    assert await likes_of(client, post) == 1
    await make.unsuspended(services, reader)
    await work()
    assert await likes_of(client, post) == 2


async def test_only_the_last_of_many_changes_counts_and_twice_is_the_same_as_once(
    client, services, publish, reader, work
):
    post = await publish()
    await like(client, post, reader)

    for _ in range(3):
        await make.suspended(services, reader)
        await make.unsuspended(services, reader)
    await make.suspended(services, reader)
    await work()
    assert await likes_of(client, post) == 0

    # What an earlier event ordered, late; and twice at once.
    jobs = (recount_member(services.database, RecountMember(reader.id)) for _ in range(2))
    await asyncio.gather(*jobs)
    assert await likes_of(client, post) == 0


async def test_a_hidden_like_that_is_deleted_is_not_subtracted_again(
    client, services, publish, author, reader, work
):
    post = await publish()
    await like(client, post, author)
    await like(client, post, reader)
    await make.suspended(services, reader)
    await work()
    await make.unsuspended(services, reader)

    # Before anybody counted it again.
    async with services.database.transaction() as tx:
        state = await service.toggle_like(tx, post["id"], reader.member)

    assert (state.liked, state.likes_count) == (False, 1)
    await work()
    assert await likes_of(client, post) == 1


async def test_a_deleted_member_is_not_recounted(services):
    await recount_member(services.database, RecountMember(UserId(new_id())))


async def test_more_likes_than_a_batch_holds_are_recounted(services, author, reader, count):
    async with services.database.transaction() as tx:
        await tx.run(MANY_LIKED, author.id, reader.id)
    counted = "select sum(likes_count)::integer from posts where author_id = $1"
    for change, expected in ((make.suspended, 0), (make.unsuspended, 1001)):
        await change(services, reader)
        for _ in range(2):
            await recount_member(services.database, RecountMember(reader.id))
            assert await count(counted, author.id) == expected
    # They would be in everybody's lists.
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, author.id)


async def test_a_member_who_likes_while_being_suspended_is_refused(services, publish, reader):
    post = await publish()

    async def toggle():
        async with services.database.transaction() as tx:
            await service.toggle_like(tx, post["id"], reader.member)

    async with services.database.transaction() as tx:
        await accounts.suspend(tx, reader.id, "Enough.")
        liking = asyncio.create_task(toggle())
        await until_somebody_waits(services.database)
    with pytest.raises(Unauthenticated):
        await liking


async def test_all_posts_and_likes_are_exported_and_erased(tx):
    person, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    await tx.run(MANY_LIKED, person.id, other.id)
    await tx.run(MANY_LIKED, other.id, person.id)

    handed_out = await personal_data.export(tx, person.id)
    assert {int(post.content) for post in handed_out.posts} == set(range(1, 1002))
    assert len(set(handed_out.liked_posts)) == 1001

    await personal_data.erase(tx, person.id)
    left = "select count(*)::integer from posts where author_id = $1 and likes_count = 0"
    assert await tx.value(int, left, other.id) == 1001
    assert (await personal_data.export(tx, person.id)).posts == []


async def test_counts_and_latest_posts_are_exact_after_concurrent_changes(services, work):
    people = [await make.person(services) for _ in range(5)]
    posts = []
    for person in people:
        async with services.database.transaction() as tx:
            posts.append(await make.post(tx, person.member))

    lives = [_live(services, person, posts, Random(n)) for n, person in enumerate(people)]
    await asyncio.gather(*lives, *(deliver(work) for _ in range(2)))
    await make.recounted(services)

    async with services.database.read() as conn:
        rows = await conn.column(list[int], COUNTS, posts)
        assert all(counted == shown for counted, shown in rows), rows
        assert await conn.value(int, LATEST, [person.id for person in people]) == 0


async def _live(services, person, posts, chance):
    """Like, publish, delete, be suspended and come back, at random."""
    for _ in range(40):
        try:
            async with services.database.transaction() as tx:
                await _act(tx, person, posts, chance)
        except Unauthenticated:
            await make.unsuspended(services, person)
        except (NotYourPost, PostNotFound):
            continue


async def _act(tx, person, posts, chance):
    drawn = chance.random()
    if drawn < 0.5:
        await service.toggle_like(tx, chance.choice(posts), person.member)
    elif drawn < 0.7:
        posts.append(await make.post(tx, person.member))
    elif drawn < 0.85:
        await service.delete_post(tx, chance.choice(posts), person.member)
    elif not await accounts.suspend(tx, person.id, "Enough."):
        await accounts.lift_suspension(tx, person.id)
