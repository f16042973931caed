"""Requests for comments of posts."""

from typing import Any

import httpx

from tests.make import Person

type Json = dict[str, Any]


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
