"""Sellers, products by the API, files to upload, and what lies in the storage."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from tests import make
from tests.domains.marketplace.products.forms_steps import FORM
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import ProductId

type Json = dict[str, Any]
type Add = Callable[..., Awaitable[ProductId]]
type Create = Callable[..., Awaitable[Json]]
type Upload = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
async def other(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
def add(services: Services, seller: Person) -> Add:
    """Commit a row of a published product of the seller's: `await add("Title", status=...)`."""

    async def add_product(
        title: str = "A product", *, by: Person = seller, **columns: object
    ) -> ProductId:
        async with services.database.transaction() as tx:
            return await make.product(tx, by.member, title, **columns)

    return add_product


@pytest.fixture
def create(client: httpx.AsyncClient, seller: Person) -> Create:
    """Make a draft by the API: `await create(title=...)`."""

    async def post(**said: object) -> Json:
        answer = await client.post("marketplace/products", headers=seller.headers, json=FORM | said)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    return post


@pytest.fixture
def upload(client: httpx.AsyncClient, seller: Person) -> Upload:
    """Post a file: `await upload(product_id, "a.wav", b"...", by=person)`."""

    async def post(
        product_id: object,
        name: str = "Side A.wav",
        content: bytes = b"wave",
        *,
        by: Person = seller,
    ) -> httpx.Response:
        return await client.post(
            f"marketplace/products/{product_id}/files",
            headers=by.headers,
            files={"file": (name, content, "text/html")},
        )

    return post


@pytest.fixture
def stored(services: Services) -> Callable[[], set[str]]:
    """The ids of the files in the storage, of all products."""

    def look() -> set[str]:
        place = services.settings.data_dir / "media" / "products"
        return {path.parent.name for path in place.glob("*/*/*")} if place.exists() else set()

    return look
