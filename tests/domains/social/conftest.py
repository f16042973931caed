"""Members, and posts of theirs."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests import make
from tests.domains.social.posts.routes_steps import Json
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role

type Publish = Callable[..., Awaitable[Json]]


@pytest.fixture
async def author(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def reader(services: Services) -> Person:
    return await make.person(services)


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
