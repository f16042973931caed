"""A beat with three files that is sold in variants over HTTP, and people who buy it."""

from tests import make
from tests.domains.marketplace.guests.guest_steps import address, place
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import invariants as orders
from veza.domains.marketplace.orders.models.state import PaymentMade
from veza.domains.marketplace.orders.service import settlement


class BeatStore:
    """A seller, a product with files `wav`, `stems` and `midi`, and its variants by kind."""

    def __init__(self, client, services, people, product_id, files):
        self.client, self.services, self.product_id, self.files = (
            client,
            services,
            product_id,
            files,
        )
        self.seller, self.fan = people
        self.variants = {}

    def form(self, kind, price_cents, *names, **fields):
        file_ids = [str(self.files[name]) for name in names or ("wav",)]
        title = {"lease": "Lease", "stems": "Stems", "exclusive": "Exclusive"}.get(kind, kind)
        return {
            "kind": kind,
            "title": title,
            "price_cents": price_cents,
            "file_ids": file_ids,
        } | fields

    def usual(self):
        return [
            self.form("lease", 2000, terms={"max_streams": 10_000, "years": 2}),
            self.form("stems", 5000, "wav", "stems"),
            self.form("exclusive", 90_000, "wav", "stems", "midi", clauses="Nothing is resold."),
        ]

    async def set(self, *forms, by=None, product_id=None):
        path = f"marketplace/products/{product_id or self.product_id}/variants"
        headers = (by or self.seller).headers
        return await self.client.put(path, headers=headers, json={"variants": list(forms)})

    async def offer(self, *forms):
        answer = await self.set(*(forms or self.usual()))
        assert answer.status_code == 200, answer.text
        self.variants = {each["kind"]: each for each in answer.json()["data"]["variants"]}
        return self.variants

    async def see(self, path="", by=None):
        path = f"marketplace/products/{self.product_id}{path}"
        answer = await self.client.get(path, headers=by.headers if by else {})
        return answer.json()["data"] if answer.is_success else answer.json()["code"]

    def item(self, kind, **fields):
        item = {"product_id": str(self.product_id)}
        if kind is not None:
            item["variant_id"] = self.variants[kind]["id"]
        return item | fields

    async def post(self, *items, by=None, path="orders", **fields):
        form = {"items": [each if isinstance(each, dict) else self.item(each) for each in items]}
        headers = {} if by == "guest" else (by or self.fan).headers
        if path == "orders" and by != "guest":
            headers = headers | {"Idempotency-Key": str(new_id())}
        return await self.client.post(f"marketplace/{path}", headers=headers, json=form | fields)

    async def refusal(self, *items, **fields):
        """Return the code with which an order is refused."""
        answer = await self.post(*items, **fields)
        return answer.json()["code"] if answer.is_error else answer.status_code

    async def order(self, *items, **fields):
        answer = await self.post(*items, **fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]

    async def guest_order(self, kind, name="Ann Example"):
        billing = {} if name is None else {"billing": {"name": name}}
        form = {"items": [self.item(kind)], "email": address(), "language": "en"} | billing
        return await place(self.client, form, str(new_id()))

    async def settle(self, order, *events):
        async with self.services.database.transaction() as tx:
            done = [await settlement.settle(tx, order["id"], event) for event in events]
        await make.delivered(self.services)
        return done[-1].status

    async def pay(self, order):
        return await self.settle(order, PaymentMade(order["total_cents"], order["currency"]))

    async def buy(self, *items, **fields):
        order = await self.order(*items, **fields)
        assert await self.pay(order) == "paid"
        return order

    async def downloads(self, order, by=None):
        """Return which files an order gives, or why it gives none."""
        path = f"marketplace/orders/{order['id']}/downloads"
        answer = await self.client.get(path, headers=(by or self.fan).headers)
        if answer.is_error:
            return answer.json()["code"]
        names = {str(file_id): name for name, file_id in self.files.items()}
        found = []
        for each in answer.json()["data"]["downloads"]:
            file_id = each["url"].split("/downloads/")[1].split("?")[0]
            assert (await self.client.get(each["url"])).is_success
            found.append(names[file_id])
        return found

    async def ensure_right(self):
        async with self.services.database.read() as conn:
            sql = "select order_id::text from order_items where product_id = $1"
            ids = [str(self.product_id), *await conn.column(str, sql, self.product_id)]
            found = await ledger.find_violations(conn, orders.INVARIANTS)
        assert [each for each in found if any(one in each.where for one in ids)] == []

    async def run(self, sql, *values):
        async with self.services.database.transaction() as tx:
            return await tx.run(sql, *values)

    async def person(self):
        return await make.person(self.services)


async def open_store(client, services):
    """Make a seller with a beat, and a fan."""
    people = [await make.person(services, Role.CREATOR), await make.person(services)]
    async with services.database.transaction() as tx:
        product_id = await make.product(tx, people[0].member, "Night Ferry", price_cents=1200)
    files = {
        name: await make.product_file(services, people[0], product_id, name.encode())
        for name in ("wav", "stems", "midi")
    }
    return BeatStore(client, services, people, product_id, files)
