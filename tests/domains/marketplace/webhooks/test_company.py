"""A company is asked how a thing stands, whatever an event says of it."""

import asyncio
from decimal import Decimal
from random import Random

import pytest
from msgspec import structs

from tests.domains.marketplace.webhooks.conftest import TOTAL, check_out, write
from tests.fakes.company import Fault
from tests.fakes.hyperswitch import API_KEY
from tests.http.apps import replaced
from veza.domains.marketplace.orders.models import AskPayment
from veza.domains.marketplace.purchases.jobs import ask_payment
from veza.domains.marketplace.purchases.service import Till
from veza.domains.marketplace.webhooks.models import Outcome
from veza.infra.payments.errors import ProviderUnavailable
from veza.infra.payments.hyperswitch import Hyperswitch, HyperswitchSettings


@pytest.fixture
async def hyperswitch(company):
    client = Hyperswitch(HyperswitchSettings(company.url, API_KEY))
    yield client
    await client.close()


@pytest.fixture(autouse=True)
def door(app, services):
    """Take events as those of Hyperswitch."""
    with replaced(app, structs.replace(services.webhook_doors, payments=Hyperswitch.name)):
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


async def test_what_was_paid_pays(wire, company, checkout, tell):
    company.pay(checkout.payment_id)

    assert await tell(checkout) is Outcome.APPLIED
    assert await wire.status_of(checkout) == "paid"


async def test_an_event_that_the_company_knows_nothing_of_pays_nothing(wire, checkout, tell):
    assert await tell(checkout, amount_received=TOTAL) is Outcome.NOTHING_NEW
    assert await tell(checkout, "payment_failed") is Outcome.NOTHING_NEW

    assert await wire.status_of(checkout) == "pending"


@pytest.mark.parametrize("kind", ["payment_failed", "payment_processing", "payment_cancelled"])
async def test_an_event_that_comes_late_finds_what_was_paid(wire, company, checkout, tell, kind):
    company.pay(checkout.payment_id)

    assert await tell(checkout, kind) is Outcome.APPLIED
    assert await tell(checkout) is Outcome.NOTHING_NEW
    assert await wire.status_of(checkout) == "paid"


async def test_the_sum_that_the_company_took_counts(wire, company, checkout, tell):
    company.pay(checkout.payment_id, received=TOTAL - 1)
    assert await tell(checkout, amount_received=TOTAL) is Outcome.FLAGGED
    assert await wire.status_of(checkout) == "pending"
    assert await wire.is_flagged(checkout)

    company.pay(checkout.payment_id)
    assert await tell(checkout, amount_received=1) is Outcome.APPLIED
    assert await wire.status_of(checkout) == "paid"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("failed", "failed"), ("cancelled", "cancelled"), ("expired", "cancelled")],
)
async def test_what_came_to_nothing_is_said_so(wire, company, checkout, tell, status, expected):
    company.pay(checkout.payment_id, status)

    assert await tell(checkout, f"payment_{status}") is Outcome.APPLIED
    assert await wire.status_of(checkout) == expected


async def test_a_dispute_may_overtake_the_news_that_it_was_paid(wire, company, checkout, tell):
    company.pay(checkout.payment_id)
    dispute = {"dispute_id": "d1", "amount": str(TOTAL)}

    assert await tell(checkout, "dispute_opened", **dispute) is Outcome.APPLIED
    assert await tell(checkout) is Outcome.NOTHING_NEW
    assert await wire.earned_by_seller(checkout) == 0

    assert await tell(checkout, "dispute_won", **dispute) is Outcome.APPLIED
    assert await wire.earned_by_seller(checkout) == 1125


@pytest.mark.parametrize(
    "facts",
    [{"amount": 0}, {"amount": -1}, {"amount": 2**63}, {"amount": "?"}, {"currency": "USD"}],
    ids=str,
)
async def test_a_dispute_about_no_sum_of_the_order_is_for_people_to_look_at(
    wire, company, checkout, tell, facts
):
    company.pay(checkout.payment_id)
    dispute = {"dispute_id": "d1", "amount": TOTAL, "currency": "EUR"}

    assert await tell(checkout, "dispute_opened", **dispute | facts) is Outcome.APPLIED

    assert await wire.is_flagged(checkout)
    assert await wire.earned_by_seller(checkout) == 1125


async def test_of_a_payment_that_is_none_of_ours_nobody_is_asked(company, checkout, tell):
    for payment_id in ("pay_of_another_shop", "../refunds/r1", "p" * 200):
        assert await tell(checkout, payment_id=payment_id) is Outcome.NOT_OURS

    assert company.count("GET", "/") == 0


async def test_what_becomes_of_a_dispute_stands_in_the_books_of_both(wire, company, checkout, tell):
    company.pay(checkout.payment_id)
    assert await tell(checkout) is Outcome.APPLIED
    assert await wire.held_by_company(checkout) == company.net_cents == TOTAL

    for how, net in (("won", TOTAL), ("cancelled", TOTAL), ("lost", 0)):
        dispute = company.disputes[company.dispute(checkout.payment_id, TOTAL)]
        assert await tell(checkout, "dispute_opened", **dispute) is Outcome.APPLIED
        assert await wire.held_by_company(checkout) == company.net_cents == 0
        company.end_dispute(dispute["dispute_id"], "challenged")
        assert await tell(checkout, "dispute_challenged", **dispute) is Outcome.NOTHING_NEW
        company.end_dispute(dispute["dispute_id"], how)
        assert await tell(checkout, f"dispute_{how}", **dispute) is Outcome.APPLIED
        assert await wire.held_by_company(checkout) == company.net_cents == net
    assert await wire.earned_by_seller(checkout) == 0
    assert await wire.status_of(checkout) == "refunded"


@pytest.mark.parametrize("seed", range(4))
async def test_events_that_are_doubled_shuffled_and_late_mean_what_they_do_in_order(
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


async def test_an_event_waits_while_the_company_does_not_answer(
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


async def test_a_payment_that_the_company_forgot_is_as_the_event_says(
    wire, company, checkout, tell
):
    company.payments.clear()

    facts = {"amount": TOTAL, "amount_received": TOTAL, "currency": "EUR"}
    assert await tell(checkout, **facts) is Outcome.APPLIED
    assert await wire.status_of(checkout) == "paid"


async def test_one_is_asked_no_more_often_than_there_are_events(wire, company, checkout, tell):
    company.pay(checkout.payment_id)
    body = write(checkout)
    for _ in range(5):
        await wire.send(body)
    await tell(checkout)

    assert company.count("GET", "/payments") == 2


async def test_a_webhook_that_never_comes_is_made_up_for_by_asking(
    services, wire, company, checkout, hyperswitch, tell
):
    company.pay(checkout.payment_id)
    till = Till(hyperswitch, Decimal("0.10"))

    await ask_payment(services.database, till, ask_about(checkout))

    assert await wire.status_of(checkout) == "paid"
    # And where it comes after all, it says nothing new.
    assert await tell(checkout) is Outcome.NOTHING_NEW
    assert await wire.earned_by_seller(checkout) == 1125


async def test_webhooks_and_the_one_who_asks_pay_once_at_the_same_time(
    services, wire, company, checkout, hyperswitch
):
    company.pay(checkout.payment_id)
    till, ask = Till(hyperswitch, Decimal("0.10")), ask_about(checkout)
    for _ in range(5):
        body = company.make_event("payment_succeeded", company.payments[checkout.payment_id])
        await wire.send(body)

    asking = [ask_payment(services.database, till, ask) for _ in range(5)]
    await asyncio.gather(*asking, *(wire.process(hyperswitch) for _ in range(3)))

    assert await wire.status_of(checkout) == "paid"
    assert await wire.earned_by_seller(checkout) == 1125


def ask_about(checkout) -> AskPayment:
    return AskPayment(checkout.order_id, "hyperswitch", is_expired=False)
