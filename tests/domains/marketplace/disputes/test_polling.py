"""Disputes of which no event came are learnt by asking the provider, and count in the books."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import make
from tests.fakes.company import Fault
from veza.core.access import Role
from veza.domains.marketplace.disputes import jobs, rules
from veza.domains.marketplace.orders.models.state import DisputeOpened, PaymentMade
from veza.domains.marketplace.orders.service import sales, settlement
from veza.infra.payments.errors import ProviderUnavailable


@pytest.fixture
def paid(shop):
    """Have an order be paid."""

    async def run():
        order = await shop.order()
        shop.provider.pay(order.payment.payment_id)
        async with shop.services.database.transaction() as tx:
            await settlement.settle(tx, order.id, PaymentMade(1700, "EUR"))
        return order

    return run


@pytest.fixture
def poll(shop):
    async def run():
        await jobs.poll_new_disputes(shop.services.database, shop.checkout.payments)

    return run


@pytest.fixture
def follow(shop):
    """Have open disputes be asked about, which were learnt some hours ago."""

    async def run(order_id, hours=7):
        async with shop.services.database.transaction() as tx:
            sql = """
                with aged as (
                       update order_disputes
                          set created_at = created_at - $2 * interval '1 hour'
                        where order_id = $1
                    returning id
                )
                update dispute_checks
                   set checked_at = checked_at - $2 * interval '1 hour'
                 where dispute_id in (select id from aged)
            """
            await tx.run(sql, order_id, hours)
        await jobs.poll_open_disputes(shop.services.database, shop.checkout.payments)

    return run


@pytest.fixture
def state(shop):
    async def read(order_id):
        async with shop.services.database.read() as conn:
            return await settlement.read_state(conn, order_id)

    return read


@pytest.fixture
def booked(shop, state):
    """Sum up what the books say of the disputes of an order."""

    async def read(order_id):
        ids = [dispute.id for dispute in (await state(order_id)).disputes]
        sql = """
            select coalesce(sum(e.amount_cents), 0)::bigint
              from ledger_postings p
              join ledger_entries e on e.posting_id = p.id
              join ledger_accounts a on a.number = e.account_number
             where p.reference_id = any($1) and a.kind = 'payments'
        """
        return await shop.count(sql, ids)

    return read


async def test_a_dispute_whose_event_was_lost_is_found_and_counts_in_the_books(
    shop, paid, poll, state, booked
):
    order = await paid()
    ref = shop.provider.dispute(order.payment.payment_id, 1000)
    await poll()

    [dispute] = (await state(order.id)).disputes
    assert (dispute.dispute_ref, dispute.status, dispute.amount_cents) == (ref, "open", 1000)
    assert (await state(order.id)).is_flagged
    assert await booked(order.id) == 1000


async def test_a_dispute_that_is_listed_and_reported_repeatedly_counts_once(
    shop, paid, poll, state, booked
):
    order = await paid()
    ref = shop.provider.dispute(order.payment.payment_id, 1000)
    for _ in range(3):
        await poll()
        async with shop.services.database.transaction() as tx:
            await settlement.settle(tx, order.id, DisputeOpened(ref, 1000))

    assert len((await state(order.id)).disputes) == 1
    assert await booked(order.id) == 1000


@pytest.mark.long
@pytest.mark.parametrize(
    ("how", "status", "cents"),
    [
        ("won", "won", 0),
        ("cancelled", "won", 0),
        ("lost", "lost", 1700),
        ("accepted", "lost", 1700),
        ("expired", "lost", 1700),
        ("challenged", "open", 1700),
    ],
)
async def test_the_result_of_a_dispute_is_found_if_its_webhook_was_lost(
    shop, paid, poll, follow, state, booked, how, status, cents
):
    order = await paid()
    ref = shop.provider.dispute(order.payment.payment_id, 1700)
    await poll()
    shop.provider.end_dispute(ref, how)
    await follow(order.id)

    [dispute] = (await state(order.id)).disputes
    assert dispute.status == status
    assert await booked(order.id) == cents


@pytest.mark.parametrize(("how", "status", "cents"), [("won", "won", 0), ("lost", "lost", 1700)])
async def test_a_dispute_found_after_its_end_counts_with_its_result(
    shop, paid, poll, state, booked, how, status, cents
):
    order = await paid()
    ref = shop.provider.dispute(order.payment.payment_id, 1700)
    shop.provider.end_dispute(ref, how)
    await poll()

    [dispute] = (await state(order.id)).disputes
    assert (dispute.status, await booked(order.id)) == (status, cents)


async def test_a_lost_payment_is_applied_before_its_dispute(shop, poll, state):
    order = await shop.order()
    shop.provider.pay(order.payment.payment_id)
    shop.provider.dispute(order.payment.payment_id, 1700)
    await poll()

    found = await state(order.id)
    assert found.is_paid
    assert [dispute.status for dispute in found.disputes] == ["open"]


async def test_known_disputes_are_not_fetched_again(shop, paid, poll, follow):
    order = await paid()
    shop.provider.dispute(order.payment.payment_id, 1000)
    await poll()
    asked = len(shop.provider.calls)
    await poll()
    assert [call.path for call in shop.provider.calls[asked:]] == ["/disputes/list"]

    await follow(order.id)
    count = shop.provider.count("GET", "/disputes/dp_")
    await follow(order.id, hours=5)
    assert shop.provider.count("GET", "/disputes/dp_") == count
    await follow(order.id, hours=24 * 500)
    assert shop.provider.count("GET", "/disputes/dp_") == count


async def test_disputes_are_listed_page_by_page(shop, paid, poll, state, monkeypatch):
    monkeypatch.setattr(rules, "PAGE_SIZE", 2)
    order = await paid()
    for _ in range(5):
        shop.provider.dispute(order.payment.payment_id, 100)
    await poll()

    assert len((await state(order.id)).disputes) == 5


async def test_an_outage_leaves_no_gap(shop, paid, poll, state):
    await poll()
    async with shop.services.database.transaction() as tx:
        await tx.run("update dispute_polls set polled_until = now() - interval '9 days'")
    order = await paid()
    ref = shop.provider.dispute(order.payment.payment_id, 100)
    began = datetime.now(UTC) - timedelta(days=8)
    shop.provider.disputes[ref]["created_at"] = began.isoformat()
    shop.provider.faults.append(Fault(503, method="GET", path="/disputes"))
    with pytest.raises(ProviderUnavailable):
        await poll()
    await poll()

    assert [one.dispute_ref for one in (await state(order.id)).disputes] == [ref]


async def test_disputes_of_unknown_payments_are_ignored(shop, poll):
    refs = []
    for payment_id in ("p_of_another_shop", "p" + "0" * 26):
        shop.provider.payments[payment_id] = {"currency": "EUR"}
        refs.append(shop.provider.dispute(payment_id, 100))

    await poll()
    await poll()

    sql = "select count(*) from order_disputes where dispute_ref = any($1)"
    async with shop.services.database.read() as conn:
        assert await conn.value(int, sql, refs) == 0


@pytest.mark.parametrize(("amount", "currency"), [("much", "EUR"), ("1700", "USD")])
async def test_a_dispute_with_an_invalid_amount_flags_the_order(
    shop, paid, poll, state, booked, amount, currency
):
    order = await paid()
    ref = shop.provider.dispute(order.payment.payment_id, 1700)
    shop.provider.disputes[ref] |= {"amount": amount, "currency": currency}
    await poll()

    assert (await state(order.id)).is_flagged
    assert await booked(order.id) == 0


async def test_a_loss_without_an_amount_does_not_flag_an_order_again_and_again(
    shop, paid, poll, follow, state
):
    order, admin = await paid(), await make.person(shop.services, Role.ADMIN)
    ref = shop.provider.dispute(order.payment.payment_id, 1700)
    shop.provider.disputes[ref] |= {"amount": "1700", "currency": "USD"}
    shop.provider.end_dispute(ref, "lost")
    await poll()
    async with shop.services.database.transaction() as tx:
        await sales.clear_flag(tx, order.id, admin.member, "Looked at")
    await poll()
    await follow(order.id)

    assert not (await state(order.id)).is_flagged
