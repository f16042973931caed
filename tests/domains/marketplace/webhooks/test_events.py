"""What events mean for orders: whatever comes when and how often, what is paid is paid once."""

import asyncio
import itertools

import msgspec
import pytest

from tests.domains.marketplace.webhooks.events_steps import TOTAL, write
from veza.core.ids import WebhookEventId, new_id
from veza.domains.marketplace.webhooks import jobs
from veza.domains.marketplace.webhooks.models import ProcessWebhook, WebhookOutcome

OWN_FORM = {"type": "payment_details"}


async def test_a_payment_that_succeeded_pays_its_order(wire, checkout):
    assert await wire.tell(checkout) is WebhookOutcome.APPLIED

    assert await wire.status_of(checkout) == "paid"
    assert await wire.earned_by_seller(checkout) == 1125


async def test_hyperswitchs_own_form_pays_as_well(wire, checkout):
    payment = {"payment_id": checkout.payment_id, "amount": TOTAL, "currency": "EUR"}
    event = {
        "event_id": new_id().hex,
        "event_type": "payment_succeeded",
        "content": OWN_FORM | {"object": payment | {"amount_received": TOTAL}},
    }
    body = msgspec.json.encode(event)

    assert (await wire.send(body, **{"x-webhook-signature-512": wire.sign(body)})).is_success
    await wire.process()

    assert await wire.outcome_of(event["event_id"]) is WebhookOutcome.APPLIED
    assert await wire.status_of(checkout) == "paid"


async def test_fields_under_data_pay_as_well(wire, checkout):
    facts = {"payment_id": checkout.payment_id, "amount": TOTAL, "currency": "EUR"}
    event = {"event": "payment.succeeded", "data": facts | {"event_id": new_id().hex}}
    await wire.send(msgspec.json.encode(event))
    await wire.process()

    assert await wire.status_of(checkout) == "paid"


@pytest.mark.parametrize(
    "kinds",
    [
        *itertools.permutations(["payment.failed", "payment.succeeded", "payment.processing"]),
        ("payment.succeeded", "payment.succeeded"),
        ("payment.cancelled", "payment.succeeded", "payment.failed", "payment.succeeded"),
    ],
)
async def test_a_success_wins_in_any_order(wire, checkout, kinds):
    for kind in kinds:
        await wire.tell(checkout, kind)

    # Money that comes after a cancel goes back; else it pays.
    late = kinds[0] == "payment.cancelled"
    assert await wire.status_of(checkout) == ("refund_pending" if late else "paid")
    assert await wire.earned_by_seller(checkout) == (0 if late else 1125)


async def test_events_of_one_payment_at_once_pay_once(wire, checkout, services):
    kinds = ["payment.failed", "payment.succeeded"] * 10
    await asyncio.gather(*(wire.send(write(checkout, kind)) for kind in kinds))
    waiting = await wire.list_waiting()
    assert len(waiting) == 20

    consumers = jobs.EventConsumers(
        services.payments, services.payments.apply_reported, _nobody, _nobody
    )
    each_twice = [
        jobs.process_webhook(services.database, consumers, job) for job in waiting for _ in range(2)
    ]
    await asyncio.gather(*each_twice)

    assert await wire.status_of(checkout) == "paid"
    assert await wire.earned_by_seller(checkout) == 1125


@pytest.mark.parametrize(
    "facts",
    [
        {"amount": TOTAL - 1},
        {"amount": TOTAL + 1},
        {"amount": 0},
        {"amount": -TOTAL},
        {"amount": 10**30},
        {"amount": 12.5},
        {"amount": "1,250"},
        {"currency": "USD"},
    ],
)
async def test_a_wrong_amount_is_flagged_and_pays_nothing(wire, checkout, facts):
    assert await wire.tell(checkout, **facts) is WebhookOutcome.FLAGGED

    assert await wire.status_of(checkout) == "pending"
    assert await wire.is_flagged(checkout)
    assert await wire.earned_by_seller(checkout) == 0


async def test_the_right_amount_pays_after_a_wrong_one(wire, checkout):
    await wire.tell(checkout, amount=1)
    assert await wire.tell(checkout) is WebhookOutcome.APPLIED

    assert await wire.status_of(checkout) == "paid"


async def test_a_wrong_amount_is_flagged_for_a_paid_order_too(wire, checkout):
    await wire.tell(checkout)
    for _ in range(2):
        assert await wire.tell(checkout, amount=TOTAL * 2) is WebhookOutcome.FLAGGED

    assert await wire.is_flagged(checkout)
    assert await wire.status_of(checkout) == "paid"
    assert await wire.earned_by_seller(checkout) == 1125


async def test_an_event_without_an_amount_means_the_orders_amount(wire, checkout):
    assert await wire.tell(checkout, amount=None, currency=None) is WebhookOutcome.APPLIED
    assert await wire.status_of(checkout) == "paid"


async def test_a_payment_after_a_cancellation_is_refunded(wire, checkout, services):
    await services.payments.cancel_payment(checkout.payment_id)
    assert await wire.tell(checkout, "payment.cancelled") is WebhookOutcome.APPLIED
    assert await wire.status_of(checkout) == "cancelled"

    assert await wire.tell(checkout) is WebhookOutcome.APPLIED

    assert await wire.status_of(checkout) == "refund_pending"
    assert await wire.earned_by_seller(checkout) == 0
    paid = await services.payments.find_payment(checkout.payment_id)
    assert paid.state == "succeeded", "What came can be given back."


# The last one is a name as ours are.
@pytest.mark.parametrize(
    "payment_id", ["p_none", "", "pay_of_another_shop", "p" * 300, f"p{'a' * 26}"]
)
async def test_a_payment_of_an_unknown_order_is_only_stored(wire, checkout, payment_id):
    outcome = await wire.tell(checkout, payment_id=payment_id)

    assert outcome in {WebhookOutcome.NOT_OURS, WebhookOutcome.IGNORED}
    assert await wire.status_of(checkout) == "pending"


async def test_a_dispute_takes_its_amount_until_it_is_won(wire, checkout):
    await wire.tell(checkout)
    assert await wire.tell(checkout, "dispute.opened", dispute_id="d1") is WebhookOutcome.APPLIED
    assert await wire.earned_by_seller(checkout) == 0

    assert (
        await wire.tell(checkout, "dispute.challenged", dispute_id="d1")
        is WebhookOutcome.NOTHING_NEW
    )
    assert await wire.tell(checkout, "dispute.won", dispute_id="d1") is WebhookOutcome.APPLIED
    assert await wire.tell(checkout, "dispute.won", dispute_id="d1") is WebhookOutcome.NOTHING_NEW
    assert await wire.earned_by_seller(checkout) == 1125


async def test_processing_an_event_again_changes_nothing(wire, checkout, services):
    await wire.tell(checkout)
    async with services.database.read() as conn:
        sql = "select id from webhook_events where body = $1"
        event_id = await conn.value(WebhookEventId, sql, wire.sent[-1])
    consumers = jobs.EventConsumers(services.payments, _fail, _fail, _fail)

    await jobs.process_webhook(services.database, consumers, ProcessWebhook(event_id))
    await jobs.process_webhook(services.database, consumers, ProcessWebhook(new_id()))


async def test_old_processed_events_are_deleted(wire, checkout, services):
    await wire.tell(checkout)
    waiting = write(checkout)
    await wire.send(waiting)
    async with services.database.transaction() as tx:
        sql = "update webhook_events set done_at = done_at - interval '1 year'"
        await tx.run(f"{sql} where done_at is not null")
        await tx.run("update webhook_events set received_at = now() - interval '2 years'")

    await jobs.sweep_webhooks(services.database)

    async with services.database.read() as conn:
        left = await conn.column(bytes, "select body from webhook_events")
        assert await conn.value(int, "select count(done_at) from webhook_events") == 0
    assert waiting in left


async def _nobody(_):
    """Nobody wants to know."""


async def _fail(_):
    pytest.fail("Nobody is to be asked.")


@pytest.mark.parametrize("kind", ["refund_succeeded", "refund.failed"])
async def test_a_refund_event_refreshes_the_refund(wire, checkout, services, kind):
    refund = {"refund_id": "r1", "payment_id": checkout.payment_id, "amount": TOTAL}
    event = {"event_id": new_id().hex, "event_type": kind, "content": {"object": refund}}
    await wire.send(msgspec.json.encode(event))
    learned: list[str] = []

    async def learn(ref):
        learned.append(ref)

    consumers = jobs.EventConsumers(
        services.payments, services.payments.apply_reported, learn, _fail
    )
    [job] = await wire.list_waiting()
    for _ in range(2):
        await jobs.process_webhook(services.database, consumers, job)

    assert learned == ["r1"]
    assert await wire.outcome_of(event["event_id"]) is WebhookOutcome.APPLIED


async def test_an_event_of_an_unknown_refund_is_applied_without_effect(wire, checkout):
    for refund_id in ("r1", "another-shops", "r" * 27):
        await wire.tell(checkout, "refund.succeeded", refund_id=refund_id)

    assert await wire.status_of(checkout) == "pending"
