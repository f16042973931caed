"""Members and guests who give a product to an address, and a worker that goes on."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests import make
from tests.domains.auth.accounts.people import open_client
from tests.domains.marketplace.guests.guest_steps import address, mail_texts, pay, place
from veza.app.services import Services
from veza.core.ids import ProductId, new_id
from veza.domains.marketplace.codes import invariants as codes
from veza.domains.marketplace.gifts import invariants as gift_rules
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import invariants as orders
from veza.domains.marketplace.orders.models.state import OrderEvent
from veza.domains.marketplace.orders.service.settlement import settle
from veza.domains.marketplace.payouts import invariants as payouts
from veza.domains.marketplace.refunds import invariants as refunds

_CODE = re.compile(r"/gift#code=([\w-]{23})$", re.MULTILINE)
_BLOCK = re.compile(r"/gift/block#token=([\w.-]+)$", re.MULTILINE)
_RULES = (orders, codes, gift_rules, refunds, payouts)


class Giving:
    """A product, a client, and what givers and recipients do with it."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        services: Services,
        product_id: ProductId,
        work: Callable[[], Awaitable[None]],
    ) -> None:
        self.client, self.services, self.product_id = client, services, product_id
        self.work = work

    def form(self, recipient: str, **gift: Any) -> dict[str, Any]:
        wish = {"recipient_email": recipient, "sender_name": "Jon", "message": "Happy birthday!"}
        item = {"product_id": str(self.product_id), "gift": wish | gift}
        return {"items": [item], "language": "en"}

    async def place(self, giver: make.Person, recipient: str, **gift: Any) -> httpx.Response:
        """Order a gift as a member."""
        key = {"Idempotency-Key": str(new_id())}
        return await self.client.post(
            "marketplace/orders", json=self.form(recipient, **gift), headers=giver.headers | key
        )

    async def buy(self, giver: make.Person, recipient: str, **gift: Any) -> dict[str, Any]:
        """Order a gift as a member, pay for it, and let the worker go on."""
        answer = await self.place(giver, recipient, **gift)
        assert answer.status_code == 201, answer.text
        order = answer.json()["data"]
        await self.pay(order, giver.headers)
        return order

    async def pay(self, order: dict[str, Any], headers: dict[str, str]) -> None:
        path = f"sandbox/payments/{order['payment']['payment_id']}/confirm"
        answer = await self.client.post(path, json={"outcome": "succeeded"}, headers=headers)
        assert answer.status_code == 202, answer.text
        await self.work()

    async def buy_as_guest(self, email: str, recipient: str) -> dict[str, Any]:
        made = await place(self.client, self.form(recipient) | {"email": email}, str(new_id()))
        await pay(self.client, made)
        await self.work()
        return made

    async def shown(self, giver: make.Person, order: dict[str, Any]) -> dict[str, Any]:
        """Return the only gift of an order as its buyer sees it."""
        answer = await self.client.get(
            f"marketplace/orders/{order['id']}/gifts", headers=giver.headers
        )
        [gift] = answer.json()["data"]["gifts"]
        return gift

    async def change(
        self, giver: make.Person, order: dict[str, Any], below: str = "", **form: Any
    ) -> httpx.Response:
        path = f"marketplace/orders/{order['id']}/gifts/{order['items'][0]['id']}{below}"
        if form:
            return await self.client.put(path, json=form, headers=giver.headers)
        return await self.client.post(path, headers=giver.headers)

    def codes(self, recipient: str) -> list[str]:
        """Return the codes in the mails to an address, the oldest first."""
        return [
            code for text in mail_texts(self.services, recipient) for code in _CODE.findall(text)
        ]

    def block_tokens(self, recipient: str) -> list[str]:
        texts = mail_texts(self.services, recipient)
        return [token for text in texts for token in _BLOCK.findall(text)]

    async def redeem(self, code: str, person: make.Person | None = None, **form: Any) -> Any:
        headers = {} if person is None else person.headers
        return await self.client.post(
            "marketplace/codes/redeem", json={"code": code} | form, headers=headers
        )

    async def refund(self, giver: make.Person, order: dict[str, Any]) -> None:
        path = f"marketplace/orders/{order['id']}/refund"
        answer = await self.client.post(path, json={"reason": "Wrong"}, headers=giver.headers)
        assert answer.status_code == 200, answer.text
        await self.work()

    async def settle(self, order: dict[str, Any], *events: OrderEvent) -> None:
        """Have something reported of an order, and let the worker go on."""
        for event in events:
            async with self.services.database.transaction() as tx:
                await settle(tx, order["id"], event)
        await self.work()

    async def run(self, sql: str, *values: object) -> int:
        async with self.services.database.transaction() as tx:
            return await tx.run(sql, *values)

    async def count(self, sql: str, *values: object) -> int:
        async with self.services.database.read() as conn:
            return await conn.value(int, sql, *values) or 0

    async def later(self, order: dict[str, Any], by: timedelta) -> None:
        """Let time pass for the gifts of an order."""
        sql = """
            update gifts g
               set send_at = send_at - $2::interval, due_at = due_at - $2::interval,
                   tried_at = tried_at - $2::interval, sent_at = sent_at - $2::interval,
                   redeemed_at = redeemed_at - $2::interval
              from order_items i
             where i.id = g.item_id and i.order_id = $1
        """
        await self.run(sql, order["id"], by)

    async def ensure_right(self, *things: object) -> None:
        """Ask `veza ledger verify`, and what it says of the product and these orders."""
        rules = {name: sql for each in _RULES for name, sql in each.INVARIANTS.items()}
        async with self.services.database.read() as conn:
            found = await ledger.find_violations(conn, rules)
        ids = [str(self.product_id), *map(str, things)]
        assert [each for each in found if any(one in each.where for one in ids)] == []


@pytest.fixture
async def client(services: Services, app: Litestar) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(services, app) as made:
        yield made


@pytest.fixture
def giving(
    client: httpx.AsyncClient,
    services: Services,
    product_id: ProductId,
    work: Callable[[], Awaitable[None]],
) -> Giving:
    async def go_on() -> None:
        for _ in range(4):
            await work()

    return Giving(client, services, product_id, go_on)


@pytest.fixture
def recipient() -> str:
    return address()
