"""Posts of text only are single statements."""

import pytest
from msgspec import structs

from tests import make
from tests.audited import events_of, tagged
from tests.make import NO_LINKS
from tests.raw import hearing
from veza.domains.social.posts import service
from veza.domains.social.posts.models import PostForm

EVENTS = "select count(*) from outbox where name = 'PostPublished' and payload->>'post_id' = $1"
LATEST = "select count(*) from latest_posts where author_id = $1 and post_id = $2"


@pytest.fixture
async def known(client, author, publish):
    """An author with a record in the audit log already."""
    await publish("The first")
    return author


async def test_a_post_and_its_event_and_record_are_one_statement(
    client, services, known, reader, count
):
    body = {"content": f" Hello @{reader.username} "}
    async with hearing(services, "posts") as statements:
        answer = await client.post("social/posts", headers=known.headers | tagged(), json=body)
    shown = answer.json()["data"]
    read = await client.get(f"social/posts/{shown['id']}", headers=known.headers)

    assert len(statements) == 1
    assert shown == read.json()["data"]
    assert await count(EVENTS, shown["id"]) == 1
    assert await count(LATEST, known.id, shown["id"]) == 1
    (event,) = await events_of(services, answer)
    assert (event.action, event.user_id, event.status) == ("publish_post", known.id, 201)


async def test_the_way_in_a_transaction_shows_the_same(services, author):
    form = PostForm("Out now")
    single = await service.publish_at_once(services.database, author.member, form, NO_LINKS)
    async with services.database.transaction() as tx:
        post = await service.publish(tx, author.member, form, NO_LINKS)
    assert structs.replace(post, id=single.id, created_at=single.created_at) == single


async def test_a_suspended_author_publishes_nothing(client, services, known, count):
    posts = "select count(*) from posts where author_id = $1"
    await make.suspended(services, known)
    answer = await client.post("social/posts", headers=known.headers, json={"content": "More"})
    assert answer.status_code == 401
    assert await count(posts, known.id) == 1
