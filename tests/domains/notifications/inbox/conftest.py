"""Fixtures: members, requests, and the notifications that they cause."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import TrackId

type Act = Callable[..., Awaitable[dict[str, Any]]]
type See = Callable[..., Awaitable[Any]]


@pytest.fixture
async def artist(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def fan(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def other(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def track_id(services: Services, artist: Person) -> TrackId:
    async with services.database.transaction() as tx:
        return await make.bare_track(tx, artist.member, "Night Ferry")


@pytest.fixture
def act(client: httpx.AsyncClient) -> Act:
    """Send a request as a member: `await act(fan, "POST", f"tracks/{track_id}/like")`."""

    async def send(who: Person, method: str, path: str, **body: Any) -> dict[str, Any]:
        answer = await client.request(method, path, headers=who.headers, json=body or None)
        assert answer.status_code in {200, 201}, answer.text
        return answer.json()["data"]

    return send


@pytest.fixture
def see(services: Services, act: Act) -> See:
    """Deliver all events and list a member's notifications: `await see(artist, limit=5)`."""

    async def ask(who: Person, **query: Any) -> dict[str, Any]:
        await make.delivered(services)
        words = "&".join(f"{name}={value}" for name, value in query.items())
        return await act(who, "GET", f"notifications?{words}")

    return ask


@pytest.fixture
def told(see: See) -> See:
    """Return the kind, actors and actor count of a member's notifications, the latest first."""

    async def ask(who: Person) -> list[tuple[str, list[str], int]]:
        page = await see(who)
        return [
            (one["kind"], [actor["username"] for actor in one["actors"]], one["actors_count"])
            for one in page["notifications"]
        ]

    return ask
