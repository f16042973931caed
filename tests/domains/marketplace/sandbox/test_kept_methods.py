"""Methods that the sandbox keeps: whoever confirms a payment chooses how later charges end."""

import asyncio

import pytest
from msgspec import structs

from tests import make
from tests.domains.marketplace.sandbox.payments_steps import wish
from veza.core.access import Role
from veza.core.ids import UserId, new_id
from veza.domains.marketplace.orders.models.state import OrderStatus
from veza.domains.marketplace.orders.queries.checkout import update_payment
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.sandbox import personal_data
from veza.domains.marketplace.sandbox.models import LaterCharges, PaymentOutcome
from veza.infra.payments.provider import (
    ChargeRequest,
    Payment,
    PaymentRequest,
    PaymentState,
    derive_customer_id,
)

PAID = PaymentOutcome.SUCCEEDED


@pytest.fixture
async def member(services):
    return await make.person(services)


@pytest.fixture
def customer_id(member):
    return derive_customer_id(member.id)


@pytest.fixture
async def first(payments, customer_id):
    """A payment that waits, and is to keep its method."""
    return await payments.create_payment(wish(customer_id=customer_id, keeps_method=True))


@pytest.fixture
async def kept(payments, first) -> Payment:
    """A payment that kept its method."""
    await payments.confirm(first.id, PAID)
    return await payments.find_payment(first.id)


def later(customer_id, method_id, **parts) -> ChargeRequest:
    request = ChargeRequest(f"p{new_id().hex[:29]}", 700, "EUR", "", customer_id, method_id)
    return structs.replace(request, **parts)


async def count(services, sql, *values):
    async with services.database.read() as conn:
        return await conn.value(int, sql, *values)


async def count_events(services, payment_id):
    sql = "select count(*) from webhook_events where event_id like '%' || $1 || '%'"
    return await count(services, sql, payment_id)


async def test_a_payment_keeps_its_method_once_it_is_paid(services, payments, first):
    assert first.method_id is None
    await payments.confirm(first.id, PaymentOutcome.FAILED)
    assert (await payments.find_payment(first.id)).method_id is None

    await asyncio.gather(*(payments.confirm(first.id, PAID) for _ in range(5)))

    paid = await payments.find_payment(first.id)
    assert paid.method_id.startswith("pm_")
    sql = "select count(*) from sandbox_methods where id = $1"
    assert await count(services, sql, paid.method_id) == 1


async def test_a_signed_event_keeps_the_method_as_well(payments, first):
    await payments.apply_reported(structs.replace(first, state=PaymentState.SUCCEEDED))

    assert (await payments.find_payment(first.id)).method_id is not None


async def test_other_payments_keep_nothing(payments, customer_id):
    for parts in ({}, {"customer_id": customer_id}):
        begun = await payments.create_payment(wish(**parts))
        await payments.confirm(begun.id, PAID, LaterCharges.DECLINED)
        assert (await payments.find_payment(begun.id)).method_id is None


async def test_a_charge_is_made_once_for_its_id(services, payments, kept, customer_id):
    request = later(customer_id, kept.method_id)
    made = await asyncio.gather(*(payments.charge(request) for _ in range(5)))
    made.append(await payments.charge(structs.replace(request, amount_cents=1)))

    assert set(made) == {await payments.find_payment(request.id)}
    assert (made[0].state, made[0].amount_cents) == (PaymentState.SUCCEEDED, 700)
    assert made[0].method_id == kept.method_id
    assert await count_events(services, request.id) == 1


async def test_who_confirms_chooses_how_later_charges_end(services, payments, kept, customer_id):
    await payments.confirm(kept.id, PAID, LaterCharges.DECLINED)
    # Without a choice it stays as it was.
    await payments.confirm(kept.id, PAID)
    declined = later(customer_id, kept.method_id)
    for _ in range(2):
        failed = await payments.charge(declined)
        assert failed.state is PaymentState.FAILED
        assert failed.reason == "card_declined: The sandbox is set to refuse."
        assert failed.method_id is None

    await payments.confirm(kept.id, PAID, LaterCharges.SUCCEEDED)
    assert await payments.charge(declined) == failed
    another = later(customer_id, kept.method_id)
    assert (await payments.charge(another)).state is PaymentState.SUCCEEDED
    assert await count_events(services, declined.id) == 1


async def test_a_charge_may_wait_for_its_buyer(services, payments, kept, customer_id):
    await payments.confirm(kept.id, PAID, LaterCharges.ACTION_REQUIRED)
    request = later(customer_id, kept.method_id)
    for _ in range(2):
        asked = await payments.charge(request)
        assert (asked.state, asked.is_action_required) == (PaymentState.PENDING, True)
        assert asked.client_secret.startswith(f"{request.id}_secret_")
    assert await count_events(services, request.id) == 0

    await payments.confirm(request.id, PAID, LaterCharges.SUCCEEDED)

    paid = await payments.charge(request)
    assert (paid.state, paid.is_action_required) == (PaymentState.SUCCEEDED, False)
    assert paid.method_id == kept.method_id
    following = later(customer_id, kept.method_id)
    assert (await payments.charge(following)).state is PaymentState.SUCCEEDED


async def test_a_cancelled_charge_has_failed(payments, kept, customer_id):
    await payments.confirm(kept.id, PAID, LaterCharges.ACTION_REQUIRED)
    request = later(customer_id, kept.method_id)
    await payments.charge(request)
    await payments.cancel_payment(request.id)

    ended = await payments.charge(request)
    assert (ended.state, ended.reason) == (PaymentState.FAILED, "The payment was cancelled.")


async def test_only_their_own_methods_are_charged_and_forgotten(payments, kept, customer_id):
    stranger = derive_customer_id(UserId(new_id()))
    await payments.forget_method(stranger, kept.method_id)
    refused = await payments.charge(later(stranger, kept.method_id))
    assert (refused.state, refused.reason) == (
        PaymentState.FAILED,
        "The sandbox knows no such payment method.",
    )
    assert (await payments.charge(later(customer_id, kept.method_id))).state == "succeeded"

    for _ in range(2):
        await payments.forget_method(customer_id, kept.method_id)
    assert (await payments.charge(later(customer_id, kept.method_id))).state == "failed"
    unknown = "m" * 100
    assert (await payments.charge(later(customer_id, unknown))).state == "failed"


async def test_a_charge_pays_its_order_by_a_webhook(services, payments, kept, customer_id, work):
    seller = await make.person(services, Role.CREATOR)
    buyer = await make.person(services)
    async with services.database.transaction() as tx:
        order_id = await make.order(tx, buyer.member, (seller.member, 700))
        payment = Payment(settlement.payment_ref(order_id), PaymentState.PENDING, 700, "EUR")
        await update_payment(tx, order_id, payment, provider="sandbox")

    await payments.charge(later(customer_id, kept.method_id, id=payment.id))
    await work()

    async with services.database.read() as conn:
        assert (await settlement.read_state(conn, order_id)).status is OrderStatus.PAID


async def test_an_erased_member_has_no_methods(services, payments, member, kept, customer_id):
    charged = later(customer_id, kept.method_id)
    await payments.charge(charged)
    waiting = await payments.create_payment(wish(customer_id=customer_id, keeps_method=True))
    async with services.database.read() as conn:
        exported = await personal_data.export(conn, member.id)
    assert [one.id for one in exported.methods] == [kept.method_id]
    assert {one.id for one in exported.payments} == {kept.id, charged.id, waiting.id}

    async with services.database.transaction() as tx:
        await personal_data.erase(tx, member.id)

    # What is confirmed or charged afterwards leaves nothing, either.
    await payments.confirm(waiting.id, PAID)
    refused = later(customer_id, kept.method_id)
    assert (await payments.charge(refused)).state is PaymentState.FAILED
    for payment in (kept, charged, waiting, refused):
        assert (await payments.find_payment(payment.id)).method_id is None
    async with services.database.read() as conn:
        left = await personal_data.export(conn, member.id)
    assert (left.methods, left.payments) == ([], [])


@pytest.mark.parametrize("is_first", [True, False])
async def test_erasing_while_a_method_is_kept_and_charged_leaves_nothing(
    services, payments, member, kept, customer_id, is_first
):
    waiting = await payments.create_payment(wish(customer_id=customer_id, keeps_method=True))

    async def erase():
        async with services.database.transaction() as tx:
            await personal_data.erase(tx, member.id)

    others = [
        payments.confirm(waiting.id, PAID),
        payments.charge(later(customer_id, kept.method_id)),
    ]
    await asyncio.gather(*([erase(), *others] if is_first else [*others, erase()]))

    async with services.database.read() as conn:
        left = await personal_data.export(conn, member.id)
    assert (left.methods, left.payments) == ([], [])


async def confirm(client, person, payment_id, **body):
    return await client.post(
        f"sandbox/payments/{payment_id}/confirm", json=body, headers=person.headers
    )


async def test_the_form_says_how_later_charges_end(services, client, payments):
    seller = await make.person(services, Role.CREATOR)
    buyer = await make.person(services)
    async with services.database.transaction() as tx:
        order_id = await make.order(tx, buyer.member, (seller.member, 700))
    payment_id, customer = settlement.payment_ref(order_id), derive_customer_id(buyer.id)
    await payments.create_payment(
        PaymentRequest(payment_id, 700, "EUR", "", customer_id=customer, keeps_method=True)
    )
    answer = await confirm(client, buyer, payment_id, outcome="succeeded", later_charges="declined")
    assert answer.status_code == 202
    method_id = (await payments.find_payment(payment_id)).method_id
    assert (await payments.charge(later(customer, method_id))).state is PaymentState.FAILED

    for value in ("maybe", 1, ["declined"], ""):
        answer = await confirm(client, buyer, payment_id, outcome="succeeded", later_charges=value)
        assert answer.status_code == 400
    for body in ({}, {"later_charges": None}):
        answer = await confirm(client, buyer, payment_id, outcome="succeeded", **body)
        assert answer.status_code == 202
