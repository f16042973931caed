"""A seller with a product, two more parties, and what they agree on over HTTP."""

import pytest

from tests import make
from veza.core.access import Role
from veza.core.visibility import Visibility


class Agreement:
    """The split of a product or release, and those whom it concerns."""

    def __init__(self, client, services, people, path):
        self.client, self.database, self.path = client, services.database, path
        self.owner, self.ben, self.cat = people

    def parts(self, *parts):
        """The parts of the owner, of Ben and of Cat; without those who have none."""
        pairs = zip((self.owner, self.ben, self.cat), parts, strict=False)
        return [{"profile_id": str(who.id), "parts_per_10000": n} for who, n in pairs if n]

    async def put(self, *parts, by=None):
        return await self.send("put", self.path, by or self.owner, {"parts": self.parts(*parts)})

    async def propose(self, *parts):
        response = await self.put(*parts)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    async def answer(self, who, answer="accept", body=None):
        return await self.send("post", f"{self.path}/{answer}", who, body)

    async def accept(self, *people):
        for who in people:
            response = await self.answer(who)
            assert response.status_code == 200, response.text
        return await self.show()

    async def show(self, by=None):
        response = await self.send("get", self.path, by or self.owner)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    async def send(self, method, path, who, body=None):
        return await self.client.request(
            method.upper(), path, headers=who.headers, json=body if method != "get" else None
        )


@pytest.fixture
async def people(services):
    return [await make.person(services, role) for role in (Role.CREATOR, Role.USER, Role.CREATOR)]


@pytest.fixture
async def product_id(services, people):
    async with services.database.transaction() as tx:
        return await make.product(tx, people[0].member, "Night Ferry", price_cents=1001)


@pytest.fixture
async def agreement(client, services, people, product_id):
    return Agreement(client, services, people, f"marketplace/products/{product_id}/splits")


@pytest.fixture
async def release_id(services, people, product_id):
    """The release that the product is."""
    async with services.database.transaction() as tx:
        release_id = await make.release(
            tx, people[0].member, "Night Ferry", visibility=Visibility.PUBLIC
        )
        sql = "update products set release_id = $2 where id = $1"
        await tx.run(sql, product_id, release_id)
        return release_id


@pytest.fixture
async def of_release(client, services, people, release_id):
    return Agreement(client, services, people, f"releases/{release_id}/splits")


@pytest.fixture
async def support(client, services, people):
    """The split of the support of a page; the page proposes."""
    page = await make.page(services, people[0])
    path = f"marketplace/profiles/{page.id}/splits"
    return Agreement(client, services, [page, *people[1:]], path)
