"""Whatever gets lost between us and the company, the money goes back once, or not at all."""

import asyncio
from datetime import timedelta

import pytest

from tests import make
from tests.fakes.company import Fault
from veza.core.clock import now
from veza.core.ids import RefundId, new_id
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders.models.state import OrderStatus, PaymentExpired, PaymentMade
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.refunds import jobs, personal_data, rules
from veza.domains.marketplace.refunds.models import RefundClaim, RefundForm, RefundStatus
from veza.domains.marketplace.refunds.service import provider_refunds, requested_refunds
from veza.infra.payments.errors import ProviderUnavailable

CLAIM = RefundClaim(RefundForm("Not as described"), timedelta(days=30))


@pytest.fixture
def begin(services, shop):
    """Have all of an order refunded, up to what the company does: `await begin(order_id)`."""

    async def begin(order_id):
        refund_id = RefundId(new_id())
        async with services.database.transaction() as tx:
            await requested_refunds.request_refund(
                tx, order_id, shop.ann.member, refund_id=refund_id, claim=CLAIM
            )
        return refund_id

    return begin


@pytest.mark.parametrize("is_done", [True, False], ids=["done", "not done"])
@pytest.mark.parametrize("status", [0, 500, 502, 408, 429])
async def test_a_refund_whose_response_got_lost_is_made_once(shop, begin, status, is_done):
    order_id = await shop.buy((shop.ben, 1000))
    await begin(order_id)
    shop.fake.faults.append(Fault(status, is_done=is_done, path="/refunds"))

    with pytest.raises(ProviderUnavailable):
        await shop.settle()
    assert await shop.status(order_id) is OrderStatus.REFUND_PENDING
    assert await shop.earned(shop.ben) == 900

    await shop.settle()
    assert await shop.status(order_id) is OrderStatus.REFUNDED
    assert len(shop.fake.refunds) == 1
    assert shop.fake.net_cents == 0
    assert await shop.earned(shop.ben) == 0


async def test_a_refund_is_sent_to_the_provider_at_once(services, shop, begin):
    refund_id = await begin(await shop.buy((shop.ben, 1000)))
    sql = """
        select count(*) from jobs
         where name = 'SettleRefund' and convert_from(payload, 'utf8') like '%' || $1 || '%'
    """
    async with services.database.read() as conn:
        assert await conn.value(int, sql, str(refund_id)) == 1


async def test_concurrent_jobs_settle_a_refund_once(services, shop, begin):
    order_id = await shop.buy((shop.ben, 1000))
    refund_id = await begin(order_id)

    await asyncio.gather(
        *(provider_refunds.settle(services.database, shop.payments, refund_id) for _ in range(10))
    )

    assert await shop.refunds(order_id) == [RefundStatus.MADE]
    assert shop.fake.net_cents == 0
    assert await shop.earned(shop.ben) == 0
    async with services.database.read() as conn:
        assert await ledger.find_violations(conn) == []


async def test_a_refund_that_the_provider_refused_can_be_requested_again(
    client, services, shop, begin
):
    order_id = await shop.buy((shop.ben, 1000))
    await begin(order_id)
    refusal = {"error": {"code": "IR_13", "message": "Not today"}}
    shop.fake.faults.append(Fault(400, path="/refunds", body=refusal))
    await shop.settle()

    assert await shop.status(order_id) is OrderStatus.PAID
    assert await shop.earned(shop.ben) == 900
    path = f"marketplace/orders/{order_id}/refunds"
    answer = await client.get(path, headers=shop.ann.headers)
    [refund] = answer.json()["data"]["refunds"]
    assert (refund["status"], refund["failure"]) == ("failed", "IR_13: Not today")
    await begin(order_id)
    await shop.settle()
    assert await shop.status(order_id) is OrderStatus.REFUNDED
    assert shop.fake.net_cents == 0


async def test_a_failed_refund_changes_no_balance(shop, begin):
    order_id = await shop.buy((shop.ben, 1000))
    shop.fake.refund_status = "failed"
    await begin(order_id)
    await shop.settle()

    assert await shop.status(order_id) is OrderStatus.PAID
    assert await shop.refunds(order_id) == [RefundStatus.FAILED]
    assert await shop.earned(shop.ben) == 900


async def fail(shop, begin, order_id):
    """Have a refund fail; give the company's name for it."""
    shop.fake.refund_status = "failed"
    ref = rules.refund_ref(await begin(order_id))
    await shop.settle()
    shop.fake.refund_status = "succeeded"
    return ref


async def test_a_failed_refund_that_is_made_later_counts_as_made(services, shop, begin):
    order_id = await shop.buy((shop.ben, 1000))
    ref = await fail(shop, begin, order_id)
    await provider_refunds.update_from_provider(services.database, shop.payments, ref)
    assert await shop.status(order_id) is OrderStatus.PAID

    shop.fake.refunds[ref]["status"] = "succeeded"
    for _ in range(2):
        await provider_refunds.update_from_provider(services.database, shop.payments, ref)

    assert await shop.refunds(order_id) == [RefundStatus.MADE]
    assert await shop.status(order_id) is OrderStatus.REFUNDED
    assert await shop.earned(shop.ben) == 0


async def test_a_refund_made_late_and_again_charges_the_seller_once(services, shop, begin):
    order_id = await shop.buy((shop.ben, 1000))
    ref = await fail(shop, begin, order_id)
    await begin(order_id)
    await shop.settle()

    shop.fake.refunds[ref]["status"] = "succeeded"
    await provider_refunds.update_from_provider(services.database, shop.payments, ref)

    assert await shop.refunds(order_id) == [RefundStatus.FAILED, RefundStatus.MADE]
    assert await shop.earned(shop.ben) == 0


async def test_a_refund_that_is_pending_for_days_stays_pending(services, shop, begin):
    order_id = await shop.buy((shop.ben, 1000))
    shop.fake.refund_status = "pending"
    refund_id = await begin(order_id)
    ref = rules.refund_ref(refund_id)
    await shop.settle()
    assert await shop.status(order_id) is OrderStatus.REFUND_PENDING

    await provider_refunds.update_from_provider(services.database, shop.payments, ref)
    assert await shop.status(order_id) is OrderStatus.REFUND_PENDING
    shop.fake.refunds[ref]["status"] = "succeeded"
    for heard in (ref, ref, "r", "another's"):
        await provider_refunds.update_from_provider(services.database, shop.payments, heard)

    assert await shop.status(order_id) is OrderStatus.REFUNDED
    assert len(shop.fake.refunds) == 1


async def test_a_refund_without_a_webhook_is_polled(services, shop, begin):
    order_id = await shop.buy((shop.ben, 1000))
    refund_id = await begin(order_id)

    async def is_asked_for():
        sql = "select poll_at from refunds where id = $1"
        async with services.database.read() as conn:
            before = await conn.value(object, sql, refund_id)
            await jobs.poll_refunds(services.database)
            return await conn.value(object, sql, refund_id) != before

    assert not await is_asked_for()
    async with services.database.transaction() as tx:
        sql = """
            update refunds set created_at = created_at - interval '2 minutes', poll_at = now()
             where id = $1
        """
        await tx.run(sql, refund_id)
    assert await is_asked_for()
    assert not await is_asked_for()


async def test_a_refund_of_a_disconnected_provider_fails(services, shop, begin):
    order_id = await shop.buy((shop.ben, 1000))
    refund_id = await begin(order_id)

    await provider_refunds.settle(services.database, services.payments, refund_id)

    assert await shop.refunds(order_id) == [RefundStatus.FAILED]
    assert await shop.status(order_id) is OrderStatus.PAID


async def test_a_refund_sent_to_a_provider_waits_for_it_when_another_is_connected(
    services, shop, begin
):
    """As when a server is started once without its settings."""
    order_id = await shop.buy((shop.ben, 1000))
    shop.fake.refund_status = "pending"
    refund_id = await begin(order_id)
    await shop.settle()

    await provider_refunds.settle(services.database, services.payments, refund_id)
    assert await shop.status(order_id) is OrderStatus.REFUND_PENDING

    shop.fake.refunds[rules.refund_ref(refund_id)]["status"] = "succeeded"
    await shop.settle()
    assert await shop.status(order_id) is OrderStatus.REFUNDED


@pytest.mark.parametrize(
    ("said", "kept"),
    [("N\0o", "IR_13: No"), ("x" * 9000, "IR_13: " + "x" * 492 + "…")],
    ids=["NUL", "long"],
)
async def test_any_failure_reason_of_a_provider_can_be_stored(client, shop, begin, said, kept):
    order_id = await shop.buy((shop.ben, 1000))
    await begin(order_id)
    refusal = {"error": {"code": "IR_13", "message": said}}
    shop.fake.faults.append(Fault(400, path="/refunds", body=refusal))

    await shop.settle()

    path = f"marketplace/orders/{order_id}/refunds"
    answer = await client.get(path, headers=shop.ann.headers)
    [refund] = answer.json()["data"]["refunds"]
    assert (refund["status"], refund["failure"]) == ("failed", kept)


async def test_a_refund_of_another_amount_changes_nothing(shop, begin):
    order_id = await shop.buy((shop.ben, 1000))
    shop.fake.refund_status = "pending"
    ref = rules.refund_ref(await begin(order_id))
    await shop.settle()

    shop.fake.refunds[ref] |= {"status": "succeeded", "amount": 100}
    await shop.settle()

    assert await shop.refunds(order_id) == [RefundStatus.PENDING]
    assert await shop.earned(shop.ben) == 900


async def test_a_payment_without_a_stored_reference_is_refunded(services, shop, begin):
    order_id = await shop.buy((shop.ben, 1000))
    async with services.database.transaction() as tx:
        await tx.run("update orders set payment_ref = null where id = $1", order_id)
    await begin(order_id)

    await shop.settle()

    assert await shop.status(order_id) is OrderStatus.REFUNDED
    assert shop.fake.net_cents == 0


async def test_a_late_payment_is_refunded_automatically(services, shop):
    async with services.database.transaction() as tx:
        order_id = await make.order(tx, shop.ann.member, (shop.ben.member, 1000))
        await settlement.settle(tx, order_id, PaymentExpired())
    await shop.take_money(order_id, 1000)
    async with services.database.transaction() as tx:
        await settlement.settle(tx, order_id, PaymentMade(1000, "EUR"))
    await make.delivered(services)
    assert await shop.status(order_id) is OrderStatus.REFUND_PENDING

    await shop.settle()
    assert await shop.status(order_id) is OrderStatus.REFUNDED
    assert shop.fake.net_cents == 0
    assert await shop.earned(shop.ben) == 0
    async with services.database.read() as conn:
        assert await ledger.find_violations(conn) == []


async def test_the_rest_of_a_late_payment_is_refunded_after_a_partial_refund(services, shop):
    sold = [(shop.ben.member, 1000), (shop.ben.member, 500), (shop.cat.member, 0)]
    async with services.database.transaction() as tx:
        order_id = await make.order(tx, shop.ann.member, *sold)
        await settlement.settle(tx, order_id, PaymentExpired())
    await shop.take_money(order_id, 1500)
    [first, *_] = await shop.items(order_id)
    claim = RefundClaim(RefundForm("Changed my mind", item_ids=[first]), timedelta(days=30))
    async with services.database.transaction() as tx:
        await settlement.settle(tx, order_id, PaymentMade(1500, "EUR"))
        refund_id = RefundId(new_id())
        await requested_refunds.request_refund(
            tx, order_id, shop.ann.member, refund_id=refund_id, claim=claim
        )
    await make.delivered(services)
    await shop.settle()

    assert await shop.status(order_id) is OrderStatus.REFUNDED
    assert len(await shop.refunds(order_id)) == 2
    assert shop.fake.net_cents == 0


async def test_erasure_removes_the_requester_of_a_refund(tx, services, shop):
    ann, _ = await make.member_in(tx)
    order_id = await make.paid_order(tx, ann, (shop.ben.member, 1000))
    await requested_refunds.request_refund(
        tx, order_id, ann, refund_id=RefundId(new_id()), claim=CLAIM
    )
    [refund] = await personal_data.export(tx, ann.id)

    await personal_data.erase(tx, ann.id)

    assert refund.reason == "Not as described"
    assert refund.created_at <= now()
    assert await personal_data.export(tx, ann.id) == []
