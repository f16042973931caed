"""From the sale to the seller's account and back, by events, jobs and the sandbox's books."""

import pytest

from tests import make
from veza.app.worker import run_until_empty
from veza.core.access import Role
from veza.core.ids import RefundId, TransferId, new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.orders.models.state import RefundBegun, RefundMade
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.payouts.jobs import (
    postpone_transfer,
    retry_transfers,
    settle_transfer,
)
from veza.domains.marketplace.payouts.models import SettleTransfer
from veza.domains.marketplace.payouts.queries import list_transfers_of
from veza.domains.marketplace.payouts.service.transfers import enqueue_settlement
from veza.domains.marketplace.sellers import service as sellers
from veza.domains.marketplace.sellers import shared_queries as seller_queries


@pytest.fixture
async def seller(services):
    """A seller who set out to be paid, and hasn't told yet who they are."""
    person = await make.person(services, Role.CREATOR)
    onboarding = await sellers.start_onboarding(
        services.database, services.payouts, person.id, return_url="https://veza.example/back"
    )
    assert onboarding.onboarding_url
    return person


async def sell(services, *sold):
    buyer = await make.person(services)
    async with services.database.transaction() as tx:
        members = [(person.member, cents) for person, cents in sold]
        return await make.paid_order(tx, buyer.member, *members)


async def connect(services, person):
    """Have a seller tell who they are; we hear of it."""
    async with services.database.transaction() as tx:
        account = await seller_queries.find_payout_account(tx, person.id, MoneyMode.TEST)
        sql = "update sandbox_accounts set is_connected = true where ref = $1"
        assert await tx.run(sql, account.account_ref) == 1
    await sellers.refresh_account(services.database, services.payouts, account.account_ref)


async def refund(services, order_id):
    async with services.database.transaction() as tx:
        refund_id = RefundId(new_id())
        order = await settlement.read_state(tx, order_id)
        item_ids = [line.id for line in order.lines]
        await settlement.settle(tx, order_id, RefundBegun(refund_id, item_ids))
        await settlement.settle(tx, order_id, RefundMade(refund_id))


async def shown(client, person):
    answer = await client.get("sell/transfers", headers=person.headers)
    balance = await client.get("sell/balance", headers=person.headers)
    funds = balance.json()["data"]
    transfers = answer.json()["data"]["transfers"]
    return [one["status"] for one in transfers], (funds["pending"], funds["available"])


async def test_sellers_are_paid_once_connected_and_refunds_are_reversed(services, seller, client):
    other = await make.person(services, Role.CREATOR)
    order_id = await sell(services, (seller, 1000), (other, 500))
    await run_until_empty(services)
    assert await shown(client, seller) == (["pending"], (900, 0))

    await connect(services, seller)
    await run_until_empty(services)
    assert await shown(client, seller) == (["completed"], (0, 900))
    # Whoever isn't connected waits, and nobody else for them.
    assert await shown(client, other) == (["pending"], (450, 0))

    await refund(services, order_id)
    await run_until_empty(services)
    assert await shown(client, seller) == (["reversed"], (0, 0))
    assert await shown(client, other) == (["completed"], (0, 0))


async def test_a_transfer_whose_job_was_lost_is_found_by_the_schedule(services, seller, client):
    await connect(services, seller)
    await run_until_empty(services)
    await sell(services, (seller, 1000))
    await make.delivered(services)
    # Its job is lost.
    async with services.database.transaction() as tx:
        await tx.run("delete from jobs where name = 'SettleTransfer'")

    await retry_transfers(services.database, services.providers.payouts_by_mode)
    await run_until_empty(services)

    assert await shown(client, seller) == (["completed"], (0, 900))


async def test_who_connects_while_the_job_of_their_transfer_ends_is_paid_at_once(
    services, seller, client
):
    order_id = await sell(services, (seller, 1000))
    await run_until_empty(services)
    async with services.database.transaction() as tx:
        [transfer] = await list_transfers_of(tx, order_id)
        await enqueue_settlement(tx, transfer.id)
        # It has found no account, and is not over yet.
        sql = """
            update jobs
               set status = 'picked', leased_until = now() + interval '1 day'
             where key = $1
        """
        assert await tx.run(sql, f"transfer:{transfer.id}") == 1

    await connect(services, seller)
    await run_until_empty(services)

    assert await shown(client, seller) == (["completed"], (0, 900))
    async with services.database.transaction() as tx:
        await tx.run("delete from jobs where key = $1", f"transfer:{transfer.id}")


async def test_a_job_that_was_given_up_postpones_its_transfer_for_a_day(services, seller, client):
    order_id = await sell(services, (seller, 1000))
    await make.delivered(services)
    async with services.database.read() as conn:
        [transfer] = await list_transfers_of(conn, order_id)

    await postpone_transfer(services.database, SettleTransfer(transfer.id))
    await postpone_transfer(services.database, SettleTransfer(TransferId(new_id())))
    await connect(services, seller)
    await settle_transfer(
        services.database, services.providers.payouts_by_mode, SettleTransfer(transfer.id)
    )

    assert await shown(client, seller) == (["pending"], (900, 0))


@pytest.mark.long
async def test_a_free_product_makes_no_transfer(services, seller, client):
    await sell(services, (seller, 0))
    await run_until_empty(services)

    assert await shown(client, seller) == ([], (0, 0))
