"""Fixtures: a post, members, and requests for comments."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.domains.social.posts.conftest import author, count, moderator, publish, reader
from tests.make import Person

__all__ = ["author", "count", "moderator", "publish", "reader"]

type Json = dict[str, Any]
type Say = Callable[..., Awaitable[Json]]


@pytest.fixture
async def post(publish: Callable[[], Awaitable[Json]]) -> Json:
    return await publish()


@pytest.fixture
def say(client: httpx.AsyncClient, post: Json, reader: Person) -> Say:
    """Comment on the post, as the reader by default; return the comment."""

    async def comment(content: str = "Lovely", by: Person = reader, **form: object) -> Json:
        answer = await try_to_say(client, post, by, content=content, **form)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    return comment


async def try_to_say(
    client: httpx.AsyncClient, post: Json, by: Person, **form: object
) -> httpx.Response:
    form = {"post_id": post["id"], "content": "Lovely"} | form
    return await client.post("social/comments", headers=by.headers, json=form)


async def delete(client: httpx.AsyncClient, comment: Json, by: Person) -> httpx.Response:
    return await client.delete(f"social/comments/{comment['id']}", headers=by.headers)


async def listen(
    client: httpx.AsyncClient, post: Json, to: Person | None = None, **query: object
) -> Json:
    """Request a page of comments."""
    answer = await client.get(
        f"social/posts/{post['id']}/comments", headers=to.headers if to else {}, params=query
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def heard(
    client: httpx.AsyncClient, post: Json, to: Person | None = None, **query: object
) -> list[str | None]:
    """Return the contents of comments, None for placeholders."""
    return [said["content"] for said in (await listen(client, post, to, **query))["comments"]]


async def count_shown(client: httpx.AsyncClient, post: Json) -> int:
    answer = await client.get(f"social/posts/{post['id']}")
    return answer.json()["data"]["comments_count"]
