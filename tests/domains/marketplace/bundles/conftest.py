"""A seller with products, and bundles of them over HTTP."""

import pytest

from tests import make
from veza.core.access import Role
from veza.domains.marketplace.orders.models.state import PaymentMade
from veza.domains.marketplace.orders.service import settlement

BUNDLES = "marketplace/bundles"


class Stall:
    """A seller with three products of 10, 20 and 30 euros, and a fan."""

    def __init__(self, client, services, people, product_ids):
        self.client, self.services, self.product_ids = client, services, product_ids
        self.seller, self.fan = people

    async def product(self, price_cents=1000, **columns):
        async with self.services.database.transaction() as tx:
            return await make.product(
                tx, self.seller.member, "Night Ferry", price_cents=price_cents, **columns
            )

    async def create(self, by=None, **fields):
        form = {"title": "The Ferry Years", "contents": "all_albums", "status": "published"}
        headers = (by or self.seller).headers
        return await self.client.post(BUNDLES, headers=headers, json=form | fields)

    async def bundle(self, *product_ids, **fields):
        """Publish a bundle of chosen products, by default for half of their price."""
        listed = [str(each) for each in product_ids or self.product_ids]
        form = {"contents": "products", "product_ids": listed, "percent_off": 50} | fields
        response = await self.create(**form)
        assert response.status_code == 201, response.text
        return response.json()["data"]

    async def change(self, bundle, by=None, **fields):
        path = f"{BUNDLES}/{bundle['id']}"
        return await self.client.put(path, headers=(by or self.seller).headers, json=fields)

    async def delete(self, bundle, by=None):
        path = f"{BUNDLES}/{bundle['id']}"
        return await self.client.delete(path, headers=(by or self.seller).headers)

    async def ask(self, bundle, by=None):
        headers = by.headers if by else {}
        return await self.client.get(f"{BUNDLES}/{bundle['id']}", headers=headers)

    async def see(self, bundle, by=None):
        response = await self.ask(bundle, by)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    async def list(self, by=None, **query):
        headers = by.headers if by else {}
        query = {"seller_id": str(self.seller.id)} | query
        query = {name: value for name, value in query.items() if value is not None}
        response = await self.client.get(BUNDLES, headers=headers, params=query)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    async def order(self, bundle, *items, by=None, **fields):
        """Order products, by ids or as items, with a bundle."""
        sent = [each if isinstance(each, dict) else {"product_id": str(each)} for each in items]
        form = {"items": sent, "bundle_id": bundle["id"]} | fields
        headers = {} if "email" in fields else (by or self.fan).headers
        return await self.client.post("marketplace/orders", headers=headers, json=form)

    async def own(self, *product_ids):
        """Have the fan buy products alone."""
        items = [{"product_id": str(each)} for each in product_ids]
        response = await self.client.post(
            "marketplace/orders", headers=self.fan.headers, json={"items": items}
        )
        await self.pay(response.json()["data"])

    async def pay(self, order):
        async with self.services.database.transaction() as tx:
            paid = PaymentMade(order["total_cents"], order["currency"])
            await settlement.settle(tx, order["id"], paid)
        await make.delivered(self.services)

    async def run(self, sql, *values):
        async with self.services.database.transaction() as tx:
            return await tx.run(sql, *values)

    async def count(self, sql, *values):
        async with self.services.database.read() as conn:
            return await conn.value(int, sql, *values) or 0


@pytest.fixture
async def stall(client, services):
    people = [await make.person(services, Role.CREATOR), await make.person(services)]
    async with services.database.transaction() as tx:
        product_ids = [
            await make.product(tx, people[0].member, f"Part {cents}", price_cents=cents)
            for cents in (1000, 2000, 3000)
        ]
    return Stall(client, services, people, product_ids)
