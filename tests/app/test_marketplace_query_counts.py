"""What is read of the market takes a few queries, however much there is."""

from uuid import UUID

import pytest
from msgspec import Struct

from tests import make
from tests.make import Person
from tests.support.query_counts import count_statements
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import ProductId

# How many queries each takes.
READS = {
    "marketplace/products?seller_id={seller}": 2,
    "marketplace/products?search=product&seller_id={seller}": 3,
    "marketplace/products/{product}": 2,
    "marketplace/products/{product}/reviews": 3,
    "marketplace/orders": 2,
    "marketplace/orders/{order}": 2,
    "marketplace/orders/{order}/downloads": 3,
    "marketplace/orders/{order}/refunds": 3,
    "sell/products": 2,
    "sell/orders": 2,
    "sell/transfers": 2,
    "sell/balance": 3,
    "sell/profile": 1,
    "admin/transfers?seller_id={seller}": 2,
    "admin/ledger?user_id={seller}": 3,
    "admin/webhooks": 1,
}


class Market(Struct, frozen=True):
    """Somebody who sells so many things, somebody who bought them, and an admin."""

    seller: Person
    buyer: Person
    admin: Person
    places: dict[str, object]

    def reader_of(self, path: str) -> Person:
        """Give whom a path is for."""
        readers = {"sell": self.seller, "admin": self.admin}
        return readers.get(path.partition("/")[0], self.buyer)


async def open_market(services: Services, size: int) -> Market:
    """Have so many products be sold, one by one and all at once, reviewed and in part refunded."""
    seller, admin = [await make.person(services, role) for role in (Role.CREATOR, Role.ADMIN)]
    buyer = await make.person(services)
    async with services.database.transaction() as tx:
        products = [await make.product(tx, seller.member) for _ in range(size)]
        for product_id in products:
            await make.bought(tx, buyer.member, product_id)
            reviewer, _ = await make.member_in(tx)
            await make.review(tx, reviewer, products[0])
        order_id = await make.paid_order(tx, buyer.member, *[(seller.member, 500)] * (size + 1))
        sold = await tx.column(str, _LIST_SOLD, order_id)
    for product_id in sold:
        await make.product_file(services, seller, ProductId(UUID(product_id)))
    async with services.database.transaction() as tx:
        await make.refunded_item(tx, order_id)
    await make.delivered(services)
    places = {"product": products[0], "order": order_id, "seller": seller.id}
    return Market(seller, buyer, admin, places)


_LIST_SOLD = "select product_id::text from order_items where order_id = $1 order by position"


@pytest.fixture(scope="module")
async def markets(services: Services) -> list[Market]:
    return [await open_market(services, size) for size in (1, 7)]


@pytest.mark.parametrize("path", READS)
async def test_no_read_takes_more_queries_the_more_there_is(client, services, markets, path):
    for market in markets:
        # Afterwards it is known for a minute whether the owner reserves text and data mining.
        address = path.format(**market.places)
        await client.get(address, headers=market.reader_of(path).headers)
    few, many = [
        await count_statements(
            client, services, path.format(**market.places), market.reader_of(path)
        )
        for market in markets
    ]

    assert few == many
    assert many.total() == READS[path], many
