"""A seller, a buyer, and a shop with a fake payment provider, called through its client."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from tests import make
from tests.fakes.hyperswitch import API_KEY, FakeHyperswitch
from tests.support.ordering import place_order
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import OrderId, ProductId
from veza.domains.marketplace.orders.models.checkout import Order, OrderForm, OrderItemForm
from veza.domains.marketplace.orders.service import purchases
from veza.domains.marketplace.orders.service.placing import CheckoutContext
from veza.infra.payments.hyperswitch import Hyperswitch, HyperswitchSettings


@dataclass(frozen=True)
class Shop:
    """Two sellers with a product each, of 12 and 5 euros, and a buyer."""

    services: Services
    checkout: CheckoutContext
    provider: FakeHyperswitch
    sellers: list[make.Person]
    product_ids: list[ProductId]
    buyer: make.Person

    async def order(
        self,
        *product_ids: ProductId,
        order_id: OrderId | None = None,
        buyer: make.Person | None = None,
    ) -> Order:
        """Order the given products, or both."""
        items = [OrderItemForm(product_id) for product_id in product_ids or self.product_ids]
        member = (buyer or self.buyer).member
        return await place_order(
            self.services.database, self.checkout, member, OrderForm(items), order_id
        )

    async def product(self, price_cents: int = 1200, **columns: Any) -> ProductId:
        """Add a product of the first seller."""
        async with self.services.database.transaction() as tx:
            seller = self.sellers[0].member
            return await make.product(tx, seller, "More", price_cents=price_cents, **columns)

    async def see(self, order_id: OrderId) -> Order:
        """Return an order as its buyer sees it."""
        async with self.services.database.read() as conn:
            return await purchases.get_order(conn, order_id, self.buyer.id)

    async def count(self, sql: str, *values: object) -> int:
        """Return the number that a statement selects."""
        async with self.services.database.read() as conn:
            return await conn.value(int, sql, *values) or 0

    async def wait(self, order_id: OrderId, minutes: int) -> None:
        """Make an order older."""
        sql = """
            update orders
               set created_at = created_at - $2 * interval '1 minute',
                   expires_at = expires_at - $2 * interval '1 minute',
                   poll_at = poll_at - $2 * interval '1 minute'
             where id = $1
        """
        async with self.services.database.transaction() as tx:
            assert await tx.run(sql, order_id, minutes) == 1


@pytest.fixture
def provider() -> Iterator[FakeHyperswitch]:
    with FakeHyperswitch() as fake:
        yield fake


@pytest.fixture
async def context(provider: FakeHyperswitch) -> AsyncIterator[CheckoutContext]:
    hyperswitch = Hyperswitch(HyperswitchSettings(provider.url, API_KEY))
    yield CheckoutContext(hyperswitch, Decimal("0.10"), "https://veza.test")
    await hyperswitch.close()


@pytest.fixture
async def shop(services: Services, context: CheckoutContext, provider: FakeHyperswitch) -> Shop:
    sellers = [await make.person(services, Role.CREATOR) for _ in range(2)]
    async with services.database.transaction() as tx:
        product_ids = [
            await make.product(tx, seller.member, "Night Ferry", price_cents=price_cents)
            for seller, price_cents in zip(sellers, (1200, 500), strict=True)
        ]
    return Shop(services, context, provider, sellers, product_ids, await make.person(services))


@pytest.fixture
async def seller(services: Services) -> make.Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def buyer(services: Services) -> make.Person:
    return await make.person(services)


@pytest.fixture
async def product_id(services: Services, seller: make.Person) -> ProductId:
    async with services.database.transaction() as tx:
        return await make.product(tx, seller.member, "Night Ferry")
