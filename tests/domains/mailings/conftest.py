"""A page that sends broadcasts, its people, and the server that takes its mail."""

from collections.abc import AsyncIterator

import pytest
from litestar import Litestar

from tests import make
from tests.domains.mailings.mailing_steps import Post, open_post
from tests.make import Page, Person
from veza.app.services import Services


@pytest.fixture
async def post(app: Litestar, services: Services) -> AsyncIterator[Post]:
    """The server that takes bulk mail, and what sends through it."""
    async with open_post(app, services) as opened:
        yield opened


@pytest.fixture
async def artist(services: Services, ann: Person) -> Page:
    """A page that Ann owns."""
    return await make.page(services, ann, display_name="Night Ferry")
