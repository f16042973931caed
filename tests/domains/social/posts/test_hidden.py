"""Posts of blocked, muted and suspended members."""

import pytest

from tests import make
from tests.domains.social.posts.routes_steps import like, read, read_all, show, texts

LISTS = ["social/feed", "social/explore", "social/trending"]


async def seen_in_lists(client, viewer, author):
    """Return the lists in which a viewer finds posts of an author."""
    own = f"users/{author.username}/posts"
    found = {path: await read_all(client, path, viewer, limit=100) for path in LISTS}
    answer = await client.get(own, headers=viewer.headers)
    # There are none of whoever isn't there.
    found[own] = answer.json()["data"]["posts"] if answer.status_code == 200 else []
    return {
        path
        for path, posts in found.items()
        if any(post["author"]["id"] == str(author.id) for post in posts)
    }


@pytest.fixture
async def third(services, author, reader):
    """A member whom the reader follows, so that the feed doesn't have everybody's posts."""
    somebody = await make.person(services)
    await make.follows(services, reader, somebody)
    return somebody


@pytest.mark.parametrize("is_author_s_doing", [True, False])
async def test_a_block_hides_posts_in_both_directions(
    client, services, publish, author, reader, is_author_s_doing
):
    posts = [await publish(by=author), await publish(by=reader)]
    pair = (author, reader) if is_author_s_doing else (reader, author)
    await make.blocks(services, *pair)

    for viewer, post, other in ((reader, posts[0], author), (author, posts[1], reader)):
        assert await seen_in_lists(client, viewer, other) == set()
        own = await client.get(f"users/{other.username}/posts", headers=viewer.headers)
        assert (own.status_code, own.json()["code"]) == (404, "user_not_found")
        for answer in (
            await show(client, post, viewer),
            await like(client, post, viewer),
            await client.delete(f"social/posts/{post['id']}", headers=viewer.headers),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, "post_not_found")
        assert (await show(client, post, other)).status_code == 200
    assert (await show(client, posts[0])).status_code == 200


async def test_a_blocked_member_can_t_report_a_hidden_post(
    client, services, publish, author, reader
):
    post = await publish()
    await make.blocks(services, author, reader)

    form = {"content_type": "post", "content_id": post["id"], "reason": "Rude."}
    answer = await client.post("reports", headers=reader.headers, json=form)

    assert answer.status_code == 404


async def test_a_moderator_whom_its_author_blocks_may_delete_a_post(
    client, services, publish, author, moderator
):
    post = await publish()
    await make.blocks(services, author, moderator)

    answer = await client.delete(f"social/posts/{post['id']}", headers=moderator.headers)

    assert answer.status_code == 200


async def test_muted_members_are_listed_in_their_own_posts_only(
    client, services, publish, author, reader, third
):
    await make.follows(services, reader, author)
    post = await publish()
    await publish("Third", by=third)
    own = f"users/{author.username}/posts"
    assert await seen_in_lists(client, reader, author) == {
        "social/feed",
        "social/trending",
        own,
    }

    await make.mutes(services, reader, author)

    assert await seen_in_lists(client, reader, author) == {own}
    assert (await show(client, post, reader)).status_code == 200
    assert "social/trending" in await seen_in_lists(client, author, author)
    assert texts((await read(client, "social/feed", reader))["posts"]) == ["Third"]


async def test_suspended_members_posts_are_hidden_and_come_back(
    client, services, publish, author, reader, third, moderator
):
    await make.follows(services, reader, author)
    post = await publish()
    await publish("Third", by=third)

    async def seen():
        return [texts((await read(client, "social/feed", reader))["posts"])] + [
            sum(found["id"] == post["id"] for found in await read_all(client, path, who, limit=100))
            for path in LISTS
            for who in (None, moderator)
        ]

    assert await seen() == [["Third", "Out now"], 1, 1, 1, 1, 1, 1]
    await make.suspended(services, author)
    assert await seen() == [["Third"], 0, 0, 0, 0, 0, 0]
    for who in (None, reader, moderator):
        assert (await show(client, post, who)).status_code == 404
    assert (await like(client, post, reader)).status_code == 404
    assert (await client.get(f"users/{author.username}/posts")).status_code == 404
    await make.unsuspended(services, author)
    assert await seen() == [["Third", "Out now"], 1, 1, 1, 1, 1, 1]


async def test_hidden_authors_leave_no_gap_in_a_page_of_the_feed(
    client, services, publish, reader, third
):
    """More hidden posts than a page holds, all newer than the visible ones."""
    hidden = [await make.person(services) for _ in range(6)]
    await make.follows(services, reader, *hidden)
    for n in range(3):
        await publish(f"Third {n}", by=third)
    for person in hidden:
        await publish("Hidden", by=person)
    for person in hidden[:3]:
        await make.suspended(services, person)
    await make.mutes(services, reader, *hidden[3:])

    page = await read(client, "social/feed", reader, limit=2)
    rest = await read(client, "social/feed", reader, limit=2, cursor=page["next_cursor"])

    assert (texts(page["posts"]), page["has_more"]) == (["Third 2", "Third 1"], True)
    assert (texts(rest["posts"]), rest["has_more"]) == (["Third 0"], False)


async def test_posts_for_members_take_no_place_in_the_feed_of_others(
    client, services, publish, reader, author, third
):
    """The newest of an author is hidden, and another post of theirs comes later in the feed."""
    member = await make.person(services)
    await make.follows(services, reader, author)
    await make.follows(services, member, author, third)
    async with services.database.transaction() as tx:
        tier = await make.tier(tx, author.member)
        await make.member_of(tx, member.member, tier)
    for words, by, tier_id in (
        ("Old", author, None),
        ("Third", third, None),
        ("For members", author, str(tier.id)),
        ("Third again", third, None),
        ("For members, too", author, str(tier.id)),
    ):
        form = {"content": words, "tier_id": tier_id}
        answer = await client.post("social/posts", headers=by.headers, json=form)
        assert answer.status_code == 201
    found = {
        viewer.username: texts(await read_all(client, "social/feed", viewer, limit=1))
        for viewer in (reader, member)
    }
    assert found[reader.username] == ["Third again", "Third", "Old"]
    everything = ["For members, too", "Third again", "For members", "Third", "Old"]
    assert found[member.username] == everything
