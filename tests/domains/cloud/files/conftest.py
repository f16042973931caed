"""Files to upload, and a look at what is stored and counted."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
from litestar import Litestar
from msgspec import structs

from tests import make
from tests.http.apps import replaced
from tests.make import Person
from veza.app.services import Services

type Json = dict[str, Any]
type Upload = Callable[..., Awaitable[Json]]
type Replace = Callable[..., Awaitable[Json]]
type Count = Callable[..., Awaitable[int]]

REFS = "select coalesce((select refs from blobs where sha256 = $1), 0)"


def some_bytes(size: int = 1000) -> bytes:
    """Bytes that nobody has stored yet."""
    drawn = uuid4().bytes
    return (drawn * (size // 16 + 1))[:size]


@pytest.fixture
async def ann(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def bob(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
def upload(client: httpx.AsyncClient, ann: Person) -> Upload:
    """Upload a file as Ann, or as another: `await upload(b"...", "mix.wav", folder="Mixes")`."""

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


@pytest.fixture
def replace(client: httpx.AsyncClient, ann: Person) -> Replace:
    """Give a file another content: `await replace(file_id, b"...")`."""

    async def put(file_id: str, content: bytes, *, by: Person = ann, status: int = 200) -> Json:
        path = f"cloud/files/{file_id}/content"
        answer = await client.put(path, headers=by.headers, content=content)
        assert answer.status_code == status, answer.text
        return answer.json()["data"] if status == 200 else answer.json()

    return put


@pytest.fixture
def count(services: Services) -> Count:
    """Ask the database for a number."""

    async def ask(sql: str, *values: object) -> int:
        async with services.database.read() as conn:
            return await conn.value(int, sql, *values) or 0

    return ask


@pytest.fixture
def stored(services: Services) -> Callable[[], set[str]]:
    """The ids of the objects in the storage."""

    def look() -> set[str]:
        place = services.settings.data_dir / "media" / "blobs"
        return {path.parent.name for path in place.glob("*/*/*")} if place.exists() else set()

    return look


@pytest.fixture
def small_quota(app: Litestar, services: Services) -> Iterator[int]:
    """Everybody has room for 10,000 bytes, and a file for 8,000."""
    vault = structs.replace(services.cabinet.vault, max_bytes=8_000)
    with replaced(app, structs.replace(services.cabinet, vault=vault, quota_bytes=10_000)):
        yield 10_000
