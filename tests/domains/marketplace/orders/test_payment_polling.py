"""Payments are polled, so that lost webhooks do not matter."""

import pytest

from tests.fakes.company import Fault
from veza.core.ids import OrderId, new_id
from veza.domains.marketplace.orders.errors import PaymentRefused
from veza.domains.marketplace.orders.jobs import claim_due_polls, poll_payment, poll_payments
from veza.domains.marketplace.orders.models.state import PaymentFailed, PaymentMade
from veza.domains.marketplace.orders.service import settlement
from veza.infra.payments.errors import ProviderUnavailable
from veza.infra.payments.provider import PaymentProviders


@pytest.fixture
def poll(shop):
    """Poll payments once; return how many polls of the order were due."""

    async def run(order_id):
        mine = []
        # Orders of other tests may be due too, and each claim returns a hundred at most.
        while jobs := await _claim(shop.services.database):
            mine += [job for job in jobs if job.order_id == order_id]
        for job in mine:
            await poll_payment(
                shop.services.database, PaymentProviders(shop.checkout.payments), job
            )
        return len(mine)

    return run


async def _claim(database):
    async with database.transaction() as tx:
        return await claim_due_polls(tx)


async def test_orders_are_polled_after_two_minutes_and_then_at_intervals(shop, poll):
    order = await shop.order()
    assert await poll(order.id) == 0

    await shop.wait(order.id, 3)

    assert await poll(order.id) == 1
    assert await poll(order.id) == 0
    assert (await shop.see(order.id)).status == "pending"


async def test_an_order_that_is_not_due_is_not_polled_with_others(shop):
    due, other = await shop.order(), await shop.order()
    await shop.wait(due.id, 3)
    claimed = set()
    while jobs := await _claim(shop.services.database):
        claimed |= {job.order_id for job in jobs}
    assert due.id in claimed
    assert other.id not in claimed


async def test_a_payment_without_a_webhook_is_found(shop, poll):
    order = await shop.order()
    shop.provider.pay(order.payment.payment_id)
    await shop.wait(order.id, 3)
    await poll(order.id)

    assert (await shop.see(order.id)).status == "paid"
    await shop.wait(order.id, 3)
    assert await poll(order.id) == 0


async def test_a_failure_is_found_and_a_success_after_it(shop, poll):
    order = await shop.order()
    shop.provider.pay(order.payment.payment_id, "failed")
    await shop.wait(order.id, 3)
    await poll(order.id)
    assert (await shop.see(order.id)).status == "failed"

    shop.provider.pay(order.payment.payment_id)
    await shop.wait(order.id, 3)
    await poll(order.id)
    assert (await shop.see(order.id)).status == "paid"


async def test_an_unpaid_order_is_cancelled_at_the_provider_and_here(shop, poll):
    order = await shop.order()
    await shop.wait(order.id, 31)
    await poll(order.id)

    assert (await shop.see(order.id)).status == "cancelled"
    assert shop.provider.payments[order.payment.payment_id]["status"] == "cancelled"
    await shop.wait(order.id, 31)
    assert await poll(order.id) == 0


async def test_an_order_paid_as_it_expires_is_paid(shop, poll):
    order = await shop.order()
    shop.provider.pay(order.payment.payment_id)
    await shop.wait(order.id, 31)
    await poll(order.id)

    assert (await shop.see(order.id)).status == "paid"


async def test_an_order_whose_payment_failed_expires(shop, poll):
    order = await shop.order()
    shop.provider.pay(order.payment.payment_id, "failed")
    async with shop.services.database.transaction() as tx:
        await settlement.settle(tx, order.id, PaymentFailed("No"))
    await shop.wait(order.id, 31)

    assert await poll(order.id) == 1
    await shop.wait(order.id, 31)
    assert await poll(order.id) == 0
    assert (await shop.see(order.id)).status == "cancelled"


async def test_an_order_whose_payment_failed_as_it_expired_is_cancelled_too(shop, poll):
    order = await shop.order()
    shop.provider.pay(order.payment.payment_id, "failed")
    await shop.wait(order.id, 31)
    await poll(order.id)

    assert (await shop.see(order.id)).status == "cancelled"


async def test_an_order_whose_payment_the_provider_refused_to_begin_expires(shop, poll):
    order_id = OrderId(new_id())
    shop.provider.faults.append(Fault(400, path="/payments", body={"error": {}}))
    with pytest.raises(PaymentRefused):
        await shop.order(order_id=order_id)
    assert (await shop.see(order_id)).status == "failed"
    await shop.wait(order_id, 31)
    await poll(order_id)

    assert (await shop.see(order_id)).status == "cancelled"


@pytest.mark.parametrize("status", ["pending", "failed"])
async def test_a_payment_confirmed_40_days_later_is_returned_even_if_no_job_ran(shop, status):
    order = await shop.order()
    async with shop.services.database.transaction() as tx:
        if status == "failed":
            await settlement.settle(tx, order.id, PaymentFailed("No"))
    await shop.wait(order.id, 40 * 24 * 60)

    async with shop.services.database.transaction() as tx:
        settled = await settlement.settle(tx, order.id, PaymentMade(1700, "EUR"))

    assert settled.status == "refund_pending"
    assert not await shop.count("select count(*) from licences where buyer_id = $1", shop.buyer.id)


async def test_an_order_without_a_payment_expires_too(shop, poll):
    order_id = OrderId(new_id())
    shop.provider.faults.append(Fault(500))
    with pytest.raises(ProviderUnavailable):
        await shop.order(order_id=order_id)
    await shop.wait(order_id, 3)
    assert await poll(order_id) == 1
    assert (await shop.see(order_id)).status == "pending"

    await shop.wait(order_id, 31)
    await poll(order_id)
    assert (await shop.see(order_id)).status == "cancelled"


async def test_an_order_is_not_cancelled_while_its_payment_is_processing(shop, poll):
    order = await shop.order()
    payment = shop.provider.payments[order.payment.payment_id]
    shop.provider.faults.append(Fault(400, path="/payments/", body={"error": {}}))
    payment["status"] = "processing"
    await shop.wait(order.id, 31)
    await poll(order.id)
    assert (await shop.see(order.id)).status == "pending"

    shop.provider.pay(payment["payment_id"])
    await shop.wait(order.id, 3)
    await poll(order.id)
    assert (await shop.see(order.id)).status == "paid"


@pytest.mark.parametrize("minutes", [3, 31])
async def test_the_job_is_retried_while_the_provider_does_not_answer(shop, poll, minutes):
    order = await shop.order()
    await shop.wait(order.id, minutes)
    shop.provider.faults.append(Fault(503, method="GET"))
    shop.provider.faults.append(Fault(503, method="POST"))

    with pytest.raises(ProviderUnavailable):
        await poll(order.id)

    assert (await shop.see(order.id)).status == "pending"


async def test_an_order_expires_within_a_day_while_the_provider_does_not_answer(shop, poll):
    order = await shop.order()
    await shop.wait(order.id, 31 + 24 * 60)
    shop.provider.faults.append(Fault(503, method="POST"))
    with pytest.raises(ProviderUnavailable):
        await poll(order.id)
    assert (await shop.see(order.id)).status == "cancelled"

    await shop.wait(order.id, 13 * 60)
    assert await poll(order.id) == 1
    assert shop.provider.payments[order.payment.payment_id]["status"] == "cancelled"
    await shop.wait(order.id, 13 * 60)
    assert await poll(order.id) == 0


async def test_an_order_expires_within_a_day_while_its_payment_is_processed(shop, poll):
    order = await shop.order()
    payment = shop.provider.payments[order.payment.payment_id]
    payment["status"] = "processing"
    await shop.wait(order.id, 31 + 24 * 60)
    shop.provider.faults.append(Fault(400, path="/payments/", body={"error": {}}))
    await poll(order.id)
    assert (await shop.see(order.id)).status == "cancelled"

    shop.provider.pay(payment["payment_id"])
    await shop.wait(order.id, 13 * 60)
    await poll(order.id)
    assert (await shop.see(order.id)).status == "refund_pending"


async def test_a_cancelled_order_is_not_polled_for_ever(shop, poll):
    order = await shop.order()
    shop.provider.payments[order.payment.payment_id]["status"] = "processing"
    await shop.wait(order.id, 31 + 24 * 60)
    shop.provider.faults.append(Fault(400, path="/payments/", body={"error": {}}))
    await poll(order.id)
    await shop.wait(order.id, 31 * 24 * 60)
    shop.provider.faults.append(Fault(400, path="/payments/", body={"error": {}}))

    assert await poll(order.id) == 1
    await shop.wait(order.id, 31 * 24 * 60)
    assert await poll(order.id) == 0


async def test_another_amount_than_the_orders_pays_nothing_and_is_flagged(shop, poll):
    order = await shop.order()
    shop.provider.pay(order.payment.payment_id, received=1699)
    await shop.wait(order.id, 3)
    await poll(order.id)

    assert (await shop.see(order.id)).status == "pending"
    assert await shop.count("select count(*) from orders where id = $1 and is_flagged", order.id)
    await shop.wait(order.id, 31)
    await poll(order.id)
    assert (await shop.see(order.id)).status == "cancelled"


async def test_each_order_is_enqueued_once(shop):
    order = await shop.order()
    for _ in range(3):
        await shop.wait(order.id, 3)
        await poll_payments(shop.services.database)

    sql = "select count(*) from jobs where name = 'PollPayment' and key = $1"
    assert await shop.count(sql, f"poll_payment:{order.id}") == 1
    async with shop.services.database.transaction() as tx:
        await tx.run("delete from jobs where key = $1", f"poll_payment:{order.id}")


async def test_a_payment_of_a_cancelled_order_is_returned(shop, poll):
    order = await shop.order()
    await shop.wait(order.id, 31)
    await poll(order.id)

    async with shop.services.database.transaction() as tx:
        settled = await settlement.settle(tx, order.id, PaymentMade(1700, "EUR"))

    assert settled.status == "refund_pending"


async def test_orders_of_a_disconnected_provider_expire(shop, poll):
    order = await shop.order()
    async with shop.services.database.transaction() as tx:
        await tx.run("update orders set provider = 'other' where id = $1", order.id)
    await shop.wait(order.id, 3)
    assert await poll(order.id) == 1
    assert (await shop.see(order.id)).status == "pending"

    await shop.wait(order.id, 31)
    await poll(order.id)
    assert (await shop.see(order.id)).status == "cancelled"
    assert all(call.method == "POST" for call in shop.provider.calls)
