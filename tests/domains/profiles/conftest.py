"""Pictures to upload, and what shows, changes and uploads profiles."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest

from tests import sounds
from tests.make import Person
from veza.domains.profiles.models.profiles import Profile

type Change = Callable[..., Awaitable[httpx.Response]]
type Show = Callable[..., Awaitable[dict[str, object]]]


@pytest.fixture
def change(client: httpx.AsyncClient, ann: Person) -> Change:
    """Change the profile of Ann as she, or as another: `await change(by=person, place="…")`."""

    async def put(*, by: Person = ann, of: Person | None = None, **fields: object):
        path = f"profiles/{(of or by).id}"
        return await client.put(path, headers=by.headers, json=fields)

    return put


@pytest.fixture
def show(client: httpx.AsyncClient, ann: Person) -> Show:
    """Return the profile of Ann, or of another, as visitors see it, without what its page adds."""

    async def get(of: Person = ann):
        answer = await client.get(f"profiles/{of.id}")
        assert answer.status_code == 200, answer.text
        page = answer.json()["data"]
        # Only the owner of texts that are taken down gets that.
        return {name: page[name] for name in Profile.__struct_fields__ if name != "taken_down"}

    return get


@pytest.fixture
def upload(client: httpx.AsyncClient, ann: Person) -> Change:
    """Upload a picture of Ann's profile: `await upload("banner", bytes, by=person)`."""

    async def put(kind: str, content: bytes, *, by: Person = ann, of: Person | None = None):
        files = {"file": ("picture.png", content)}
        path = f"profiles/{(of or by).id}/{kind}"
        return await client.put(path, headers=by.headers, files=files)

    return put


@pytest.fixture(scope="session")
def picture(tmp_path_factory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("pictures")
    return sounds.picture(folder / "a.png", width=900, height=600).read_bytes()
