"""Fixtures: members, and requests for posts."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role

type Json = dict[str, Any]
type Publish = Callable[..., Awaitable[Json]]
type Count = Callable[..., Awaitable[int]]


@pytest.fixture
async def author(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def reader(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def moderator(services: Services) -> Person:
    return await make.person(services, Role.MODERATOR)


@pytest.fixture
def publish(client: httpx.AsyncClient, author: Person) -> Publish:
    """Publish a post, as the author by default; return it."""

    async def publish_post(content: str = "Out now", by: Person = author, **form: object) -> Json:
        answer = await client.post(
            "social/posts", headers=by.headers, json={"content": content} | form
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    return publish_post


@pytest.fixture
def count(services: Services) -> Count:
    """Return a number from the database."""

    async def ask(sql: str, *values: object) -> int:
        async with services.database.read() as conn:
            found = await conn.value(int, sql, *values)
        assert found is not None
        return found

    return ask


async def like(client: httpx.AsyncClient, post: Json, by: Person) -> httpx.Response:
    """Toggle a like."""
    return await client.post("social/like", headers=by.headers, json={"post_id": post["id"]})


async def show(client: httpx.AsyncClient, post: Json, to: Person | None = None) -> httpx.Response:
    """Request a post."""
    return await client.get(f"social/posts/{post['id']}", headers=to.headers if to else {})


async def read(
    client: httpx.AsyncClient, path: str, to: Person | None = None, **query: object
) -> Json:
    """Request a page of a list."""
    answer = await client.get(path, headers=to.headers if to else {}, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def read_all(
    client: httpx.AsyncClient, path: str, to: Person | None = None, **query: object
) -> list[Json]:
    """Request all pages of a list."""
    page = await read(client, path, to, **query)
    posts = page["posts"]
    while page["has_more"]:
        page = await read(client, path, to, **query, cursor=page["next_cursor"])
        posts += page["posts"]
    assert page["next_cursor"] is None
    return posts


def texts(posts: list[Json]) -> list[str]:
    """Return the contents of posts."""
    return [post["content"] for post in posts]
