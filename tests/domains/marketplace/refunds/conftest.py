"""A shop whose buyers pay by a fake Hyperswitch, through its real client."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from tests import make
from tests.fakes.hyperswitch import API_KEY, FakeHyperswitch
from tests.make import Person
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import OrderId, OrderItemId, RefundId, write_short
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.orders.models.state import OrderStatus
from veza.domains.marketplace.refunds.models import RefundStatus
from veza.domains.marketplace.refunds.service import provider_refunds
from veza.infra.payments.hyperswitch import Hyperswitch, HyperswitchSettings
from veza.infra.payments.provider import PaymentRequest


@pytest.fixture
def fake() -> Iterator[FakeHyperswitch]:
    with FakeHyperswitch() as company:
        yield company


@pytest.fixture
async def payments(fake: FakeHyperswitch) -> AsyncIterator[Hyperswitch]:
    hyperswitch = Hyperswitch(HyperswitchSettings(fake.url, API_KEY))
    yield hyperswitch
    await hyperswitch.close()


@dataclass
class Shop:
    """Ann buys of Ben and Cat; what becomes of that, here and with the company."""

    services: Services
    fake: FakeHyperswitch
    payments: Hyperswitch
    ann: Person
    ben: Person
    cat: Person

    async def buy(self, *sold: tuple[Person, int]) -> OrderId:
        """Have Ann pay for things of these sellers at these prices."""
        pairs = [(seller.member, cents) for seller, cents in sold]
        async with self.services.database.transaction() as tx:
            order_id = await make.paid_order(tx, self.ann.member, *pairs)
            await make.unheard(tx, order_id)
        await self.take_money(order_id, sum(cents for _, cents in sold))
        return order_id

    async def take_money(self, order_id: OrderId, cents: int) -> None:
        """Have the company take the money for an order."""
        ref = f"p{write_short(order_id)}"
        async with self.services.database.transaction() as tx:
            sql = "update orders set provider = 'hyperswitch', payment_ref = $2 where id = $1"
            await tx.run(sql, order_id, ref)
        await self.payments.create_payment(PaymentRequest(ref, cents, "EUR", "Night Ferry"))
        self.fake.pay(ref)

    async def settle(self) -> None:
        """Do what the jobs do that wait, of all refunds of Ann's orders."""
        sql = """
            select r.id
              from refunds r
              join orders o on o.id = r.order_id
             where r.status = 'pending' and o.buyer_id = $1
        """
        async with self.services.database.read() as conn:
            refund_ids = await conn.column(RefundId, sql, self.ann.id)
        for refund_id in refund_ids:
            await provider_refunds.settle(self.services.database, self.payments, refund_id)

    async def items(self, order_id: OrderId) -> list[OrderItemId]:
        sql = "select id from order_items where order_id = $1 order by position"
        async with self.services.database.read() as conn:
            return await conn.column(OrderItemId, sql, order_id)

    async def status(self, order_id: OrderId) -> OrderStatus | None:
        async with self.services.database.read() as conn:
            return await conn.value(
                OrderStatus, "select status from orders where id = $1", order_id
            )

    async def refunds(self, order_id: OrderId) -> list[RefundStatus]:
        sql = "select status from refunds where order_id = $1 order by id"
        async with self.services.database.read() as conn:
            return await conn.column(RefundStatus, sql, order_id)

    async def earned(self, seller: Person) -> int:
        async with self.services.database.read() as conn:
            balances = await ledger_queries.list_balances(conn, seller.id)
        return sum(balance.earned_cents for balance in balances)


@pytest.fixture
async def shop(services: Services, fake: FakeHyperswitch, payments: Hyperswitch) -> Shop:
    ann, ben, cat = [await make.person(services, Role.CREATOR) for _ in range(3)]
    return Shop(services, fake, payments, ann, ben, cat)
