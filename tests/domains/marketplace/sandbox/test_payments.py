"""The company that takes buyers' money in the sandbox: each thing once for its id."""

import asyncio

import pytest

from tests.domains.marketplace.sandbox.payments_steps import wish
from veza.core.ids import new_id
from veza.domains.marketplace.sandbox import queries
from veza.infra.payments.errors import ProviderRefused
from veza.infra.payments.provider import PaymentState, RefundRequest, RefundState


@pytest.fixture
async def paid(services, begun):
    async with services.database.transaction() as tx:
        await queries.update_payment(tx, begun.id, PaymentState.SUCCEEDED)
    return begun


def refund(payment, cents, refund_id=None):
    drawn = refund_id or f"r{new_id().hex[:29]}"
    return RefundRequest(drawn, payment.id, cents, "EUR", "Not as described")


async def test_a_payment_is_created_once_for_its_id(payments):
    wanted = wish()
    begun = await asyncio.gather(*(payments.create_payment(wanted) for _ in range(10)))

    assert len(set(begun)) == 1
    assert (begun[0].state, begun[0].amount_cents) == (PaymentState.PENDING, 1250)
    assert begun[0].client_secret.startswith(f"{wanted.id}_secret_")
    assert await payments.find_payment(wanted.id) == begun[0]


async def test_unknown_payments_and_refunds_are_none(payments):
    assert await payments.find_payment("p_none") is None
    assert await payments.find_refund("r_none") is None
    with pytest.raises(ProviderRefused):
        await payments.cancel_payment("p_none")
    with pytest.raises(ProviderRefused):
        await payments.refund(RefundRequest("r_none", "p_none", 1, "EUR", ""))


async def test_a_pending_payment_can_be_cancelled_repeatedly(payments, begun):
    for _ in range(2):
        assert (await payments.cancel_payment(begun.id)).state is PaymentState.CANCELLED
    assert (await payments.find_payment(begun.id)).state is PaymentState.CANCELLED


async def test_a_successful_payment_is_not_cancelled(payments, paid):
    assert (await payments.cancel_payment(paid.id)).state is PaymentState.SUCCEEDED


async def test_a_refund_is_made_once_for_its_id(payments, paid):
    wanted = refund(paid, 1000)
    made = await asyncio.gather(*(payments.refund(wanted) for _ in range(10)))

    assert set(made) == {await payments.find_refund(wanted.id)}
    assert (made[0].state, made[0].amount_cents) == (RefundState.SUCCEEDED, 1000)
    assert (made[0].payment_id, made[0].currency) == (paid.id, "EUR")


async def test_concurrent_refunds_never_exceed_the_payment(payments, paid):
    wishes = [refund(paid, 400) for _ in range(10)]
    answers = await asyncio.gather(*map(payments.refund, wishes), return_exceptions=True)

    assert sum(isinstance(answer, ProviderRefused) for answer in answers) == 7
    assert (await payments.refund(refund(paid, 50))).amount_cents == 50
    with pytest.raises(ProviderRefused, match="More would be refunded"):
        await payments.refund(refund(paid, 1))


@pytest.mark.parametrize("state", [PaymentState.PENDING, PaymentState.CANCELLED])
async def test_an_unpaid_payment_is_not_refunded(payments, begun, state):
    if state is PaymentState.CANCELLED:
        await payments.cancel_payment(begun.id)

    with pytest.raises(ProviderRefused, match="Nothing was paid"):
        await payments.refund(refund(begun, 1))


async def test_a_second_payment_with_the_same_id_returns_the_first(payments, begun):
    other = wish(id=begun.id, amount_cents=1)

    assert await payments.create_payment(other) == begun


async def test_a_failed_payment_can_be_cancelled_for_good(services, payments, begun):
    async with services.database.transaction() as tx:
        await queries.update_payment(tx, begun.id, PaymentState.FAILED, "No")

    assert (await payments.cancel_payment(begun.id)).state is PaymentState.CANCELLED
    assert (await payments.find_payment(begun.id)).state is PaymentState.CANCELLED
