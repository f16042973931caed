"""Whoever dies between two effects, and however many are at it: nobody is paid twice."""

import asyncio

import pytest

from tests.domains.marketplace.payouts.crashes_steps import die_after
from tests.domains.marketplace.payouts.payments_steps import BROKEN, NO_MONEY
from tests.domains.marketplace.payouts.shop_steps import REVERSALS, TRANSFERS
from tests.fakes.company import Fault
from veza.domains.marketplace.orders.models.state import DisputeOpened
from veza.domains.marketplace.payouts import personal_data
from veza.domains.marketplace.payouts.models import TransferStatus


@pytest.mark.parametrize("hours", ["0", "20 hours"])
@pytest.mark.parametrize("effects", range(5))
async def test_a_crash_during_a_payment_is_resumed(shop, seller, effects, hours):
    order_id = await shop.sell(seller)
    await die_after(shop, effects, order_id)
    # The one who died is believed to be at it for a while.
    calls = len(shop.fake.calls)
    if effects:
        await shop.pay(order_id)
        assert len(shop.fake.calls) == calls
    if hours != "0":
        shop.fake.forget_keys()

    await shop.wait(order_id, hours)
    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.key_number) == (TransferStatus.COMPLETED, 1)
    assert len(shop.fake.transfers) == 1
    assert shop.fake.paid_cents(seller.account_ref) == 900
    assert await shop.balance(seller) == (0, 900)


@pytest.mark.long
@pytest.mark.parametrize("hours", ["0", "20 hours"])
@pytest.mark.parametrize("effects", range(5))
async def test_a_crash_during_a_reversal_is_resumed(shop, seller, effects, hours):
    order_id = await shop.sell(seller, 400, 500)
    await shop.pay(order_id)
    await shop.refund(order_id, 0)
    await die_after(shop, effects, order_id)
    if hours != "0":
        shop.fake.forget_keys()

    await shop.wait(order_id, hours)
    [transfer] = await shop.pay(order_id)

    assert transfer.reversed_cents == 400
    assert len(shop.fake.reversals) == 1
    assert await shop.balance(seller) == (0, 500)


async def test_a_started_payment_is_sent_and_a_disputed_one_is_taken_back(shop, seller):
    """A dispute does not stop a payment that was started before it: it may already be made."""
    disputed, started = await shop.sell(seller, 339), await shop.sell(seller, 857)
    await die_after(shop, 1, started)
    assert shop.fake.paid_cents(seller.account_ref) == 0
    shop.fake.faults.append(Fault(0, is_done=True, path=TRANSFERS))
    await shop.pay(disputed)
    await shop.tell(disputed, DisputeOpened("dp_1", 439))

    await shop.wait(started)
    await shop.pay(started)
    assert shop.fake.paid_cents(seller.account_ref) == 339 + 857

    await shop.wait(disputed)
    await shop.pay(disputed)
    assert shop.fake.paid_cents(seller.account_ref) == 857
    assert await shop.balance(seller) == (0, 857)


@pytest.mark.parametrize("refusal", [Fault(403, body=BROKEN), Fault(400, body=NO_MONEY)])
async def test_a_refusal_to_repeat_a_payment_does_not_mean_that_it_was_not_made(
    shop, seller, refusal
):
    order_id = await shop.sell(seller)
    shop.fake.faults.extend([Fault(0, is_done=True, path=TRANSFERS), refusal])
    await shop.pay(order_id)

    await shop.wait(order_id)
    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.key_number) == (TransferStatus.COMPLETED, 1)
    assert shop.fake.paid_cents(seller.account_ref) == 900
    assert await shop.balance(seller) == (0, 900)


@pytest.mark.parametrize("refusal", [Fault(403, body=BROKEN), Fault(400, body=NO_MONEY)])
async def test_a_refusal_to_repeat_a_reversal_does_not_mean_that_it_was_not_made(
    shop, seller, refusal
):
    order_id = await shop.sell(seller, 400, 500)
    await shop.pay(order_id)
    await shop.refund(order_id, 0)
    shop.fake.faults.extend([Fault(0, is_done=True, path=REVERSALS), refusal])
    await shop.pay(order_id)

    await shop.wait(order_id)
    [transfer] = await shop.pay(order_id)

    assert (transfer.reversed_cents, transfer.withheld_cents) == (400, 0)
    assert shop.fake.paid_cents(seller.account_ref) == 500
    assert await shop.balance(seller) == (0, 500)


async def test_a_refused_repetition_is_not_decided_while_the_lookup_fails(shop, seller):
    order_id = await shop.sell(seller)
    shop.fake.faults.extend(
        [
            Fault(0, is_done=True, path=TRANSFERS),
            Fault(403, body=BROKEN, path=TRANSFERS),
            Fault(500, body=BROKEN, method="GET", path=TRANSFERS),
        ]
    )
    await shop.pay(order_id)
    await shop.wait(order_id)
    [transfer] = await shop.pay(order_id)
    assert (transfer.status, transfer.key_number) == (TransferStatus.PROCESSING, 1)

    await shop.wait(order_id)
    await shop.pay(order_id)

    assert await shop.balance(seller) == (0, 900)


async def test_repeated_crashes_are_resumed(shop, seller):
    order_id = await shop.sell(seller)
    deaths = 0
    while await die_after(shop, 1 + deaths % 3, order_id):
        deaths += 1
        await shop.wait(order_id)
        if deaths == 12:
            break

    await shop.wait(order_id)
    [transfer] = await shop.pay(order_id)

    assert transfer.status is TransferStatus.COMPLETED
    assert len(shop.fake.transfers) == 1


async def test_concurrent_jobs_pay_once(shop, seller):
    orders = [await shop.sell(seller, 300, 600) for _ in range(3)]
    transfers = [transfer for order_id in orders for transfer in await shop.list(order_id)]

    await asyncio.gather(*(shop.settle(transfer) for transfer in transfers * 6))

    assert shop.fake.count("POST", TRANSFERS) == 3
    assert await shop.balance(seller) == (0, 2700)
    for order_id in orders:
        await shop.refund(order_id, 0)
    await asyncio.gather(*(shop.settle(transfer) for transfer in transfers * 6))
    assert shop.fake.count("POST", REVERSALS) == 3
    assert await shop.balance(seller) == (0, 1800)


async def test_concurrent_events_lead_to_the_latest_due_amount(shop, seller):
    order_id = await shop.sell(seller, 100, 200, 300)

    refunds = [shop.refund(order_id, place) for place in (0, 2)]
    await asyncio.gather(*(shop.hear_of(order_id) for _ in range(5)), *refunds)

    [transfer] = await shop.list(order_id)
    assert (transfer.due_cents, transfer.platform_fee_cents) == (200, 100)
    [paid] = await shop.pay(order_id)
    assert paid.amount_cents == 200
    assert await shop.balance(seller) == (0, 200)


async def test_events_in_any_order_have_the_same_result(shop, seller):
    order_id = await shop.sell(seller, 100, 200)
    async with shop.database.transaction() as tx:
        # As if the sale were still to be heard of.
        await tx.run("delete from transfers where order_id = $1", order_id)

    await shop.refund(order_id, 0)
    await shop.hear_of(order_id)

    [paid] = await shop.pay(order_id)
    assert (paid.amount_cents, paid.part) == (200, 1)


async def test_refunds_of_an_erased_seller_are_reversed(shop, seller):
    order_id = await shop.sell(seller)
    await shop.pay(order_id)
    async with shop.database.transaction() as tx:
        await personal_data.erase(tx, seller.person.id)

    await shop.refund(order_id)
    [transfer] = await shop.pay(order_id)

    assert (transfer.seller_id, transfer.status) == (None, TransferStatus.REVERSED)
    assert shop.fake.paid_cents(seller.account_ref) == 0


async def test_a_refund_during_a_provider_call_is_applied(shop, seller):
    order_id = await shop.sell(seller, 300, 600)
    [transfer] = await shop.list(order_id)
    transfer_money = shop.stripe.transfer

    async def transfer_slowly(wish):
        paid = await transfer_money(wish)
        await shop.refund(order_id, 0)
        return paid

    shop.stripe.transfer = transfer_slowly
    await shop.settle(transfer)

    [settled] = await shop.list(order_id)
    assert (settled.amount_cents, settled.reversed_cents) == (900, 300)
    assert await shop.balance(seller) == (0, 600)


async def test_a_late_outcome_changes_nothing(shop, seller):
    """Somebody was thought dead, and others found out meanwhile, and were refused, and paid."""
    order_id = await shop.sell(seller)
    [transfer] = await shop.list(order_id)
    transfer_money = shop.stripe.transfer

    async def transfer_late(wish):
        shop.stripe.transfer = transfer_money
        await shop.wait(order_id)
        await shop.settle(transfer)
        return await transfer_money(wish)

    shop.stripe.transfer = transfer_late
    await shop.settle(transfer)

    [settled] = await shop.list(order_id)
    assert (settled.status, settled.amount_cents) == (TransferStatus.COMPLETED, 900)
    assert len(shop.fake.transfers) == 1
    assert await shop.balance(seller) == (0, 900)


async def test_a_provider_call_times_out(shop, seller, monkeypatch):
    order_id = await shop.sell(seller)
    hung = asyncio.Event()
    monkeypatch.setattr(shop.stripe, "transfer", lambda _: hung.wait())
    monkeypatch.setattr("veza.domains.marketplace.payouts.jobs.CALL_TIMEOUT_S", 0.01)

    [silent] = await shop.pay(order_id)

    assert (silent.status, silent.tries) == (TransferStatus.PROCESSING, 1)
    monkeypatch.undo()
    shop.fake.faults.append(Fault(0, is_done=True, path=TRANSFERS))
    await shop.wait(order_id)
    await shop.pay(order_id)
    await shop.wait(order_id)
    [paid] = await shop.pay(order_id)
    assert paid.status is TransferStatus.COMPLETED
    assert shop.fake.paid_cents(seller.account_ref) == 900
