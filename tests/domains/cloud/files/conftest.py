"""Files to upload, and quotas."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from msgspec import structs

from tests.domains.cloud.files.upload_steps import Upload, uploads_by
from tests.http.apps import replaced
from tests.make import Person
from veza.app.services import Services

type Json = dict[str, Any]
type Replace = Callable[..., Awaitable[Json]]


@pytest.fixture
def upload(client: httpx.AsyncClient, ann: Person) -> Upload:
    return uploads_by(client, ann)


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
def small_quota(app: Litestar, services: Services) -> Iterator[int]:
    """Everybody has room for 10,000 bytes, and a file for 8,000."""
    blobs = structs.replace(services.cloud_storage.blobs, max_bytes=8_000)
    cloud = structs.replace(services.cloud_storage, blobs=blobs, quota_bytes=10_000)
    with replaced(app, cloud):
        yield 10_000
