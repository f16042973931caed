"""Methods that Hyperswitch keeps, through its real client: each charge is made once, or never."""

from uuid import UUID

import pytest

from tests.fakes.company import Fault
from tests.fakes.hyperswitch import (
    API_KEY,
    ASKED,
    DECLINED,
    PAID,
    PROCESSING,
    STUCK,
    Charge,
    FakeHyperswitch,
)
from veza.core.ids import UserId
from veza.infra.payments.errors import ProviderRefused, ProviderUnavailable
from veza.infra.payments.hyperswitch import Hyperswitch, HyperswitchSettings
from veza.infra.payments.provider import (
    ChargeRequest,
    PaymentRequest,
    PaymentState,
    derive_customer_id,
)

CUSTOMER = derive_customer_id(UserId(UUID(int=1)))
FIRST = PaymentRequest(
    "pay_first", 500, "EUR", "Membership", customer_id=CUSTOMER, keeps_method=True
)
NO_ERROR = {"error": {"type": "router_error"}}


@pytest.fixture
def fake():
    with FakeHyperswitch() as company:
        yield company


@pytest.fixture
async def client(fake):
    hyperswitch = Hyperswitch(HyperswitchSettings(fake.url, API_KEY))
    yield hyperswitch
    await hyperswitch.close()


@pytest.fixture
async def method_id(fake, client) -> str:
    """A method that is kept."""
    await client.create_payment(FIRST)
    fake.pay(FIRST.id)
    return (await client.find_payment(FIRST.id)).method_id


@pytest.fixture
def later(method_id) -> ChargeRequest:
    return ChargeRequest("pay_later", 500, "EUR", "Membership", CUSTOMER, method_id)


async def test_a_first_payment_keeps_its_method_once_it_is_paid(fake, client):
    begun = await client.create_payment(FIRST)
    assert (begun.state, begun.method_id) == (PaymentState.PENDING, None)
    fake.pay(FIRST.id, "failed")
    assert (await client.find_payment(FIRST.id)).method_id is None
    fake.pay(FIRST.id)

    paid = await client.find_payment(FIRST.id)

    assert fake.methods[paid.method_id]["customer_id"] == CUSTOMER
    assert len(CUSTOMER) == 32
    # No address and no browser of the member.
    sent = fake.calls[0].form["customer_acceptance"]
    assert sent.keys() == {"acceptance_type", "accepted_at"}


@pytest.mark.parametrize("customer_id", [None, "a-customer"])
async def test_other_payments_keep_nothing(fake, client, customer_id):
    await client.create_payment(PaymentRequest("pay", 500, "EUR", "", customer_id=customer_id))
    fake.pay("pay")
    # A method that the buyer had saved by themselves.
    fake.payments["pay"]["payment_method_id"] = "pm_of_the_buyer"

    assert (await client.find_payment("pay")).method_id is None
    assert fake.methods == {}


def test_a_method_is_kept_only_for_a_customer_with_a_short_id():
    for wrong in ({"keeps_method": True}, {"customer_id": ""}, {"customer_id": "c" * 65}):
        with pytest.raises(AssertionError):
            PaymentRequest("pay", 500, "EUR", "", **wrong)


async def test_the_same_card_of_a_customer_keeps_its_id(fake, client, method_id):
    again = PaymentRequest("pay_2", 500, "EUR", "", customer_id=CUSTOMER, keeps_method=True)
    await client.create_payment(again)
    fake.pay("pay_2")

    assert (await client.find_payment("pay_2")).method_id == method_id


async def test_a_charge_is_made_once_for_its_id(fake, client, later):
    fake.decide(later.method_id, PAID, DECLINED)
    made = [await client.charge(later) for _ in range(3)]

    assert {(one.state, one.amount_cents, one.method_id) for one in made} == {
        (PaymentState.SUCCEEDED, 500, later.method_id)
    }
    assert await client.find_payment(later.id) == made[0]
    assert fake.net_cents == 1000


@pytest.mark.long
@pytest.mark.parametrize("status", [0, 302, 401, 403, 408, 409, 429, 500, 502])
@pytest.mark.parametrize("is_forgotten", [False, True])
async def test_a_charge_whose_answer_got_lost_is_found(fake, client, later, status, is_forgotten):
    fake.faults.append(Fault(status, is_done=True, path="/payments"))
    with pytest.raises(ProviderUnavailable):
        await client.charge(later)
    if is_forgotten:
        await client.forget_method(CUSTOMER, later.method_id)

    assert (await client.charge(later)).state is PaymentState.SUCCEEDED
    assert fake.net_cents == 1000


@pytest.mark.parametrize(
    "body",
    [b"<html>", {"payment_id": "pay_later"}, {"payment_id": "pay_other", "status": "failed"}],
)
async def test_an_unreadable_answer_is_no_decline(fake, client, later, body):
    fake.faults.append(Fault(200, is_done=True, path="/payments", body=body))
    with pytest.raises(ProviderUnavailable):
        await client.charge(later)

    assert (await client.charge(later)).state is PaymentState.SUCCEEDED


@pytest.mark.parametrize("status", [0, 404, 409, 422, 429, 500])
async def test_a_charge_that_was_not_made_is_made_by_trying_again(fake, client, later, status):
    # 404 of a proxy, and 422 of a payment that another request has locked.
    busy = {"error": {"code": "HE_00", "message": "Resource is busy"}}
    body = busy if status == 422 else NO_ERROR
    fake.faults.append(Fault(status, path="/payments", body=body))
    with pytest.raises(ProviderUnavailable):
        await client.charge(later)

    assert (await client.charge(later)).state is PaymentState.SUCCEEDED
    assert fake.net_cents == 1000


async def test_a_proxy_that_knows_no_payment_says_nothing_about_it(fake, client, later):
    await client.charge(later)
    fake.faults.append(Fault(404, method="GET", body=b"<html>"))
    with pytest.raises(ProviderUnavailable):
        await client.charge(later)
    # Hyperswitch contradicts itself.
    fake.faults.append(Fault(404, method="GET", body={"error": {"code": "HE_02"}}))
    with pytest.raises(ProviderUnavailable):
        await client.charge(later)

    assert (await client.charge(later)).state is PaymentState.SUCCEEDED


async def test_a_decline_is_a_failed_payment_and_another_id_tries_again(fake, client, later):
    fake.decide(later.method_id, DECLINED, PAID)
    for _ in range(2):
        declined = await client.charge(later)
        assert declined.state is PaymentState.FAILED
        assert declined.reason == "card_declined: Your card was declined."
        assert declined.method_id is None

    other = ChargeRequest("pay_again", 500, "EUR", "", CUSTOMER, later.method_id)
    assert (await client.charge(other)).state is PaymentState.SUCCEEDED
    assert fake.net_cents == 1000


async def test_a_failure_without_a_reason_gets_one(fake, client, later):
    fake.decide(later.method_id, Charge("failed"))

    assert "didn't say why" in (await client.charge(later)).reason


async def test_the_bank_may_want_the_member(fake, client, later):
    fake.decide(later.method_id, ASKED)
    for _ in range(2):
        asked = await client.charge(later)
        assert (asked.state, asked.is_action_required) == (PaymentState.PENDING, True)
        assert asked.client_secret == fake.payments[later.id]["client_secret"]
    fake.pay(later.id)

    paid = await client.charge(later)
    assert (paid.state, paid.is_action_required) == (PaymentState.SUCCEEDED, False)
    assert paid.method_id == later.method_id


async def test_a_bank_may_take_its_time(fake, client, later):
    fake.decide(later.method_id, PROCESSING)
    waiting = await client.charge(later)
    assert (waiting.state, waiting.is_action_required) == (PaymentState.PENDING, False)
    fake.pay(later.id, "failed")

    assert (await client.charge(later)).state is PaymentState.FAILED


async def test_a_method_that_is_gone_is_a_failed_payment(fake, client, later):
    for _ in range(2):
        await client.forget_method(CUSTOMER, later.method_id)
    gone = await client.charge(later)

    assert (gone.id, gone.state, gone.amount_cents) == (later.id, PaymentState.FAILED, 500)
    assert "no such payment method" in gone.reason
    assert await client.find_payment(later.id) is None


async def test_a_method_of_another_customer_is_not_charged(fake, client, later):
    stranger = derive_customer_id(UserId(UUID(int=2)))
    stolen = ChargeRequest("pay_stolen", 500, "EUR", "", stranger, later.method_id)

    refused = await client.charge(stolen)

    assert (refused.state, refused.reason[:5]) == (PaymentState.FAILED, "IR_16")
    assert fake.net_cents == 500


async def test_a_refused_charge_that_left_a_payment_behind_is_cancelled(fake, client, later):
    fake.decide(later.method_id, STUCK, PAID)
    for _ in range(2):
        ended = await client.charge(later)
        assert ended.state is PaymentState.FAILED
        assert ended.reason == "IR_39: payment method is not configured"

    assert (await client.find_payment(later.id)).state is PaymentState.CANCELLED
    assert fake.count("POST", f"/payments/{later.id}/cancel") == 1


@pytest.mark.parametrize("status", [0, 500])
async def test_what_was_left_behind_is_cancelled_by_the_next_call(fake, client, later, status):
    fake.decide(later.method_id, STUCK)
    fake.faults.append(Fault(status, is_done=status == 500, path=f"/payments/{later.id}/cancel"))
    with pytest.raises(ProviderUnavailable):
        await client.charge(later)

    assert (await client.charge(later)).state is PaymentState.FAILED
    assert fake.payments[later.id]["status"] == "cancelled"


async def test_what_can_not_be_cancelled_is_not_taken_for_failed(fake, client, later):
    fake.decide(later.method_id, STUCK)
    refusal = {"error": {"code": "IR_16", "message": "Cannot cancel"}}
    fake.faults.append(Fault(400, path=f"/payments/{later.id}/cancel", body=refusal))
    with pytest.raises(ProviderUnavailable):
        await client.charge(later)

    # It was paid after all.
    fake.faults.append(Fault(400, path=f"/payments/{later.id}/cancel", body=refusal))
    fake.pay(later.id)
    assert (await client.charge(later)).state is PaymentState.SUCCEEDED


async def test_a_charge_that_we_cancelled_has_failed(fake, client, later):
    fake.decide(later.method_id, ASKED)
    await client.charge(later)
    await client.cancel_payment(later.id)

    assert (await client.charge(later)).state is PaymentState.FAILED


async def test_forgetting_is_repeated_until_hyperswitch_answers(fake, client, method_id):
    for fault in (
        Fault(500, method="DELETE"),
        Fault(404, method="DELETE", body=b"<html>"),
        Fault(0, is_done=True, method="DELETE"),
    ):
        fake.faults.append(fault)
        with pytest.raises(ProviderUnavailable):
            await client.forget_method(CUSTOMER, method_id)
    assert fake.methods == {}

    await client.forget_method(CUSTOMER, method_id)
    await client.forget_method(CUSTOMER, "pm_unknown")


@pytest.mark.parametrize(
    "fault",
    [
        Fault(400, method="DELETE", body={"error": {"code": "IR_25", "message": "Is the default"}}),
        Fault(200, method="DELETE", body={"payment_method_id": "pm", "deleted": False}),
    ],
)
async def test_a_method_that_is_kept_nevertheless_is_a_refusal(fake, client, method_id, fault):
    fake.faults.append(fault)
    with pytest.raises(ProviderRefused):
        await client.forget_method(CUSTOMER, method_id)


@pytest.mark.parametrize("method_id", ["", "..", "../payments", "pm/1", "p" * 65, "pm?x", "é"])
async def test_no_id_of_a_method_leads_somewhere_else(fake, client, method_id):
    await client.forget_method(CUSTOMER, method_id)
    assert fake.calls == []

    await client.create_payment(FIRST)
    fake.pay(FIRST.id)
    fake.payments[FIRST.id]["payment_method_id"] = method_id
    paid = await client.find_payment(FIRST.id)
    assert (paid.state, paid.method_id) == (PaymentState.SUCCEEDED, None)
