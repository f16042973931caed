"""People of a stream."""

import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services


@pytest.fixture
async def owner(services: Services) -> Person:
    return await make.person(services)


@pytest.fixture
async def other(services: Services) -> Person:
    return await make.person(services)
