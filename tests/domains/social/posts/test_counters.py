"""Likes of posts are counted exactly, exported and erased."""

import asyncio

from tests import make
from tests.domains.social.posts.hidden_steps import MANY_LIKED
from tests.domains.social.posts.routes_steps import like, show
from veza.domains.social.posts import personal_data


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
