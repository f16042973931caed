"""Money of the sandbox is never real: whatever the settings become, the two stay apart."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from tests.money.switching import Shop, open_shop
from veza.app import bookkeeping
from veza.core.access import Role
from veza.domains.transfers import service as transfers


@pytest.fixture
async def shop(services) -> AsyncIterator[Shop]:
    async with open_shop(services) as opened:
        yield opened


async def _breaches(server):
    async with server.database.snapshot() as conn:
        found = await bookkeeping.find_breaches(conn)
    return [one for one in found if not one.is_under_way]


async def test_a_transfer_that_waited_in_the_sandbox_never_reaches_stripe(shop):
    async with shop.running(is_live=False) as server:
        seller, buyer = await server.person(Role.CREATOR), await server.person()
        await server.buy(buyer, seller, 900_000)
        assert [status for _, status in await server.transfers(seller)] == ["pending"]

    async with shop.running(is_live=True) as server:
        account_ref = await server.connect(seller)
        assert shop.stripe.accounts[account_ref]["payouts_enabled"]
        await server.work()

        assert shop.stripe.transfers == {}
        assert [status for _, status in await server.transfers(seller)] == ["pending"]
        assert await _breaches(server) == []


async def test_an_admins_retry_of_a_sandbox_transfer_never_reaches_stripe(shop):
    async with shop.running(is_live=False) as server:
        seller, buyer = await server.person(Role.CREATOR), await server.person()
        await server.buy(buyer, seller, 900_000)
        [(transfer_id, _)] = await server.transfers(seller)
        async with server.database.transaction() as tx:
            await tx.run("update transfers set status = 'failed' where id = $1", transfer_id)

    async with shop.running(is_live=True) as server:
        await server.connect(seller)
        async with server.database.transaction() as tx:
            await tx.run("update transfers set status = 'failed' where id = $1", transfer_id)
            await transfers.retry(tx, transfer_id, uuid4())
        await server.work()

        assert shop.stripe.transfers == {}


async def test_what_a_seller_owes_in_the_sandbox_is_not_kept_back_from_real_sales(shop):
    async with shop.running(is_live=False) as server:
        seller, buyer = await server.person(Role.CREATOR), await server.person()
        await server.connect(seller)
        order_id = await server.buy(buyer, seller, 900_000)
        # What was paid can't be taken back: the seller owes it.
        async with server.database.transaction() as tx:
            await tx.run("update sandbox_transfers set reversed_cents = amount_cents")
        await server.refund(order_id)

    async with shop.running(is_live=True) as server:
        account_ref = await server.connect(seller)
        await server.buy(await server.person(), seller, 1000)

        assert shop.stripe.paid_cents(account_ref) == 900
