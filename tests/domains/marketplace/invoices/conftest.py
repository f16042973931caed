"""Orders that are paid, committed, and what they are refunded."""

from collections.abc import Awaitable, Callable

import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import OrderId

type Buy = Callable[..., Awaitable[OrderId]]


@pytest.fixture
async def ben(services: Services) -> Person:
    """A seller."""
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def cat(services: Services) -> Person:
    """Another seller."""
    return await make.person(services, Role.CREATOR)


@pytest.fixture
def buy(services: Services, ann: Person) -> Buy:
    """Make a paid order of Ann's: `await buy((ben, 1000), (cat, 500))`."""

    async def buy(*sold: tuple[Person, int]) -> OrderId:
        async with services.database.transaction() as tx:
            pairs = [(seller.member, cents) for seller, cents in sold]
            return await make.paid_order(tx, ann.member, *pairs)

    return buy
