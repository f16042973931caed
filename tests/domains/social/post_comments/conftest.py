"""A post, and comments on it."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests.domains.social.post_comments.routes_steps import Json, try_to_say
from tests.make import Person

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
