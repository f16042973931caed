"""A seller with a product, and what is done with its download codes over HTTP."""

import pytest

from tests import make
from veza.core.access import Role


class Codes:
    """A product, its codes, and members who redeem them."""

    def __init__(self, client, services, seller, product_id):
        self.client, self.services, self.database = client, services, services.database
        self.seller, self.product_id = seller, product_id
        self.path = f"marketplace/products/{product_id}/codes"

    async def create(self, count=1, **fields):
        form = {"count": count, "label": "Vinyl"} | fields
        response = await self.client.post(self.path, headers=self.seller.headers, json=form)
        assert response.status_code == 201, response.text
        return response.json()["data"]

    async def redeem(self, person, code):
        return await self.client.post(
            "marketplace/codes/redeem", headers=person.headers, json={"code": code}
        )

    async def batches(self):
        response = await self.client.get(self.path, headers=self.seller.headers)
        return response.json()["data"]["batches"]

    async def delete(self, batch_id):
        return await self.client.delete(f"{self.path}/{batch_id}", headers=self.seller.headers)

    async def run(self, sql, *values):
        async with self.database.transaction() as tx:
            return await tx.run(sql, *values)

    async def count(self, sql, *values):
        async with self.database.read() as conn:
            return await conn.value(int, sql, *values) or 0


@pytest.fixture
async def codes(client, services):
    seller = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        product_id = await make.product(tx, seller.member, "Night Ferry", price_cents=1200)
    return Codes(client, services, seller, product_id)


@pytest.fixture
async def fan(services):
    return await make.person(services)
