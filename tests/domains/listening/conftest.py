"""A room with a host and a listener, and tracks of three minutes."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.ids import ConversationId, TrackId

type Json = dict[str, Any]
type Ask = Callable[..., Awaitable[Json]]


@pytest.fixture
async def host(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def listener(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def place(services: Services, host: Person, listener: Person) -> ConversationId:
    return await make.conversation(services, "room", host, listener)


@pytest.fixture
async def tracks(services: Services, host: Person) -> list[TrackId]:
    """Three tracks: of one, two and three minutes."""
    async with services.database.transaction() as tx:
        return [
            await make.bare_track(tx, host.member, f"Track {n}", duration_ms=n * 60_000)
            for n in (1, 2, 3)
        ]


@pytest.fixture
def ask(client: httpx.AsyncClient, host: Person, place: ConversationId) -> Ask:
    """Call the room: `await ask("PUT", status=409, by=listener, version=None)`."""

    async def call(
        method: str, *, by: Person = host, status: int = 200, at: object = place, **said: Any
    ) -> Json:
        path = f"conversations/{at}/listening"
        form = said if method in {"POST", "PUT"} else None
        answer = await client.request(method, path, headers=by.headers, json=form)
        assert answer.status_code == status, answer.text
        body = answer.json()
        return body["data"] if body["success"] else body

    return call


@pytest.fixture
def pass_time(services: Services):
    """Return a function that dates the last change back: `await pass_time("1 minute")`."""

    async def pass_(interval: str) -> None:
        sql = "update listening_rooms set changed_at = changed_at - $1::text::interval"
        async with services.database.transaction() as tx:
            await tx.run(sql, interval)

    return pass_
