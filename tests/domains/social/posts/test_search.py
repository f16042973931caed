"""The search for posts: what is found, in which order, and by whom."""

import pytest

from tests import make
from tests.make import NO_LINKS
from veza.domains.social.posts import service
from veza.domains.social.posts.models import PostForm


@pytest.fixture
async def author(services):
    return await make.person(services)


async def publish(services, author, content):
    async with services.database.transaction() as tx:
        return (await service.publish(tx, author.member, PostForm(content), NO_LINKS)).id


async def find(services, text, viewer=None):
    async with services.database.read() as conn:
        found = await service.search_posts(
            conn, text, 20, viewer=viewer and viewer.member, urls=NO_LINKS
        )
    return [post.content for post in found]


async def test_a_post_is_found_by_its_words_its_author_and_despite_a_typing_error(
    services, author, work
):
    text = f"Quokka rehearsal tonight, says {author.username}!"
    await publish(services, author, text)
    assert await find(services, "quokka rehearsal") == []
    await work()

    for typed in ("quokka reh", "qoukka rehearsal", "rehearsal QUOKKA", author.username):
        assert await find(services, typed) == [text], typed
    assert await find(services, "quokka trombone") == []


async def test_trending_posts_come_first(services, author, work):
    posts = [await publish(services, author, f"Narwhal {n}") for n in range(3)]
    async with services.database.transaction() as tx:
        await tx.run("update posts set likes_count = 9 where id = $1", posts[1])
    await work()
    assert await find(services, "narwhal") == ["Narwhal 1", "Narwhal 2", "Narwhal 0"]


async def test_deleted_posts_and_those_of_hidden_members_are_not_found(services, author, work):
    viewer, stranger, muter = [await make.person(services) for _ in range(3)]
    await publish(services, author, "Pangolin encore")
    gone = await publish(services, author, "Pangolin prelude")
    await work()
    await make.blocks(services, author, viewer)
    await make.mutes(services, muter, author)
    async with services.database.transaction() as tx:
        await service.delete_post(tx, gone, author.member)

    assert await find(services, "pangolin", stranger) == ["Pangolin encore"]
    assert await find(services, "pangolin", viewer) == []
    assert await find(services, "pangolin", muter) == []
    await make.suspended(services, author)
    assert await find(services, "pangolin", stranger) == []


async def test_a_post_that_is_deleted_before_it_is_indexed_is_not_found(services, author, work):
    post_id = await publish(services, author, "Axolotl matinee")
    async with services.database.transaction() as tx:
        await service.delete_post(tx, post_id, author.member)
    await work()
    assert await find(services, "axolotl") == []
