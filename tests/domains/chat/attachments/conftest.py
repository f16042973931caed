"""People who talk and have files, and a way to send one of those."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests.domains.chat.conversations.members_steps import call
from tests.domains.cloud.files.upload_steps import Upload, uploads_by
from tests.make import Person
from veza.core.ids import ConversationId

type Send = Callable[..., Awaitable[dict[str, Any]]]
type Fetch = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def upload(client: httpx.AsyncClient, ann: Person) -> Upload:
    return uploads_by(client, ann)


@pytest.fixture
def send(client: httpx.AsyncClient, ann: Person) -> Send:
    """Send a file in a conversation, as Ann or another: `await send(group, file)`."""

    async def post(
        where: ConversationId,
        file: dict[str, Any],
        *,
        by: Person = ann,
        status: int = 201,
        **said: Any,
    ) -> dict[str, Any]:
        form = {"content": ""} | said | {"file_id": file["id"]}
        answer = await call(client, "POST", by, where, "/messages", **form)
        assert answer.status_code == status, answer.text
        return answer.json()["data"] if status in {200, 201} else answer.json()

    return post


@pytest.fixture
def fetch(client: httpx.AsyncClient) -> Fetch:
    """Download the file of a message, at the URL that it shows: `await fetch(message, ben)`."""

    async def get(message: dict[str, Any], who: Person, **headers: str) -> httpx.Response:
        return await client.get(message["file"]["url"], headers=who.headers | headers)

    return get
