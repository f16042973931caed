"""A product on sale, its seller, and people who buy it."""

from collections.abc import Awaitable, Callable

import httpx
import pytest

from tests import make
from tests.make import Person
from veza.app.services import Services
from veza.core.ids import ProductId

type Say = Callable[..., Awaitable[httpx.Response]]
type Buy = Callable[..., Awaitable[Person]]


@pytest.fixture
def buy(services: Services, product_id: ProductId) -> Buy:
    """Have somebody buy the product: `buyer = await buy()`."""

    async def order(person: Person | None = None) -> Person:
        buyer = person or await make.person(services)
        async with services.database.transaction() as tx:
            await make.bought(tx, buyer.member, product_id)
            await make.keep_quiet(tx)
        return buyer

    return order


@pytest.fixture
def say(client: httpx.AsyncClient, product_id: ProductId) -> Say:
    """Review the product: `await say(buyer, rating=4)`."""

    async def post(person: Person, **form: object) -> httpx.Response:
        given = {"rating": 5, "comment": "Amazing!"} | form
        path = f"marketplace/products/{product_id}/reviews"
        return await client.post(path, headers=person.headers, json=given)

    return post
