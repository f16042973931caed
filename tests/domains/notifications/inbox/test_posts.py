"""Notifications of posts, their likes and comments."""

import pytest

from tests import make
from tests.domains.notifications.inbox.reactions_steps import happen
from veza.core.ids import new_id
from veza.domains.social.post_comments.events import PostCommented
from veza.domains.social.posts.events import PostLiked, PostPublished


@pytest.fixture
async def post_id(act, artist):
    return (await act(artist, "POST", "social/posts", content="Out now: Night Ferry"))["id"]


@pytest.fixture
def say(act, post_id):
    """Say something below the post: `await say(fan, "Nice", parent_id=…)`."""

    async def speak(who, content="Nice", **more):
        body = {"post_id": post_id, "content": content} | more
        return (await act(who, "POST", "social/comments", **body))["id"]

    return speak


async def test_likes_of_a_post_are_merged_and_name_it(act, see, artist, fan, other, post_id):
    for liker in (fan, other):
        await act(liker, "POST", "social/like", post_id=post_id)

    [one] = (await see(artist))["notifications"]
    assert (one["kind"], one["actors_count"]) == ("post_like", 2)
    assert one["post"] == {"id": post_id, "excerpt": "Out now: Night Ferry"}


async def test_a_toggled_like_notifies_once(act, told, artist, fan, post_id):
    for _ in range(3):
        await act(fan, "POST", "social/like", post_id=post_id)
    assert await told(artist) == [("post_like", [fan.username], 1)]


async def test_a_comment_notifies_the_post_author_and_a_reply_the_comment_author(
    see, told, artist, fan, other, say
):
    said = await say(fan, "First!")
    reply = await say(other, "Second.", parent_id=said)

    [one] = (await see(fan))["notifications"]
    assert (one["kind"], one["comment"]) == ("reply", {"id": reply, "excerpt": "Second."})
    assert one["post"]["excerpt"] == "Out now: Night Ferry"
    assert await told(artist) == [
        ("post_comment", [other.username], 1),
        ("post_comment", [fan.username], 1),
    ]
    assert await told(other) == []


async def test_a_reply_to_the_post_author_notifies_once_as_a_reply(told, artist, fan, say):
    said = await say(artist, "Ask me anything.")
    await say(fan, f"How, @{artist.username}?", parent_id=said)
    assert await told(artist) == [("reply", [fan.username], 1)]


async def test_a_reply_that_mentions_its_addressee_notifies_once(told, artist, fan, other, say):
    said = await say(fan, "First!")
    await say(other, f"@{fan.username} @{artist.username} see this", parent_id=said)
    assert await told(fan) == [("reply", [other.username], 1)]
    assert (await told(artist))[0] == ("post_comment", [other.username], 1)


async def test_mentioned_members_are_notified(see, act, told, artist, fan, other, say):
    await act(artist, "POST", "social/posts", content=f"With @{fan.username}")
    await say(fan, f"Thanks, @{other.username}!")

    [one] = (await see(fan))["notifications"]
    assert (one["kind"], one["post"]["excerpt"]) == ("mention", f"With @{fan.username}")
    assert one["comment"] is None
    assert await told(other) == [("mention", [fan.username], 1)]


async def test_a_mention_in_a_post_notifies_nobody_across_a_block(
    act, told, artist, fan, other, say
):
    await act(artist, "POST", f"users/{other.id}/block")
    await say(fan, f"Look, @{other.username}!")
    await act(artist, "POST", "social/posts", content=f"Not you, @{other.username}")
    assert await told(other) == []


async def test_a_later_block_hides_notifications(act, see, artist, fan, other, say):
    await say(fan, f"Look, @{other.username}!")
    assert (await see(other))["unread_count"] == 1

    await act(other, "POST", f"users/{artist.id}/block")

    page = await see(other)
    assert (page["notifications"], page["unread_count"]) == ([], 0)


@pytest.mark.parametrize("has_reply", [True, False])
async def test_deleting_a_comment_deletes_its_notifications(
    act, see, told, artist, fan, other, say, has_reply
):
    said = await say(fan, f"Look, @{other.username}!")
    if has_reply:
        await say(fan, "And more", parent_id=said)
    before = len((await see(artist))["notifications"])

    await act(fan, "DELETE", f"social/comments/{said}")

    assert await told(other) == []
    assert len((await see(artist))["notifications"]) == before - 1


async def test_deleting_a_post_deletes_its_notifications(
    act, see, artist, fan, other, say, post_id
):
    said = await say(fan, f"Look, @{other.username}!")
    await say(other, "I see", parent_id=said)
    await act(fan, "POST", "social/like", post_id=post_id)
    assert (await see(artist))["unread_count"] == 3

    await act(artist, "DELETE", f"social/posts/{post_id}")

    for person in (artist, fan, other):
        assert (await see(person))["notifications"] == []


async def test_suspending_a_post_s_author_hides_its_notifications(
    services, see, artist, fan, other, say
):
    await say(fan, f"Look, @{other.username}!")
    assert (await see(other))["unread_count"] == 1
    await make.suspended(services, artist)
    assert (await see(other))["unread_count"] == 0


@pytest.mark.parametrize("is_read", [False, True])
async def test_post_events_delivered_twice_notify_once(
    services, act, told, artist, fan, other, say, post_id, is_read
):
    said = await say(fan, f"Look, @{artist.username} and @{other.username}!")
    await act(fan, "POST", "social/like", post_id=post_id)
    once = await told(artist)
    assert len(once) == 2
    if is_read:
        for person in (artist, other):
            await told(person)
            await act(person, "POST", "notifications/read-all")

    names = [artist.username, other.username]
    await happen(
        services,
        PostLiked(post_id, fan.id, artist.id),
        PostCommented(said, post_id, fan.id, artist.id, None, names),
        PostCommented(said, post_id, fan.id, artist.id, other.id, names),
    )

    assert await told(artist) == once
    assert await told(other) == [("mention", [fan.username], 1)]


async def test_deleted_posts_notify_nobody(services, told, artist, fan, post_id):
    await happen(
        services,
        PostPublished(new_id(), fan.id, [artist.username]),
        PostLiked(new_id(), fan.id, artist.id),
        PostCommented(new_id(), post_id, fan.id, artist.id, artist.id, [artist.username]),
        PostCommented(new_id(), new_id(), fan.id, artist.id, artist.id, [artist.username]),
    )
    assert await told(artist) == []
