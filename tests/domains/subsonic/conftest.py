"""Players, and members with music."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from tests import make
from tests.application import wrapped
from tests.domains.subsonic.players import Player, http_client
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role


@pytest.fixture
async def rest(app: Litestar, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The API for players, over ASGI."""
    async with http_client(wrapped(app, settings)) as made:
        yield made


@pytest.fixture
async def player(rest: httpx.AsyncClient, services: Services) -> Player:
    """A player of a new member."""
    owner = await make.person(services)
    return Player(rest, owner, await make.app_password(services, owner))


@pytest.fixture
async def artist(services: Services) -> make.Person:
    return await make.person(services, Role.CREATOR)
