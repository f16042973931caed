"""Requests for posts."""

from typing import Any

import httpx

from tests.make import Person

type Json = dict[str, Any]


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
