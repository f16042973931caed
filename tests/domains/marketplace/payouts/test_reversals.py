"""What isn't due any more is taken back, or kept back from the next sales; and never twice."""

import pytest

from tests.domains.marketplace.payouts.payments_steps import BROKEN, NO_MONEY, SILENCES
from tests.domains.marketplace.payouts.shop_steps import REVERSALS, TRANSFERS
from tests.fakes.company import Fault
from veza.domains.marketplace.orders.models.state import DisputeOpened, DisputeWon
from veza.domains.marketplace.payouts.models import TransferStatus
from veza.domains.marketplace.payouts.rules import transitions

NEVER = {"error": {"type": "invalid_request_error", "message": "This account is closed"}}


async def test_a_full_refund_reverses_the_transfer(shop, seller):
    order_id = await shop.sell(seller)
    await shop.pay(order_id)

    await shop.refund(order_id)
    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.amount_cents) == (TransferStatus.REVERSED, 900)
    assert (transfer.reversed_cents, transfer.platform_fee_cents) == (900, 100)
    assert await shop.balance(seller) == (0, 0)
    assert shop.fake.paid_cents(seller.account_ref) == 0


async def test_partial_refunds_reverse_parts(shop, seller):
    order_id = await shop.sell(seller, 300, 600)
    await shop.pay(order_id)

    await shop.refund(order_id, 0)
    [transfer] = await shop.pay(order_id)
    assert (transfer.status, transfer.reversed_cents) == (TransferStatus.COMPLETED, 300)
    assert await shop.balance(seller) == (0, 600)

    await shop.refund(order_id)
    [transfer] = await shop.pay(order_id)
    assert (transfer.status, transfer.reversed_cents) == (TransferStatus.REVERSED, 900)
    assert shop.fake.paid_cents(seller.account_ref) == 0


async def test_a_refund_before_the_payment_leaves_nothing_to_pay(shop, seller):
    whole, part = await shop.sell(seller), await shop.sell(seller, 300, 600)
    await shop.refund(whole)
    await shop.refund(part, 0)

    [nothing], [rest] = await shop.pay(whole), await shop.pay(part)

    assert (nothing.status, nothing.amount_cents) == (TransferStatus.COMPLETED, 0)
    assert nothing.reason == transitions.REFUNDED
    assert (rest.status, rest.amount_cents) == (TransferStatus.COMPLETED, 600)
    assert await shop.balance(seller) == (0, 600)


@pytest.mark.long
@pytest.mark.parametrize("is_done", [True, False])
@pytest.mark.parametrize("status", SILENCES)
async def test_a_reversal_without_an_answer_is_made_once(shop, seller, status, is_done):
    order_id = await shop.sell(seller, 400, 500)
    await shop.pay(order_id)
    await shop.refund(order_id, 0)
    shop.fake.faults.append(Fault(status, is_done=is_done, path=REVERSALS, body=BROKEN))
    [unknown] = await shop.pay(order_id)
    assert unknown.reversed_cents == 0

    await shop.wait(order_id)
    [transfer] = await shop.pay(order_id)

    assert (transfer.reversed_cents, transfer.tries) == (400, 0)
    assert transfer.reason.startswith("4.00 EUR were taken back")
    assert len(shop.fake.reversals) == 1
    assert await shop.balance(seller) == (0, 500)


@pytest.mark.parametrize("is_done", [True, False])
async def test_a_reversal_with_an_expired_key_is_looked_up(shop, seller, is_done):
    order_id = await shop.sell(seller, 100, 400, 400)
    await shop.pay(order_id)
    await shop.refund(order_id, 0)
    await shop.pay(order_id)
    await shop.refund(order_id, 1)
    shop.fake.faults.append(Fault(0, is_done=is_done, path=REVERSALS))
    await shop.pay(order_id)
    shop.fake.forget_keys()

    await shop.wait(order_id, "20 hours")
    [transfer] = await shop.pay(order_id)

    assert transfer.reversed_cents == 500
    assert sum(one["amount"] for one in shop.fake.reversals) == 500
    assert await shop.balance(seller) == (0, 400)


async def test_a_refused_reversal_is_retried_and_becomes_a_debt(shop, seller):
    order_id = await shop.sell(seller)
    await shop.pay(order_id)
    await shop.refund(order_id)
    for _ in range(3):
        shop.fake.faults.append(Fault(400, path=REVERSALS, body=NO_MONEY))
        await shop.wait(order_id)
        [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.withheld_cents) == (TransferStatus.COMPLETED, -900)
    assert transfer.reason.startswith(
        "9.00 EUR will be withheld from your next sales. The payout provider says: "
        "balance_insufficient: You have"
    )
    keys = [call.headers["idempotency-key"] for call in shop.fake.calls if "revers" in call.path]
    assert [key.partition(":")[2] for key in keys] == ["1", "2", "3"]
    await shop.hear_of(order_id)
    await shop.pay(order_id)
    assert shop.fake.count("POST", REVERSALS) == 3


async def owing_seller(shop, seller, cents=900):
    """Have a seller owe what couldn't be taken back."""
    order_id = await shop.sell(seller, cents)
    await shop.pay(order_id)
    await shop.refund(order_id)
    shop.fake.faults.append(Fault(400, path=REVERSALS, body=NEVER))
    [transfer] = await shop.pay(order_id)
    assert transfer.withheld_cents == -cents
    assert await shop.balance(seller) == (-cents, cents)
    return order_id


@pytest.mark.parametrize(("net", "paid"), [(500, [0]), (900, [0]), (1500, [600])])
async def test_debt_is_withheld_from_the_next_sales(shop, seller, net, paid):
    await owing_seller(shop, seller)
    order_id = await shop.sell(seller, net)

    transfers = await shop.pay(order_id)

    assert [transfer.amount_cents for transfer in transfers] == paid
    assert transfers[0].status is TransferStatus.COMPLETED
    assert "withheld for refunds of earlier sales" in transfers[0].reason
    assert shop.fake.paid_cents(seller.account_ref) == 900 + sum(paid)
    assert await shop.balance(seller) == (min(net - 900, 0), 900 + sum(paid))
    # It was owed once.
    third = await shop.sell(seller, 1000)
    [transfer] = await shop.pay(third)
    assert transfer.amount_cents == 1000 - max(900 - net, 0)


async def test_refunding_a_sale_with_withheld_amount_restores_the_debt(shop, seller):
    await owing_seller(shop, seller)
    order_id = await shop.sell(seller, 1500)
    await shop.pay(order_id)

    await shop.refund(order_id)
    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.withheld_cents) == (TransferStatus.REVERSED, 0)
    assert await shop.balance(seller) == (-900, 900)
    [transfer] = await shop.pay(await shop.sell(seller, 900))
    assert transfer.amount_cents == 0
    assert await shop.balance(seller) == (0, 900)


async def test_a_sale_waits_for_a_running_reversal(shop, seller):
    first = await shop.sell(seller)
    await shop.pay(first)
    await shop.refund(first)
    shop.fake.faults.append(Fault(500, path=REVERSALS, body=BROKEN))
    await shop.pay(first)
    second = await shop.sell(seller)
    [waiting] = await shop.pay(second)
    assert waiting.status is TransferStatus.PENDING
    assert shop.fake.count("POST", TRANSFERS) == 2

    await shop.wait(first)
    await shop.pay(first)
    await shop.wait(second)
    [paid] = await shop.pay(second)

    assert (paid.status, paid.amount_cents) == (TransferStatus.COMPLETED, 900)
    assert paid.reason is None
    assert await shop.balance(seller) == (0, 900)


async def test_a_refund_in_the_ledger_is_not_paid_out_before_its_event(shop, seller):
    first, second = await shop.sell(seller), await shop.sell(seller)
    await shop.pay(first)
    await shop.refund(first, is_heard_of=False)

    [waiting] = await shop.pay(second)

    assert (waiting.status, waiting.reason) == (
        TransferStatus.PENDING,
        transitions.REFUND_UNSETTLED,
    )
    assert shop.fake.paid_cents(seller.account_ref) == 900
    await shop.hear_of(first)
    await shop.pay(first)
    await shop.wait(second)
    [paid] = await shop.pay(second)
    assert paid.amount_cents == 900
    assert await shop.balance(seller) == (0, 900)


async def test_an_unresolved_payment_is_not_paid_again_for_another_sale(shop, seller):
    first = await shop.sell(seller)
    await shop.pay(first)
    await shop.refund(first, is_heard_of=False)
    one, other = await shop.sell(seller), await shop.sell(seller)
    # By the books 900 are left for both, and one of them may have been paid.
    shop.fake.faults.append(Fault(0, is_done=True, path=TRANSFERS))
    await shop.pay(one)

    [waiting] = await shop.pay(other)

    assert waiting.status is TransferStatus.PENDING
    assert shop.fake.count("POST", TRANSFERS) == 2
    await shop.hear_of(first)
    for order_id in (first, one, other):
        await shop.wait(order_id)
        await shop.pay(order_id)
    assert shop.fake.paid_cents(seller.account_ref) == 1800
    assert await shop.balance(seller) == (0, 1800)


async def test_a_refund_while_the_outcome_is_unknown(shop, seller):
    order_id = await shop.sell(seller)
    shop.fake.faults.append(Fault(0, is_done=True, path=TRANSFERS))
    await shop.pay(order_id)
    await shop.refund(order_id)
    await shop.pay(order_id)
    assert len(shop.fake.reversals) == 0

    await shop.wait(order_id)
    [transfer] = await shop.pay(order_id)

    assert transfer.status is TransferStatus.REVERSED
    assert shop.fake.paid_cents(seller.account_ref) == 0
    assert await shop.balance(seller) == (0, 0)


async def test_an_amount_that_is_due_again_is_paid_by_another_part(shop, seller):
    order_id = await shop.sell(seller, 400, 500)
    await shop.pay(order_id)
    await shop.tell(order_id, DisputeOpened("dp_1", 1100))
    [taken] = await shop.pay(order_id)
    assert (taken.status, taken.reversed_cents) == (TransferStatus.REVERSED, 900)

    await shop.tell(order_id, DisputeWon("dp_1"))
    await shop.pay(order_id)
    first, second = await shop.pay(order_id)

    assert (first.status, first.due_cents) == (TransferStatus.REVERSED, 0)
    assert (second.status, second.amount_cents, second.part) == (TransferStatus.COMPLETED, 900, 2)
    assert second.platform_fee_cents == 0
    assert await shop.balance(seller) == (0, 900)
    assert shop.fake.paid_cents(seller.account_ref) == 900

    await shop.refund(order_id, 0)
    first, second = await shop.pay(order_id)
    assert (first.reversed_cents, second.reversed_cents) == (900, 400)
    assert await shop.balance(seller) == (0, 500)


async def test_a_reversal_that_is_no_longer_needed_is_cancelled(shop, seller):
    order_id = await shop.sell(seller)
    await shop.pay(order_id)
    await shop.tell(order_id, DisputeOpened("dp_1", 1000))
    shop.fake.faults.append(Fault(400, path=REVERSALS, body=NO_MONEY))
    await shop.pay(order_id)

    await shop.tell(order_id, DisputeWon("dp_1"))
    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.reversed_cents) == (TransferStatus.COMPLETED, 0)
    assert shop.fake.reversals == []
    assert await shop.balance(seller) == (0, 900)


async def test_a_failed_transfer_is_completed_by_a_refund(shop, seller):
    shop.fake.connect(seller.account_ref, is_connected=False)
    order_id = await shop.sell(seller)
    [failed] = await shop.pay(order_id)
    assert failed.status is TransferStatus.FAILED

    await shop.refund(order_id)
    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.amount_cents) == (TransferStatus.COMPLETED, 0)
    assert await shop.balance(seller) == (0, 0)


async def test_a_transfer_is_not_reversed_by_another_provider(shop, seller):
    order_id = await shop.sell(seller)
    await shop.pay(order_id)
    await shop.refund(order_id)
    shop.stripe.name = "another"

    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.reversed_cents) == (TransferStatus.COMPLETED, 0)
    assert shop.fake.count("POST", REVERSALS) == 0
    shop.stripe.name = "stripe"
    await shop.wait(order_id)
    [transfer] = await shop.pay(order_id)
    assert transfer.status is TransferStatus.REVERSED
