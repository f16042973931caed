"""Whoever is erased beside a sale waits for it, or it waits for them: never both."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from tests import make
from tests.infra.waiting import until
from tests.raw import borrowed
from veza.app.domains import PERSONAL_DATA
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import OrderId, ProductId
from veza.domains.marketplace.ledger.errors import OpenBalance
from veza.domains.marketplace.orders.models.state import OrderStatus, PaymentMade
from veza.domains.marketplace.orders.queries.settlement import lock_order
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.reviews import service as reviews
from veza.domains.marketplace.reviews.models import ReviewForm
from veza.domains.privacy.service import erase
from veza.infra.postgres.database import Tx

_IS_SOMEBODY_WAITING = """
    select exists (select from pg_stat_activity
                    where datname = current_database() and wait_event_type = 'Lock')
"""

type Step = Callable[[Tx], Awaitable[object]]


@pytest.fixture
async def seller(services: Services) -> make.Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture
async def buyer(services: Services) -> make.Person:
    return await make.person(services)


@pytest.fixture
async def product_id(services: Services, seller: make.Person) -> ProductId:
    async with services.database.transaction() as tx:
        return await make.product(tx, seller.member, price_cents=1000)


async def _leave_between(
    services: Services, leaving: make.Person, first: Step, second: Step
) -> BaseException | None:
    """Have somebody be erased between two steps of what others do; give why they may not."""

    async def leave() -> None:
        async with services.database.transaction() as tx:
            await erase(tx, PERSONAL_DATA, leaving.id)

    async def is_waited_for() -> bool:
        async with borrowed(services) as raw:
            return await raw.fetchval(_IS_SOMEBODY_WAITING)

    async with services.database.transaction() as tx:
        await first(tx)
        erasing = asyncio.create_task(leave())
        await until(is_waited_for)
        await second(tx)
    [outcome] = await asyncio.gather(erasing, return_exceptions=True)
    return outcome


async def test_a_seller_waits_for_who_is_ordering(services, seller, buyer, product_id):
    async def choose(tx: Tx) -> None:
        await products.lock_for_sale(tx, [product_id])

    async def buy(tx: Tx) -> None:
        await make.bought(tx, buyer.member, product_id)

    outcome = await _leave_between(services, seller, choose, buy)
    assert isinstance(outcome, OpenBalance)


async def test_a_buyer_waits_for_what_they_paid(services, seller, buyer, product_id):
    async with services.database.transaction() as tx:
        # So that they lock a product too, of which a sale is counted.
        await make.bought(tx, buyer.member, product_id)
        await reviews.create_review(tx, product_id, buyer.member, ReviewForm(5))
        order_id: OrderId = await make.order(tx, buyer.member, (seller.member, 1000))
        sql = "update order_items set product_id = $2 where order_id = $1"
        other = await make.product(tx, seller.member, price_cents=1000)
        await tx.run(sql, order_id, other)

    async def lock(tx: Tx) -> None:
        await lock_order(tx, order_id, overdue_after=timedelta(days=1))

    async def settle(tx: Tx) -> None:
        settled = await settlement.settle(tx, order_id, PaymentMade(1000, "EUR"))
        assert settled.status is OrderStatus.PAID

    assert await _leave_between(services, buyer, lock, settle) is None
