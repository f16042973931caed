"""The API as one person sees it: from an address of its own, so that failures are theirs."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from tests.domains.auth.accounts.people import open_client
from veza.app.services import Services


@pytest.fixture
async def client(app: Litestar, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A program: it keeps no cookies."""
    async with open_client(services, app) as made:
        yield made


@pytest.fixture
async def browser(app: Litestar, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    """A browser: it keeps its cookies, and sends them."""
    async with open_client(services, app, is_browser=True) as made:
        yield made
