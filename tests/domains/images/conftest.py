"""Pictures to upload, the form that carries them, and what uploads leave behind."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests import sounds
from tests.domains.images.storage_steps import stored_images
from tests.make import Person
from veza.app.services import Services

type Upload = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture(scope="session")
def picture(tmp_path_factory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("pictures")
    return sounds.picture(folder / "a.png", width=64, height=48).read_bytes()


@pytest.fixture
def upload(client: httpx.AsyncClient, ann: Person, picture: bytes) -> Upload:
    """Post a picture as Ann, or as another: `await upload(bytes, by=person)`."""

    async def post(content: bytes = picture, *, by: Person = ann) -> httpx.Response:
        files = {"file": ("picture.png", content)}
        return await client.post("images", headers=by.headers, files=files)

    return post


@dataclass(frozen=True)
class Traces:
    """What uploads leave behind: folders in the storage, rows, files in the room to work in."""

    folders: frozenset[str]
    rows: int
    work: frozenset[str]


@pytest.fixture
def traces(services: Services) -> Callable[[], Awaitable[Traces]]:
    async def look() -> Traces:
        async with services.database.read() as conn:
            rows = await conn.value(int, "select count(*) from images")
        return Traces(
            folders=frozenset(stored_images(services)),
            rows=rows or 0,
            work=frozenset(path.name for path in services.image_processing.folder.iterdir()),
        )

    return look
