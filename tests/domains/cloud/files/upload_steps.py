"""Contents to upload, the step that uploads them, and the query of their references."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx

from tests.make import Person

type Json = dict[str, Any]
type Upload = Callable[..., Awaitable[Json]]

REFS = "select coalesce((select refs from blobs where sha256 = $1), 0)"


def some_bytes(size: int = 1000) -> bytes:
    """Bytes that nobody has stored yet."""
    drawn = uuid4().bytes
    return (drawn * (size // 16 + 1))[:size]


def uploads_by(client: httpx.AsyncClient, ann: Person) -> Upload:
    """Return a step that uploads a file as Ann, or as another.

    `await upload(b"...", "mix.wav", folder="Mixes")`
    """

    async def post(
        content: bytes | None = None,
        name: str = "mix.wav",
        *,
        by: Person = ann,
        status: int = 201,
        **said: str,
    ) -> Json:
        content = some_bytes() if content is None else content
        files = {"file": (name, content, "text/html")}
        answer = await client.post("cloud/files", headers=by.headers, files=files, data=said)
        assert answer.status_code == status, answer.text
        return answer.json()["data"] if status == 201 else answer.json()

    return post
