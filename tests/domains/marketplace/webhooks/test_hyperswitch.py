"""A company is asked how a thing stands, whatever an event says of it."""

import asyncio
from random import Random

import pytest
from msgspec import structs

from tests.domains.marketplace.webhooks.events_steps import TOTAL, check_out, write
from tests.fakes.company import Fault
from tests.fakes.hyperswitch import API_KEY
from tests.http.apps import replaced
from veza.domains.marketplace.orders.jobs import poll_payment
from veza.domains.marketplace.orders.models.state import PollPayment
from veza.domains.marketplace.webhooks.models import WebhookOutcome
from veza.infra.payments.errors import ProviderUnavailable
from veza.infra.payments.hyperswitch import Hyperswitch, HyperswitchSettings
from veza.infra.payments.provider import PaymentProviders


@pytest.fixture
async def hyperswitch(company):
    client = Hyperswitch(HyperswitchSettings(company.url, API_KEY))
    yield client
    await client.close()


@pytest.fixture(autouse=True)
def door(app, services):
    """Take events as those of Hyperswitch."""
    secrets = structs.replace(services.webhook_secrets, payment_provider=Hyperswitch.name)
    with replaced(app, secrets):
        yield


@pytest.fixture
async def checkout(services, hyperswitch):
    """An order with a payment at Hyperswitch."""
    return await check_out(services, hyperswitch)


@pytest.fixture
def tell(wire, company, hyperswitch):
    """Have Hyperswitch tell of a payment, and process that: what became of it."""

    async def send(checkout, kind="payment_succeeded", **facts):
        thing = {"payment_id": checkout.payment_id}
        if kind.startswith("payment_"):
            thing = company.payments.get(checkout.payment_id, thing)
        body = company.make_event(kind, thing | facts)
        assert (await wire.send(body, x_webhook_signature_512=wire.sign(body))).is_success
        await wire.process(hyperswitch)
        return await wire.last_outcome()

    return send


async def test_a_payment_at_the_provider_pays_the_order(wire, company, checkout, tell):
    company.pay(checkout.payment_id)

    assert await tell(checkout) is WebhookOutcome.APPLIED
    assert await wire.status_of(checkout) == "paid"


async def test_a_payment_unknown_to_the_provider_pays_nothing(wire, checkout, tell):
    assert await tell(checkout, amount_received=TOTAL) is WebhookOutcome.NOTHING_NEW
    assert await tell(checkout, "payment_failed") is WebhookOutcome.NOTHING_NEW

    assert await wire.status_of(checkout) == "pending"


@pytest.mark.parametrize("kind", ["payment_failed", "payment_processing", "payment_cancelled"])
async def test_a_late_event_finds_the_current_state(wire, company, checkout, tell, kind):
    company.pay(checkout.payment_id)

    assert await tell(checkout, kind) is WebhookOutcome.APPLIED
    assert await tell(checkout) is WebhookOutcome.NOTHING_NEW
    assert await wire.status_of(checkout) == "paid"


async def test_the_amount_of_the_provider_counts(wire, company, checkout, tell):
    company.pay(checkout.payment_id, received=TOTAL - 1)
    assert await tell(checkout, amount_received=TOTAL) is WebhookOutcome.FLAGGED
    assert await wire.status_of(checkout) == "pending"
    assert await wire.is_flagged(checkout)

    company.pay(checkout.payment_id)
    assert await tell(checkout, amount_received=1) is WebhookOutcome.APPLIED
    assert await wire.status_of(checkout) == "paid"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("failed", "failed"), ("cancelled", "cancelled"), ("expired", "cancelled")],
)
async def test_failed_and_cancelled_payments_are_applied(
    wire, company, checkout, tell, status, expected
):
    company.pay(checkout.payment_id, status)

    assert await tell(checkout, f"payment_{status}") is WebhookOutcome.APPLIED
    assert await wire.status_of(checkout) == expected


async def test_a_dispute_may_arrive_before_its_payment(wire, company, checkout, tell):
    company.pay(checkout.payment_id)
    dispute = {"dispute_id": "d1", "amount": str(TOTAL)}

    assert await tell(checkout, "dispute_opened", **dispute) is WebhookOutcome.APPLIED
    assert await tell(checkout) is WebhookOutcome.NOTHING_NEW
    assert await wire.earned_by_seller(checkout) == 0

    assert await tell(checkout, "dispute_won", **dispute) is WebhookOutcome.APPLIED
    assert await wire.earned_by_seller(checkout) == 1125


@pytest.mark.parametrize(
    "facts",
    [{"amount": 0}, {"amount": -1}, {"amount": 2**63}, {"amount": "?"}, {"currency": "USD"}],
    ids=str,
)
async def test_a_dispute_with_an_invalid_amount_is_flagged(wire, company, checkout, tell, facts):
    company.pay(checkout.payment_id)
    dispute = {"dispute_id": "d1", "amount": TOTAL, "currency": "EUR"}

    assert await tell(checkout, "dispute_opened", **dispute | facts) is WebhookOutcome.APPLIED

    assert await wire.is_flagged(checkout)
    assert await wire.earned_by_seller(checkout) == 1125


async def test_the_provider_is_not_asked_for_foreign_payments(company, checkout, tell):
    for payment_id in ("pay_of_another_shop", "../refunds/r1", "p" * 200):
        assert await tell(checkout, payment_id=payment_id) is WebhookOutcome.NOT_OURS

    assert company.count("GET", "/") == 0


async def test_the_result_of_a_dispute_is_in_both_ledgers(wire, company, checkout, tell):
    company.pay(checkout.payment_id)
    assert await tell(checkout) is WebhookOutcome.APPLIED
    assert await wire.held_by_company(checkout) == company.net_cents == TOTAL

    for how, net in (("won", TOTAL), ("cancelled", TOTAL), ("lost", 0)):
        dispute = company.disputes[company.dispute(checkout.payment_id, TOTAL)]
        assert await tell(checkout, "dispute_opened", **dispute) is WebhookOutcome.APPLIED
        assert await wire.held_by_company(checkout) == company.net_cents == 0
        company.end_dispute(dispute["dispute_id"], "challenged")
        assert await tell(checkout, "dispute_challenged", **dispute) is WebhookOutcome.NOTHING_NEW
        company.end_dispute(dispute["dispute_id"], how)
        assert await tell(checkout, f"dispute_{how}", **dispute) is WebhookOutcome.APPLIED
        assert await wire.held_by_company(checkout) == company.net_cents == net
    assert await wire.earned_by_seller(checkout) == 0
    assert await wire.status_of(checkout) == "refunded"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
async def test_repeated_shuffled_and_late_events_have_the_same_result(
    wire, company, checkout, hyperswitch, client, seed
):
    """Also where nobody answers at first: then the company tells them again."""
    random = Random(seed)

    async def deliver():
        company.duplicate(3)
        company.reorder(random)
        await company.deliver(client, "webhooks/of_nobody")
        await company.deliver(client, "webhooks/hyperswitch")
        await wire.process(hyperswitch)

    company.pay(checkout.payment_id, "processing")
    company.pay(checkout.payment_id)
    wire.sent.extend(event.body for event in company.list_events())
    await deliver()
    assert await wire.status_of(checkout) == "paid"

    dispute_id = company.dispute(checkout.payment_id, TOTAL)
    if seed % 2:
        company.delay()
    company.end_dispute(dispute_id, "won")
    for _ in range(2):
        wire.sent.extend(event.body for event in company.list_events())
        await deliver()

    assert company.list_events() == []
    assert await wire.list_waiting() == []
    assert await wire.status_of(checkout) == "paid"
    assert await wire.earned_by_seller(checkout) == 1125


async def test_an_event_waits_while_the_provider_is_unavailable(
    wire, company, checkout, hyperswitch, tell
):
    company.pay(checkout.payment_id)
    for status in (0, 500, 429):
        company.faults.append(Fault(status, method="GET", path="/payments"))
    for _ in range(3):
        with pytest.raises(ProviderUnavailable):
            await tell(checkout)
        assert await wire.last_outcome() is None

    await wire.process(hyperswitch)
    assert await wire.status_of(checkout) == "paid"
    assert await wire.earned_by_seller(checkout) == 1125


async def test_a_payment_that_the_provider_lost_is_as_the_event_reports(
    wire, company, checkout, tell
):
    company.payments.clear()

    facts = {"amount": TOTAL, "amount_received": TOTAL, "currency": "EUR"}
    assert await tell(checkout, **facts) is WebhookOutcome.APPLIED
    assert await wire.status_of(checkout) == "paid"


async def test_the_provider_is_asked_once_for_each_event(wire, company, checkout, tell):
    company.pay(checkout.payment_id)
    body = write(checkout)
    for _ in range(5):
        await wire.send(body)
    await tell(checkout)

    assert company.count("GET", "/payments") == 2


async def test_polling_replaces_a_lost_webhook(
    services, wire, company, checkout, hyperswitch, tell
):
    company.pay(checkout.payment_id)
    providers = PaymentProviders(hyperswitch)

    await poll_payment(services.database, providers, ask_about(checkout))

    assert await wire.status_of(checkout) == "paid"
    # And where it comes after all, it says nothing new.
    assert await tell(checkout) is WebhookOutcome.NOTHING_NEW
    assert await wire.earned_by_seller(checkout) == 1125


async def test_concurrent_webhooks_and_polls_pay_once(
    services, wire, company, checkout, hyperswitch
):
    company.pay(checkout.payment_id)
    providers, job = PaymentProviders(hyperswitch), ask_about(checkout)
    for _ in range(5):
        body = company.make_event("payment_succeeded", company.payments[checkout.payment_id])
        await wire.send(body)

    asking = [poll_payment(services.database, providers, job) for _ in range(5)]
    await asyncio.gather(*asking, *(wire.process(hyperswitch) for _ in range(3)))

    assert await wire.status_of(checkout) == "paid"
    assert await wire.earned_by_seller(checkout) == 1125


def ask_about(checkout) -> PollPayment:
    return PollPayment(checkout.order_id, "hyperswitch", is_expired=False)
