"""A seller of a service, who makes it for buyers over HTTP, and a worker that goes on."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests import make
from veza.app.services import Services
from veza.app.worker import run_until_empty
from veza.core.access import Role
from veza.core.ids import ProductId, new_id
from veza.domains.marketplace.commissions import invariants as commissions
from veza.domains.marketplace.commissions import jobs
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import invariants as orders
from veza.domains.marketplace.orders.models.state import OrderEvent
from veza.domains.marketplace.orders.service.settlement import settle
from veza.domains.marketplace.payouts import invariants as payouts
from veza.domains.marketplace.refunds import invariants as refunds

_RULES = (orders, commissions, refunds, payouts)
TERMS = {"delivery_days": 5, "revisions": 1, "questions": "Which song is it?"}


class Studio:
    """A service for 40 euros, its seller, and what buyers, the seller and staff do with it."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        services: Services,
        people: tuple[make.Person, make.Person],
        product_id: ProductId,
        work: Callable[[], Awaitable[None]],
    ) -> None:
        self.client, self.services, self.product_id = client, services, product_id
        self.seller, self.buyer = people
        self.go_on = work
        self.order_ids: list[str] = []

    async def order(self, by: make.Person | None = None, **fields: Any) -> httpx.Response:
        headers = {"Idempotency-Key": str(new_id())} if by is not None else {}
        form = {"items": [{"product_id": str(self.product_id)}]} | fields
        return await self.client.post(
            "marketplace/orders", json=form, headers=headers | (by.headers if by else {})
        )

    async def buy(self, by: make.Person | None = None) -> str:
        """Order and pay the service; return the id of the commission."""
        buyer = by or self.buyer
        answer = await self.order(buyer)
        assert answer.status_code == 201, answer.text
        order = answer.json()["data"]
        self.order_ids.append(order["id"])
        if order["payment"]:
            path = f"sandbox/payments/{order['payment']['payment_id']}/confirm"
            form = {"outcome": "succeeded"}
            paid = await self.client.post(path, json=form, headers=buyer.headers)
            assert paid.status_code == 202, paid.text
        await self.go_on()
        return order["items"][0]["id"]

    async def see(self, commission_id: str, by: make.Person | None = None) -> Any:
        """Return a commission as a member sees it, by default its buyer, or why not."""
        headers = (by or self.buyer).headers
        answer = await self.client.get(f"commissions/{commission_id}", headers=headers)
        return answer.json()["data"] if answer.is_success else answer.json()["code"]

    async def do(
        self, by: make.Person, commission_id: str, step: str, words: str = "Words.", **more: Any
    ) -> Any:
        """Take a step; return the commission after it, or why not."""
        form = None if step == "accept" else {"words": words} | more
        path = f"commissions/{commission_id}/{step}"
        answer = await self.client.post(path, json=form, headers=by.headers)
        return answer.json()["data"] if answer.is_success else answer.json()["code"]

    async def begun(self, by: make.Person | None = None) -> str:
        commission_id = await self.buy(by)
        assert (await self.do(by or self.buyer, commission_id, "brief"))["status"] == "in_progress"
        return commission_id

    async def delivered(self) -> str:
        commission_id = await self.begun()
        answer = await self.do(self.seller, commission_id, "deliveries")
        assert answer["status"] == "delivered"
        return commission_id

    async def later(self, commission_id: str, by: timedelta) -> None:
        """Let time pass for a commission, and do what happens by itself."""
        sql = "update commissions set due_at = due_at - $2::interval where id = $1"
        async with self.services.database.transaction() as tx:
            await tx.run(sql, commission_id, by)
        await jobs.expire_commissions(self.services.database)
        await self.go_on()

    async def report(self, *events: OrderEvent) -> None:
        """Have something reported of the last order, and let the worker go on."""
        for event in events:
            async with self.services.database.transaction() as tx:
                await settle(tx, self.order_ids[-1], event)
        await self.go_on()

    async def transfer_reasons(self) -> list[str | None]:
        """Return why the seller is not paid yet, for each transfer."""
        sql = "select reason from transfers where order_id = any($1) order by id"
        async with self.services.database.read() as conn:
            return await conn.column(str, sql, self.order_ids)

    async def told(self, person: make.Person) -> list[str]:
        """Return the kinds of notifications of commissions that a member got, oldest first."""
        found = await make.told(self.services, person)
        return [each.kind for each in found if each.commission is not None]

    async def ensure_right(self) -> None:
        """Ask `veza ledger verify`, and what it says of the orders of this service."""
        rules = {name: sql for each in _RULES for name, sql in each.INVARIANTS.items()}
        async with self.services.database.read() as conn:
            items = "select id::text from order_items where order_id = any($1)"
            ids = [*self.order_ids, *await conn.column(str, items, self.order_ids)]
            found = await ledger.find_violations(conn, rules)
        wrong = [each for each in found if any(one in each.where for one in ids)]
        assert [each for each in wrong if not each.is_under_way] == []


@pytest.fixture
async def studio(client: httpx.AsyncClient, services: Services) -> Studio:
    seller, buyer = await make.person(services, Role.CREATOR), await make.person(services)
    async with services.database.transaction() as tx:
        product_id = await make.product(
            tx, seller.member, "Mix", price_cents=4000, type="service", service=TERMS
        )

    async def go_on() -> None:
        # Documents and mails take long to typeset, and are other tests'.
        for _ in range(2):
            await make.delivered(services)
            sql = "delete from jobs where name = any(array['IssueDocument', 'SendReceipt'])"
            async with services.database.transaction(recorded=False) as tx:
                await tx.run(sql)
            await run_until_empty(services)

    return Studio(client, services, (seller, buyer), product_id, go_on)
