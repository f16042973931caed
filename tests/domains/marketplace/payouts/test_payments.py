"""Sellers are paid what is due to them, once, whatever a company does."""

import pytest

from tests.domains.marketplace.payouts.payments_steps import BROKEN, NO_MONEY, SILENCES
from tests.domains.marketplace.payouts.shop_steps import TRANSFERS
from tests.fakes.company import Fault
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.payouts.models import TransferStatus
from veza.domains.marketplace.payouts.rules import steps, transitions
from veza.domains.marketplace.sellers import shared_queries as seller_queries

OTHER_CALL = {"error": {"type": "idempotency_error", "message": "Keys can only be used with"}}


async def test_a_seller_is_paid(shop, seller):
    order_id = await shop.sell(seller)

    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.amount_cents) == (TransferStatus.COMPLETED, 900)
    assert (transfer.platform_fee_cents, transfer.retry_count) == (100, 0)
    assert transfer.completed_at is not None
    assert transfer.next_retry_at is None
    assert shop.fake.transfers[transfer.provider_ref]["transfer_group"] == str(order_id)
    assert await shop.balance(seller) == (0, 900)
    assert shop.fake.paid_cents(seller.account_ref) == 900


async def test_paying_again_pays_nothing(shop, seller):
    order_id = await shop.sell(seller)
    await shop.pay(order_id)
    await shop.wait(order_id)
    await shop.hear_of(order_id)

    await shop.pay(order_id)

    assert shop.fake.count("POST", TRANSFERS) == 1


@pytest.mark.long
@pytest.mark.parametrize("is_done", [True, False])
@pytest.mark.parametrize("status", SILENCES)
async def test_without_an_answer_the_same_key_is_used_again(shop, seller, status, is_done):
    shop.fake.faults.append(Fault(status, is_done=is_done, path=TRANSFERS, body=BROKEN))
    order_id = await shop.sell(seller)
    [silent] = await shop.pay(order_id)
    assert (silent.status, silent.reason) == (TransferStatus.PROCESSING, transitions.UNANSWERED)
    assert (silent.tries, silent.retry_count) == (1, 1)
    assert await shop.balance(seller) == (900, 0)
    # Nobody touches it before its time.
    await shop.pay(order_id)
    assert shop.fake.count("POST", TRANSFERS) == 1

    await shop.wait(order_id)
    [paid] = await shop.pay(order_id)

    assert (paid.status, paid.retry_count, paid.reason) == (TransferStatus.COMPLETED, 1, None)
    keys = {call.headers["idempotency-key"] for call in shop.fake.calls if call.path == TRANSFERS}
    assert keys == {f"{paid.id}:1"}
    assert await shop.balance(seller) == (0, 900)
    assert shop.fake.paid_cents(seller.account_ref) == 900


async def test_after_keys_expire_the_outcome_is_looked_up_first(shop, seller):
    shop.fake.faults.append(Fault(0, is_done=True, path=TRANSFERS))
    order_id = await shop.sell(seller)
    await shop.pay(order_id)
    shop.fake.forget_keys()

    await shop.wait(order_id, "20 hours")
    [paid] = await shop.pay(order_id)

    assert paid.status is TransferStatus.COMPLETED
    assert shop.fake.count("POST", TRANSFERS) == 1
    assert shop.fake.paid_cents(seller.account_ref) == 900
    assert await shop.balance(seller) == (0, 900)


@pytest.mark.parametrize("times", [0, 1])
async def test_a_transfer_that_a_lookup_does_not_find_is_paid(shop, seller, times):
    shop.fake.faults.append(Fault(0, path=TRANSFERS))
    order_id = await shop.sell(seller)
    await shop.pay(order_id)
    shop.fake.forget_keys()
    for _ in range(times):
        # The answer to the look gets lost, too.
        shop.fake.faults.append(Fault(500, method="GET", path=TRANSFERS, body=BROKEN))
        await shop.wait(order_id, "20 hours")
        await shop.pay(order_id)
        assert shop.fake.count("POST", TRANSFERS) == 1

    await shop.wait(order_id, "20 hours")
    [paid] = await shop.pay(order_id)

    assert paid.status is TransferStatus.COMPLETED
    assert shop.fake.count("GET", TRANSFERS) == 1 + times
    assert shop.fake.paid_cents(seller.account_ref) == 900


async def test_a_refused_lookup_leaves_the_outcome_unknown(shop, seller):
    shop.fake.faults.append(Fault(0, is_done=True, path=TRANSFERS))
    order_id = await shop.sell(seller)
    await shop.pay(order_id)
    shop.fake.faults.append(Fault(400, method="GET", path=TRANSFERS, body=NO_MONEY))
    await shop.wait(order_id, "20 hours")

    [unknown] = await shop.pay(order_id)

    assert (unknown.status, unknown.key_number) == (TransferStatus.PROCESSING, 1)
    await shop.wait(order_id, "20 hours")
    [paid] = await shop.pay(order_id)
    assert paid.status is TransferStatus.COMPLETED
    assert shop.fake.count("POST", TRANSFERS) == 1


async def test_a_key_that_was_used_for_another_call_may_have_paid(shop, seller):
    """As after an update by which we say the same in other words."""
    shop.fake.faults.append(Fault(0, is_done=True, path=TRANSFERS))
    order_id = await shop.sell(seller)
    await shop.pay(order_id)
    shop.fake.faults.append(Fault(400, path=TRANSFERS, body=OTHER_CALL))
    await shop.wait(order_id)

    [unknown] = await shop.pay(order_id)

    assert (unknown.status, unknown.key_number) == (TransferStatus.PROCESSING, 1)
    await shop.wait(order_id, "20 hours")
    [paid] = await shop.pay(order_id)
    assert paid.status is TransferStatus.COMPLETED
    assert shop.fake.paid_cents(seller.account_ref) == 900


async def test_an_insufficient_balance_is_retried_with_another_key(shop, seller):
    shop.fake.funds = 0
    order_id = await shop.sell(seller)
    [refused] = await shop.pay(order_id)
    assert (refused.status, refused.key_number) == (TransferStatus.PENDING, 2)
    assert "insufficient available funds" in refused.reason
    assert refused.next_retry_at is not None

    shop.fake.funds = 10_000
    await shop.wait(order_id)
    [paid] = await shop.pay(order_id)

    assert (paid.status, paid.retry_count) == (TransferStatus.COMPLETED, 1)
    assert shop.fake.paid_cents(seller.account_ref) == 900


async def test_a_transfer_fails_after_eight_tries_until_an_admin_retries_it(shop, seller):
    shop.fake.funds = 0
    order_id = await shop.sell(seller)
    for tries in range(1, 9):
        await shop.wait(order_id)
        [refused] = await shop.pay(order_id)
        assert refused.tries == tries
    assert (refused.status, refused.retry_count) == (TransferStatus.FAILED, 8)
    assert refused.next_retry_at is None
    shop.fake.funds = 10_000
    await shop.wait(order_id)
    await shop.pay(order_id)
    assert shop.fake.count("POST", TRANSFERS) == 8

    await shop.retry(refused)
    [paid] = await shop.pay(order_id)

    assert (paid.status, paid.retry_count) == (TransferStatus.COMPLETED, 9)
    assert shop.fake.paid_cents(seller.account_ref) == 900


async def test_a_restricted_account_fails_at_once_and_is_paid_once_connected(shop, seller):
    shop.fake.connect(seller.account_ref, is_connected=False)
    order_id = await shop.sell(seller)
    [failed] = await shop.pay(order_id)
    assert (failed.status, failed.retry_count) == (TransferStatus.FAILED, 1)
    assert "transfers capability" in failed.reason
    # Whoever is refused is asked of, so that it is noticed when they aren't any more.
    async with shop.database.read() as conn:
        account = await seller_queries.find_payout_account(conn, seller.person.id, MoneyMode.LIVE)
    assert account.status == "restricted"

    await shop.connect(seller)
    [paid] = await shop.pay(order_id)

    assert (paid.status, paid.amount_cents) == (TransferStatus.COMPLETED, 900)


async def test_a_transfer_without_answers_fails_and_is_still_resolved(shop, seller):
    order_id = await shop.sell(seller)
    for number in range(8):
        # The first was done, and nobody heard of it.
        shop.fake.faults.append(Fault(500, is_done=number == 0, path=TRANSFERS, body=BROKEN))
        await shop.wait(order_id)
        [silent] = await shop.pay(order_id)
    assert silent.status is TransferStatus.FAILED
    assert silent.key_number == 1

    await shop.wait(order_id)
    [paid] = await shop.pay(order_id)

    assert (paid.status, paid.reason) == (TransferStatus.COMPLETED, None)
    assert shop.fake.count("POST", TRANSFERS) == 8
    assert shop.fake.paid_cents(seller.account_ref) == 900
    assert await shop.balance(seller) == (0, 900)


async def test_looking_up_a_failed_transfer_does_not_pay_it(shop, seller):
    order_id = await shop.sell(seller)
    for _ in range(8):
        shop.fake.faults.append(Fault(500, path=TRANSFERS, body=BROKEN))
        await shop.wait(order_id)
        await shop.pay(order_id)
    await shop.wait(order_id)

    [failed] = await shop.pay(order_id)

    assert (failed.status, failed.next_retry_at) == (TransferStatus.FAILED, None)
    assert shop.fake.paid_cents(seller.account_ref) == 0
    await shop.retry(failed)
    [paid] = await shop.pay(order_id)
    assert (paid.status, paid.key_number) == (TransferStatus.COMPLETED, 1)
    assert shop.fake.paid_cents(seller.account_ref) == 900


async def test_a_seller_is_paid_once_connected(shop):
    seller = await shop.seller(is_connected=False)
    order_id = await shop.sell(seller)
    [waiting] = await shop.pay(order_id)
    assert (waiting.status, waiting.reason) == (TransferStatus.PENDING, steps.NOT_READY)
    assert await shop.balance(seller) == (900, 0)
    assert shop.fake.count("POST", TRANSFERS) == 0

    await shop.connect(seller)
    [paid] = await shop.pay(order_id)

    assert (paid.status, paid.amount_cents) == (TransferStatus.COMPLETED, 900)
    assert await shop.balance(seller) == (0, 900)


async def test_nothing_of_an_order_is_paid_before_a_preorder_of_it_is_delivered(shop, seller):
    order_id = await shop.sell(seller, 900, 400)
    deliver = "update order_items set delivered_at = now() where order_id = $1 and is_undelivered"
    async with shop.database.transaction() as tx:
        sql = "update order_items set available_at = now() where order_id = $1 and position = 1"
        await tx.run(sql, order_id)

    [waiting] = await shop.pay(order_id)

    assert (waiting.status, waiting.reason) == (TransferStatus.PENDING, transitions.UNDELIVERED)
    assert waiting.next_retry_at is not None
    await shop.wait(order_id)
    assert [each.status for each in await shop.pay(order_id)] == [TransferStatus.PENDING]
    assert shop.fake.count("POST", TRANSFERS) == 0
    async with shop.database.transaction() as tx:
        await tx.run(deliver, order_id)
    await shop.hear_of(order_id)
    [paid] = await shop.pay(order_id)
    assert (paid.status, paid.amount_cents) == (TransferStatus.COMPLETED, 1300)


async def test_a_refunded_preorder_keeps_nothing_back(shop, seller):
    order_id = await shop.sell(seller, 900, 400)
    async with shop.database.transaction() as tx:
        sql = "update order_items set available_at = now() where order_id = $1 and position = 1"
        await tx.run(sql, order_id)
    await shop.pay(order_id)

    await shop.refund(order_id, 0)

    [paid] = await shop.pay(order_id)
    assert (paid.status, paid.amount_cents) == (TransferStatus.COMPLETED, 400)
