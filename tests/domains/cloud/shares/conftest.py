"""Links to a file, and a fixture to have time pass."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.domains.cloud.shares.content_steps import CONTENT
from tests.make import Person
from veza.app.services import Services

type Json = dict[str, Any]
type ShareIt = Callable[..., Awaitable[Json]]


@pytest.fixture
async def file(client: httpx.AsyncClient, ann: Person) -> Json:
    """A file of Ann's."""
    files = {"file": ("Night Ferry.wav", CONTENT)}
    answer = await client.post("cloud/files", headers=ann.headers, files=files)
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


@pytest.fixture
def share(client: httpx.AsyncClient, ann: Person, file: Json) -> ShareIt:
    """Make a link to the file: `await share(max_downloads=1)`."""

    async def post(status: int = 200, **said: object) -> Json:
        path = f"cloud/files/{file['id']}/share"
        answer = await client.post(path, headers=ann.headers, json=said)
        assert answer.status_code == status, answer.text
        return answer.json()["data"] if status == 200 else answer.json()

    return post


@pytest.fixture
def expire(services: Services) -> Callable[[str], Awaitable[None]]:
    """Have the time of a link be over, and so many days ago."""

    async def move(share_id: str, days: int = 0) -> None:
        sql = "update file_shares set expires_at = now() - $2 * interval '1 day' where id = $1"
        async with services.database.transaction() as tx:
            await tx.run(sql, share_id, days)

    return move
