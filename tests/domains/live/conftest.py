"""Streamers, their keys, and an ingest."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from litestar import Litestar

from tests import make
from tests.application import wrapped
from tests.documented import ensure_documented
from tests.domains.live.streams_steps import FORM, Ingest, Json, key_of
from tests.make import Person
from tests.support.addresses import BASE_URL
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.infra.security.secrets import load_secrets

type Create = Callable[..., Awaitable[Json]]


@pytest.fixture
async def ingest(app: Litestar, settings: Settings) -> AsyncIterator[Ingest]:
    transport = httpx.ASGITransport(app=wrapped(app, settings), client=("127.0.0.1", 1234))
    async with httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/api/v1/") as made:
        made.event_hooks["response"].append(ensure_documented)
        yield Ingest(made, load_secrets(settings.data_dir).live_hooks)


@pytest.fixture
async def owner(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def other(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
def create(client: httpx.AsyncClient, owner: Person) -> Create:
    """Announce a stream by the API: `await create(title=...)`."""

    async def post(*, by: Person = owner, **said: object) -> Json:
        answer = await client.post("live/streams", headers=by.headers, json=FORM | said)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    return post


@pytest.fixture
async def key(client: httpx.AsyncClient, owner: Person) -> str:
    """The owner's key; they have a draft from then on."""
    return await key_of(client, owner)
