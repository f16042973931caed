"""Orders of one seller are serialized; orders of different sellers are not."""

import asyncio

import pytest

from tests import make
from tests.infra.waiting import PATIENCE_S, until
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import OrderId
from veza.domains.marketplace.orders.models.state import OrderStatus, PaymentMade
from veza.domains.marketplace.orders.service import settlement
from veza.infra.postgres.database import Tx

PRICE = 1200


async def order_from(services: Services, seller: make.Person) -> OrderId:
    """Place an order of a new product by a new buyer."""
    buyer = await make.person(services)
    async with services.database.transaction() as tx:
        return await make.order(tx, buyer.member, (seller.member, PRICE))


async def pay(tx: Tx, order_id: OrderId) -> None:
    settled = await settlement.settle(tx, order_id, PaymentMade(PRICE, "EUR"))
    assert settled.status is OrderStatus.PAID


@pytest.fixture
async def sellers(services: Services) -> list[make.Person]:
    """Return two sellers, after a first sale created the platform's accounts."""
    sellers = [await make.person(services, Role.CREATOR) for _ in range(2)]
    order_id = await order_from(services, sellers[0])
    async with services.database.transaction() as tx:
        await pay(tx, order_id)
    return sellers


async def test_orders_of_different_sellers_do_not_wait_for_each_other(services, sellers):
    mine, yours = [await order_from(services, seller) for seller in sellers]
    database = services.database

    # Both transactions stay open until both are done: waiting would never end.
    async with (
        asyncio.timeout(PATIENCE_S),
        database.transaction() as one,
        database.transaction() as other,
    ):
        await pay(one, mine)
        await pay(other, yours)
        await make.refunded_item(one, mine)
        await make.refunded_item(other, yours)

    async with database.read() as conn:
        for order_id in (mine, yours):
            state = await settlement.read_state(conn, order_id)
            assert state.status is OrderStatus.REFUNDED


async def test_orders_of_one_seller_wait_for_each_other(services, sellers):
    first, second = [await order_from(services, sellers[0]) for _ in range(2)]
    database = services.database

    async def pay_second() -> None:
        async with database.transaction() as tx:
            await pay(tx, second)

    async def is_waiting() -> bool:
        async with database.read() as conn:
            sql = "select exists (select from pg_locks where not granted)"
            return bool(await conn.value(bool, sql))

    async with database.transaction() as tx:
        await pay(tx, first)
        waiting = asyncio.create_task(pay_second())
        await until(is_waiting)
        assert not waiting.done()
    await waiting
