"""Hyperswitch through its real client: whatever gets lost, nothing is paid or given back twice."""

from datetime import UTC, datetime

import pytest

from tests.fakes import hyperswitch as fakes
from tests.fakes.company import Fault
from tests.fakes.hyperswitch import API_KEY, FakeHyperswitch
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payments.hyperswitch import Hyperswitch, HyperswitchSettings
from veza.infra.payments.hyperswitch_signatures import is_signed, sign
from veza.infra.payments.provider import (
    DisputeState,
    PaymentDispute,
    PaymentRequest,
    PaymentState,
    RefundRequest,
    RefundState,
)

WISH = PaymentRequest("pay_0001", 1250, "EUR", "Night Ferry")
REFUND = RefundRequest("ref_0001", "pay_0001", 1250, "EUR", "Not as described")


@pytest.fixture
def fake():
    with FakeHyperswitch() as company:
        yield company


@pytest.fixture
async def client(fake):
    hyperswitch = Hyperswitch(HyperswitchSettings(fake.url, API_KEY))
    yield hyperswitch
    await hyperswitch.close()


async def test_a_payment_is_begun_confirmed_and_given_back(fake, client):
    begun = await client.create_payment(WISH)
    assert (begun.state, begun.amount_cents, begun.currency) == (PaymentState.PENDING, 1250, "EUR")
    assert begun.client_secret

    fake.pay(WISH.id)
    assert (await client.find_payment(WISH.id)).state is PaymentState.SUCCEEDED

    refund = await client.refund(REFUND)
    assert (refund.state, refund.amount_cents) == (RefundState.SUCCEEDED, 1250)
    assert fake.net_cents == 0


@pytest.mark.long
@pytest.mark.parametrize("status", [0, 302, 401, 403, 408, 409, 429, 500, 502])
async def test_what_was_done_before_the_answer_got_lost_is_found_by_trying_again(
    fake, client, status
):
    fake.faults.append(Fault(status, is_done=True, path="/payments"))
    with pytest.raises(ProviderUnavailable):
        await client.create_payment(WISH)
    begun = await client.create_payment(WISH)
    assert begun.client_secret == fake.payments[WISH.id]["client_secret"]

    fake.pay(WISH.id)
    fake.faults.append(Fault(status, is_done=True, path="/refunds"))
    with pytest.raises(ProviderUnavailable):
        await client.refund(REFUND)
    assert (await client.refund(REFUND)).state is RefundState.SUCCEEDED

    assert (len(fake.payments), len(fake.refunds), fake.net_cents) == (1, 1, 0)


@pytest.mark.parametrize("status", [0, 409, 429, 500])
async def test_what_was_not_done_is_done_by_trying_again(fake, client, status):
    fake.faults.append(Fault(status, path="/payments"))
    with pytest.raises(ProviderUnavailable):
        await client.create_payment(WISH)
    assert not fake.payments

    assert (await client.create_payment(WISH)).state is PaymentState.PENDING


async def test_a_refusal_says_why(fake, client):
    await client.create_payment(WISH)

    with pytest.raises(ProviderRefused, match="IR_13: Refund amount exceeds"):
        await client.refund(REFUND)
    with pytest.raises(ProviderRefused, match="30 characters"):
        await client.create_payment(PaymentRequest("p" * 31, 100, "EUR", "Too long"))
    for body in (b"<html>", b'{"error": {"code": "\xff"}}'):
        fake.faults.append(Fault(400, path="/refunds", body=body))
        with pytest.raises(ProviderRefused, match="didn't say why"):
            await client.refund(REFUND)


async def test_disputes_are_listed_since_a_moment_page_by_page_and_found(fake, client):
    await client.create_payment(WISH)
    fake.pay(WISH.id)
    refs = [fake.dispute(WISH.id, cents) for cents in (100, 200, 300)]
    for ref, how in zip(refs, ("challenged", "cancelled", "accepted"), strict=True):
        fake.end_dispute(ref, how)
    fake.disputes[refs[0]]["created_at"] = "2020-01-01T00:00:00+00:00"

    since = datetime(2021, 1, 1, tzinfo=UTC)
    pages = [await client.list_disputes(since, limit=1, offset=offset) for offset in range(3)]

    assert pages == [
        [PaymentDispute(refs[1], WISH.id, DisputeState.WON, 200, "EUR")],
        [PaymentDispute(refs[2], WISH.id, DisputeState.LOST, 300, "EUR")],
        [],
    ]
    assert (await client.find_dispute(refs[0])).state is DisputeState.OPEN
    assert await client.find_dispute("dp_none") is None


@pytest.mark.parametrize("amount", ["", "1.5", "-1", "1" * 19, "much"])
async def test_what_is_no_amount_of_a_dispute_is_none_that_the_books_take(fake, client, amount):
    await client.create_payment(WISH)
    ref = fake.dispute(WISH.id, 100)
    fake.disputes[ref]["amount"] = amount

    assert (await client.find_dispute(ref)).amount_cents == 0


async def test_a_wrong_key_is_an_outage_and_no_refusal(fake):
    """It is a mistake of ours: what buyers and sellers wish for is to go on once it is mended."""
    stranger = Hyperswitch(HyperswitchSettings(fake.url, "snd_of_nobody"))
    for ask in (stranger.create_payment(WISH), stranger.refund(REFUND)):
        with pytest.raises(ProviderUnavailable):
            await ask
    await stranger.close()


async def test_a_profile_that_is_not_there_is_a_refusal(fake, client):
    unknown = {"error": {"code": "HE_02", "message": "Business profile does not exist"}}
    fake.faults.append(Fault(404, path="/payments", body=unknown))

    with pytest.raises(ProviderRefused, match="profile"):
        await client.create_payment(WISH)


async def test_a_refusal_to_tell_is_no_refusal_to_do(fake, client):
    for ask in (lambda: client.find_payment(WISH.id), lambda: client.find_refund(REFUND.id)):
        fake.faults.append(Fault(400, method="GET", body={"error": {"code": "IR_39"}}))
        with pytest.raises(ProviderUnavailable):
            await ask()


async def test_no_id_is_a_way_to_somewhere_else(fake, client):
    await client.create_payment(WISH)
    for payment_id in ("../payments/pay_0001", "x/../pay_0001", "pay_0001?x=", "pay_0001#"):
        assert await client.find_payment(payment_id) is None
        assert await client.find_refund(f"../payments/{payment_id}") is None


async def test_what_is_not_there_is_none(client):
    assert await client.find_payment("pay_none") is None
    assert await client.find_refund("ref_none") is None
    for ask in (client.cancel_payment("pay_none"), client.refund(REFUND)):
        with pytest.raises(ProviderRefused, match="no such payment"):
            await ask


async def test_a_payment_that_is_made_can_not_be_cancelled(fake, client):
    await client.create_payment(WISH)
    fake.pay(WISH.id)

    assert (await client.cancel_payment(WISH.id)).state is PaymentState.SUCCEEDED


async def test_a_payment_that_waits_is_cancelled_however_often(client):
    await client.create_payment(WISH)

    for _ in range(2):
        assert (await client.cancel_payment(WISH.id)).state is PaymentState.CANCELLED


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("failed", PaymentState.FAILED),
        ("expired", PaymentState.CANCELLED),
        ("processing", PaymentState.PENDING),
        ("requires_customer_action", PaymentState.PENDING),
        ("a word of next year", PaymentState.PENDING),
    ],
)
async def test_only_what_is_known_to_be_over_is_over(fake, client, status, state):
    await client.create_payment(WISH)
    fake.pay(WISH.id, status)

    assert (await client.find_payment(WISH.id)).state is state


async def test_what_came_in_counts_and_not_what_was_asked_for(fake, client):
    await client.create_payment(WISH)
    fake.pay(WISH.id, received=1000)

    assert (await client.find_payment(WISH.id)).amount_cents == 1000


@pytest.mark.parametrize(
    "body",
    [
        b"<html>welcome</html>",
        b'{"payment_id": "pay_0001", "status": "\xff", "amount": 1, "currency": "EUR"}',
        {"payment_id": "pay_0001", "status": "succeeded", "amount": "1", "currency": "EUR"},
        {"payment_id": "pay_0002", "status": "succeeded", "amount": 1, "currency": "EUR"},
        [1],
    ],
)
async def test_an_answer_that_nobody_can_read_is_an_outage(fake, client, body):
    fake.faults.append(Fault(200, is_done=True, body=body, path="/payments"))

    with pytest.raises(ProviderUnavailable):
        await client.create_payment(WISH)


@pytest.mark.long
async def test_an_answer_that_does_not_end_is_an_outage(fake):
    """Each of its bytes comes soon enough, and what was asked for was done."""
    fake.faults.append(Fault(200, is_done=True, path="/payments", trickles=True))
    hasty = Hyperswitch(HyperswitchSettings(fake.url, API_KEY), timeout_s=0.5)

    with pytest.raises(ProviderUnavailable):
        await hasty.create_payment(WISH)
    assert (await hasty.create_payment(WISH)).state is PaymentState.PENDING

    assert len(fake.payments) == 1
    await hasty.close()


async def test_a_company_that_is_gone_is_an_outage():
    client = Hyperswitch(HyperswitchSettings("http://127.0.0.1:1", API_KEY))
    with pytest.raises(ProviderUnavailable):
        await client.find_payment("pay_0001")
    await client.close()


def test_the_signature_is_that_of_the_raw_bytes():
    body = b'{"b":1, "a":2}'
    assert sign("key", body) == fakes.sign("key", body)
    assert is_signed("key", body, sign("key", body))
    assert is_signed("key", body, sign("key", body).upper())
    for wrong in ("", "zz", sign("key", b'{"a":2,"b":1}'), sign("other", body), "\u00e9"):
        assert not is_signed("key", body, wrong)
