"""Members and exports for the tests of privacy."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role

type Json = dict[str, Any]
type Ask = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def ann(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
def ask(client: httpx.AsyncClient, ann: Person) -> Ask:
    """Ask for an export as Ann, or as another."""

    async def post(by: Person = ann) -> httpx.Response:
        return await client.post("users/me/export", headers=by.headers)

    return post


@pytest.fixture
def look(client: httpx.AsyncClient, ann: Person) -> Callable[..., Awaitable[Json]]:
    """How the export stands that Ann asked for, or another."""

    async def get(by: Person = ann) -> Json:
        answer = await client.get("users/me/export", headers=by.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    return get


@pytest.fixture
def stored(services: Services) -> Callable[[], set[str]]:
    """The ids of the exports in the storage."""

    def look() -> set[str]:
        place = services.settings.data_dir / "media" / "exports"
        return {path.parts[-3] for path in place.glob("*/*/*")} if place.exists() else set()

    return look
