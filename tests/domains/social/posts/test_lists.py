"""Feed, explore and trending: contents and order, also while new posts arrive."""

from datetime import datetime, timedelta

import pytest

from tests import make
from tests.domains.social.posts.routes_steps import like, read, read_all, texts
from tests.raw import hearing
from veza.core.clock import now
from veza.core.ids import PostId, new_id
from veza.domains.social.posts.models import PostPosition
from veza.domains.social.posts.queries import lists
from veza.domains.social.posts.rules import encode_position

LISTS = ["social/feed", "social/explore", "social/trending"]


async def add(services, author, *contents, at=None, **counts):
    """Commit posts, each a second older than the one before."""
    moment = at or now()
    async with services.database.transaction() as tx:
        return [
            await make.post(tx, author.member, content, at=moment - timedelta(seconds=n), **counts)
            for n, content in enumerate(contents)
        ]


@pytest.fixture
async def alone(services):
    """A database without posts."""
    async with services.database.transaction() as tx:
        await tx.run("delete from posts")
        await tx.run("delete from latest_posts")


async def test_a_feed_has_followed_members_posts_and_one_s_own_newest_first(
    client, services, publish, author, reader
):
    stranger = await make.person(services)
    await make.follows(services, reader, author)
    for by, content in ((author, "1"), (stranger, "2"), (reader, "3"), (author, "4")):
        await publish(content, by=by)

    page = await read(client, "social/feed", reader)

    assert texts(page["posts"]) == ["4", "3", "1"]
    assert page["personalized"] is True


async def test_the_feed_has_everybody_s_posts_for_a_member_who_follows_nobody(
    client, publish, author, reader, alone
):
    await publish("1")
    await publish("2", by=reader)

    for viewer, is_personalized in ((None, False), (reader, True)):
        page = await read(client, "social/feed", viewer)
        assert texts(page["posts"]) == ["2", "1"]
        assert page["personalized"] is is_personalized
        assert page["has_more"] is False


async def test_the_feed_is_empty_if_the_followed_members_have_no_posts(
    client, services, publish, author, reader
):
    silent = await make.person(services)
    await make.follows(services, reader, silent)
    await publish()

    page = await read(client, "social/feed", reader)

    assert (page["posts"], page["has_more"], page["personalized"]) == ([], False, True)


async def test_explore_lists_members_who_are_not_followed(
    client, services, publish, author, reader, alone
):
    stranger = await make.person(services)
    await make.follows(services, reader, author)
    for by, content in ((author, "1"), (stranger, "2"), (reader, "3"), (stranger, "4")):
        await publish(content, by=by)

    assert texts(await read_all(client, "social/explore", reader, limit=1)) == ["4", "2"]
    assert texts(await read_all(client, "social/explore", limit=3)) == ["4", "3", "2", "1"]


async def test_trending_weighs_points_against_age(client, services, author, alone):
    day = timedelta(days=1)
    for content, age, counts in (
        ("new", 0 * day, {}),
        ("liked", day, {"likes_count": 4}),
        ("talked of", 2 * day, {"comments_count": 6}),
        ("old", 2 * day, {"likes_count": 2}),
        ("ancient", 30 * day, {"likes_count": 1000}),
    ):
        await add(services, author, content, at=now() - age, **counts)

    posts = await read_all(client, "social/trending", limit=2)

    assert texts(posts) == ["talked of", "liked", "new", "old", "ancient"]


async def test_a_like_lifts_a_post_and_its_score_is_stored(
    client, services, publish, reader, alone
):
    posts = [await publish(content) for content in ("1", "2")]
    await like(client, posts[0], reader)

    assert texts((await read(client, "social/trending"))["posts"]) == ["1", "2"]


@pytest.mark.parametrize("path", LISTS)
async def test_paging_returns_each_post_once_while_new_posts_arrive(
    client, services, author, reader, alone, path
):
    writers = [author, *[await make.person(services) for _ in range(3)]]
    if path == "social/feed":
        await make.follows(services, reader, *writers)
    moment = now()
    for n, writer in enumerate(writers):
        # Many at the same moment, so that the id decides.
        for k in range(8):
            await add(services, writer, f"{n} {k}", at=moment - timedelta(hours=k // 3))

    seen, query = [], {"limit": 5}
    while True:
        page = await read(client, path, reader, **query)
        seen += page["posts"]
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]
        await add(services, writers[len(seen) % 4], "meanwhile")

    assert sorted(texts(seen)) == sorted(f"{n} {k}" for n in range(4) for k in range(8))
    if path != "social/trending":
        keys = [(post["created_at"], post["id"]) for post in seen]
        assert keys == sorted(keys, reverse=True)


async def test_the_pages_of_a_feed_are_what_one_long_page_would_be(
    client, services, author, reader
):
    """A member who posts often, one who did long ago, one who never did, and the reader."""
    busy, rare, silent = author, await make.person(services), await make.person(services)
    await make.follows(services, reader, busy, rare, silent)
    await add(services, busy, *(f"busy {n}" for n in range(30)))
    await add(services, rare, "rare 1", "rare 2", at=now() - timedelta(seconds=11))
    await add(services, reader, "own", at=now() - timedelta(seconds=20))

    whole = (await read(client, "social/feed", reader, limit=100))["posts"]

    assert len(whole) == 33
    for limit in (1, 2, 7, 32, 33):
        assert await read_all(client, "social/feed", reader, limit=limit) == whole


async def test_a_deleted_post_leaves_no_gap_in_a_feed(client, services, author, reader):
    await make.follows(services, reader, author)
    first, second, third = await add(services, author, "3", "2", "1")

    async def feed():
        return texts((await read(client, "social/feed", reader))["posts"])

    for post_id, left in ((first, ["2", "1"]), (third, ["2"]), (second, [])):
        answer = await client.delete(f"social/posts/{post_id}", headers=author.headers)
        assert answer.status_code == 200
        assert await feed() == left
    await add(services, author, "4")
    assert await feed() == ["4"]


async def test_a_page_reads_a_bounded_number_of_posts_and_says_that_there_is_more(
    client, services, author, reader, alone, monkeypatch
):
    monkeypatch.setattr(lists, "MAX_POSTS_SCANNED", 5)
    stranger = await make.person(services)
    await make.follows(services, reader, author)
    for n in range(12):
        await add(services, author, f"followed {n}", at=now() - timedelta(hours=n))
    await add(services, stranger, "the last", at=now() - timedelta(days=1))

    pages, query = [], {}
    while True:
        page = await read(client, "social/explore", reader, **query)
        pages.append(texts(page["posts"]))
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]

    assert pages == [[], [], ["the last"]]
    assert page["next_cursor"] is None


async def test_a_page_that_ends_where_the_posts_end_has_no_more(
    client, services, author, alone, monkeypatch
):
    monkeypatch.setattr(lists, "MAX_POSTS_SCANNED", 5)
    await add(services, author, *map(str, range(5)))

    page = await read(client, "social/trending", limit=20)

    assert (len(page["posts"]), page["has_more"], page["next_cursor"]) == (5, False, None)


def cursor(key: datetime | float) -> str:
    return encode_position(PostPosition(key, PostId(new_id())))


@pytest.mark.parametrize("path", [*LISTS, "users/{}/posts"])
async def test_a_wrong_page_is_refused(client, author, path):
    path = path.format(author.username)
    of_another_list = cursor(now()) if path == "social/trending" else cursor(1.5)
    for query in ("limit=0", "limit=101", "limit=x", "cursor=x", f"cursor={of_another_list}"):
        answer = await client.get(f"{path}?{query}")
        assert answer.status_code == 400, query
    assert answer.json()["code"] == "bad_cursor"


async def test_a_page_is_two_statements_however_many_posts_it_holds(
    services, client, author, reader
):
    await make.follows(services, reader, author)
    await add(services, author, *map(str, range(30)))
    async with hearing(services, " from ") as asked:
        await read(client, "social/feed", reader, limit=25)
    about_posts = [sql for sql, _ in asked if "post" in sql or "follows" in sql]
    assert len(about_posts) == 2, about_posts
