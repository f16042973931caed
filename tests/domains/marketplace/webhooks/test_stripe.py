"""Stripe's door: signed as it signs, and sellers' accounts looked up when it speaks of them."""

import time
from unittest.mock import ANY

import msgspec
import pytest
from msgspec import structs

from tests.domains.marketplace.webhooks.events_steps import TOTAL, events_of
from tests.fakes.stripe import WEBHOOK_SECRET, FakeStripe, sign
from tests.http.apps import replaced
from veza.domains.marketplace.webhooks import jobs
from veza.domains.marketplace.webhooks.models import ProcessWebhook, WebhookOutcome

ACCOUNT = {"id": "acct_1", "object": "account", "payouts_enabled": True}


@pytest.fixture
def stripe():
    with FakeStripe() as fake:
        yield fake


@pytest.fixture
def door(app, services):
    """The door as it is where Stripe pays sellers."""
    secrets = structs.replace(services.webhook_secrets, stripe_secret=WEBHOOK_SECRET)
    with replaced(app, secrets):
        yield


async def send(client, body, signature):
    return await client.post(
        "webhooks/stripe", content=body, headers={"stripe-signature": signature}
    )


@pytest.mark.usefixtures("door")
async def test_an_account_event_of_stripe_refreshes_the_account(client, services, stripe):
    body = stripe.make_event("account.updated", ACCOUNT)
    for _ in range(3):
        assert (await send(client, body, sign(body))).status_code == 200

    learned: list[str] = []

    async def learn(account_ref):
        learned.append(account_ref)

    consumers = jobs.EventConsumers(services.payments, None, _fail, learn)
    [event] = await events_of(services, "stripe", "account_updated")
    for _ in range(2):
        await jobs.process_webhook(services.database, consumers, ProcessWebhook(event.id))

    assert learned == ["acct_1"]
    [event] = await events_of(services, "stripe", "account_updated")
    assert event.outcome is WebhookOutcome.APPLIED


@pytest.mark.usefixtures("door")
async def test_an_irrelevant_event_is_stored(client, services, stripe):
    body = stripe.make_event("transfer.reversed", {"id": "tr_1", "object": "transfer"})
    assert (await send(client, body, sign(body))).status_code == 200

    [event] = await events_of(services, "stripe", "transfer_reversed")
    consumers = jobs.EventConsumers(services.payments, None, _fail, _fail)
    await jobs.process_webhook(services.database, consumers, ProcessWebhook(event.id))

    [event] = await events_of(services, "stripe", "transfer_reversed")
    assert (event.outcome, event.done_at) == (WebhookOutcome.IGNORED, ANY)


@pytest.mark.usefixtures("door")
async def test_payment_events_of_stripe_are_ignored(client, services, stripe, wire, checkout):
    thing = {"payment_id": checkout.payment_id, "amount": TOTAL, "currency": "EUR"}
    for kind in ("payment.succeeded", "dispute.lost", "refund.succeeded"):
        facts = {"dispute_id": "d1", "refund_id": "r1"}
        body = stripe.make_event(kind, thing | facts)
        assert (await send(client, body, sign(body))).status_code == 200
        wire.sent.append(body)
    await wire.process()

    assert await wire.status_of(checkout) == "pending"
    [event] = await events_of(services, "stripe", "payment_succeeded")
    assert event.outcome is WebhookOutcome.IGNORED


async def test_account_events_of_the_payment_provider_are_ignored(wire, checkout, services):
    body = msgspec.json.encode({"event": "account.updated", "account": "acct_1"})
    assert (await wire.send(body)).status_code == 200
    consumers = jobs.EventConsumers(services.payments, None, _fail, _fail)
    [job] = await wire.list_waiting()

    await jobs.process_webhook(services.database, consumers, job)

    assert await wire.last_outcome() is WebhookOutcome.IGNORED


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=1",
        "v1=abc",
        "t=soon,v1=abc",
        "{now},v1=abc",
        "{now},v0={right}",
        "é" * 64,
        "t=é,v1=é",
    ],
)
async def test_a_bad_signature_is_401(client, stripe, signature):
    body = stripe.make_event("account.updated", ACCOUNT)
    now, right = sign(body).split(",v1=")
    written = signature.format(now=now, right=right).encode("latin-1")

    answer = await client.post(
        "webhooks/stripe", content=body, headers={"stripe-signature": written}
    )

    assert (answer.status_code, answer.json()["code"]) == (401, "bad_signature")


@pytest.mark.usefixtures("door")
async def test_an_old_signature_is_401(client, stripe):
    body = stripe.make_event("account.updated", ACCOUNT)

    assert (await send(client, body, sign(body, at=int(time.time()) - 3600))).is_error
    assert (await client.post("webhooks/stripe", content=body)).status_code == 401


@pytest.mark.usefixtures("door")
async def test_a_signature_that_is_no_text_is_401(client, stripe):
    body = b"\xff\xfe"
    assert (await send(client, body, sign(body))).status_code == 401


async def test_without_a_secret_stripe_is_refused(client, stripe):
    body = stripe.make_event("account.updated", ACCOUNT)

    assert (await send(client, body, sign(body))).status_code == 401


async def _fail(_):
    pytest.fail("Nobody is to be asked.")
