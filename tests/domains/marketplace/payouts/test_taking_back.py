"""What isn't due any more is taken back, or kept back from the next sales; and never twice."""

import pytest

from tests.domains.marketplace.payouts.conftest import REVERSALS, TRANSFERS
from tests.domains.marketplace.payouts.test_paying import BROKEN, NO_MONEY, SILENCES
from tests.fakes.company import Fault
from veza.domains.marketplace.orders.models import Disputed, DisputeWon
from veza.domains.marketplace.payouts import rules
from veza.domains.marketplace.payouts.models import TransferStatus

NEVER = {"error": {"type": "invalid_error_code", "message": "This account is closed"}}


async def test_a_refund_takes_back_all(shop, seller):
    order_id = await shop.sell(seller)
    await shop.pay(order_id)

    await shop.refund(order_id)
    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.amount_cents) == (TransferStatus.REVERSED, 900)
    assert (transfer.reversed_cents, transfer.platform_fee_cents) == (900, 100)
    assert await shop.balance(seller) == (0, 0)
    assert shop.fake.paid_cents(seller.account_ref) == 0


async def test_refunds_in_parts_take_back_parts(shop, seller):
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


async def test_what_is_refunded_before_it_is_paid_is_not_paid(shop, seller):
    whole, part = await shop.sell(seller), await shop.sell(seller, 300, 600)
    await shop.refund(whole)
    await shop.refund(part, 0)

    [nothing], [rest] = await shop.pay(whole), await shop.pay(part)

    assert (nothing.status, nothing.amount_cents) == (TransferStatus.COMPLETED, 0)
    assert nothing.reason == rules.GIVEN_BACK
    assert (rest.status, rest.amount_cents) == (TransferStatus.COMPLETED, 600)
    assert await shop.balance(seller) == (0, 600)


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
async def test_a_reversal_whose_key_is_forgotten_is_looked_for(shop, seller, is_done):
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


async def test_a_seller_whose_money_is_gone_is_asked_again_and_then_owes_it(shop, seller):
    order_id = await shop.sell(seller)
    await shop.pay(order_id)
    await shop.refund(order_id)
    for _ in range(3):
        shop.fake.faults.append(Fault(400, path=REVERSALS, body=NO_MONEY))
        await shop.wait(order_id)
        [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.netted_cents) == (TransferStatus.COMPLETED, -900)
    assert transfer.reason.startswith(
        "9.00 EUR are kept back from the next sales. The payout provider says: You have"
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
    assert transfer.netted_cents == -cents
    assert await shop.balance(seller) == (-cents, cents)
    return order_id


@pytest.mark.parametrize(("net", "paid"), [(500, [0]), (900, [0]), (1500, [600])])
async def test_what_is_owed_is_kept_back_from_the_next_sales(shop, seller, net, paid):
    await owing_seller(shop, seller)
    order_id = await shop.sell(seller, net)

    transfers = await shop.pay(order_id)

    assert [transfer.amount_cents for transfer in transfers] == paid
    assert transfers[0].status is TransferStatus.COMPLETED
    assert "kept back for earlier refunds" in transfers[0].reason
    assert shop.fake.paid_cents(seller.account_ref) == 900 + sum(paid)
    assert await shop.balance(seller) == (min(net - 900, 0), 900 + sum(paid))
    # It was owed once.
    third = await shop.sell(seller, 1000)
    [transfer] = await shop.pay(third)
    assert transfer.amount_cents == 1000 - max(900 - net, 0)


async def test_what_was_kept_back_of_a_sale_that_is_refunded_is_owed_again(shop, seller):
    await owing_seller(shop, seller)
    order_id = await shop.sell(seller, 1500)
    await shop.pay(order_id)

    await shop.refund(order_id)
    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.netted_cents) == (TransferStatus.REVERSED, 0)
    assert await shop.balance(seller) == (-900, 900)
    [transfer] = await shop.pay(await shop.sell(seller, 900))
    assert transfer.amount_cents == 0
    assert await shop.balance(seller) == (0, 900)


async def test_a_sale_waits_for_what_is_being_taken_back(shop, seller):
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


async def test_a_refund_in_the_books_of_which_nobody_heard_here_is_not_paid_out(shop, seller):
    first, second = await shop.sell(seller), await shop.sell(seller)
    await shop.pay(first)
    await shop.refund(first, is_heard_of=False)

    [waiting] = await shop.pay(second)

    assert (waiting.status, waiting.reason) == (TransferStatus.PENDING, rules.UNSETTLED)
    assert shop.fake.paid_cents(seller.account_ref) == 900
    await shop.hear_of(first)
    await shop.pay(first)
    await shop.wait(second)
    [paid] = await shop.pay(second)
    assert paid.amount_cents == 900
    assert await shop.balance(seller) == (0, 900)


async def test_what_may_be_on_its_way_is_not_paid_to_another_sale(shop, seller):
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


async def test_a_refund_while_nobody_knows_whether_it_was_paid(shop, seller):
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


async def test_what_becomes_due_again_is_paid_by_a_transfer_of_its_own(shop, seller):
    order_id = await shop.sell(seller, 400, 500)
    await shop.pay(order_id)
    await shop.tell(order_id, Disputed("dp_1", 1100))
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


async def test_a_reversal_that_is_needed_no_more_is_dropped(shop, seller):
    order_id = await shop.sell(seller)
    await shop.pay(order_id)
    await shop.tell(order_id, Disputed("dp_1", 1000))
    shop.fake.faults.append(Fault(400, path=REVERSALS, body=NO_MONEY))
    await shop.pay(order_id)

    await shop.tell(order_id, DisputeWon("dp_1"))
    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.reversed_cents) == (TransferStatus.COMPLETED, 0)
    assert shop.fake.reversals == []
    assert await shop.balance(seller) == (0, 900)


async def test_what_failed_and_is_refunded_then_is_over(shop, seller):
    shop.fake.connect(seller.account_ref, is_connected=False)
    order_id = await shop.sell(seller)
    [failed] = await shop.pay(order_id)
    assert failed.status is TransferStatus.FAILED

    await shop.refund(order_id)
    [transfer] = await shop.pay(order_id)

    assert (transfer.status, transfer.amount_cents) == (TransferStatus.COMPLETED, 0)
    assert await shop.balance(seller) == (0, 0)


async def test_what_one_company_paid_another_does_not_take_back(shop, seller):
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
