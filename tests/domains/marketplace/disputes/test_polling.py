"""Disputes of which no event came are learnt by asking the provider, and count in the books."""

from datetime import UTC, datetime, timedelta

import pytest

from tests import make
from tests.fakes.company import Fault
from veza.core.access import Role
from veza.domains.marketplace.disputes import jobs, rules, service
from veza.domains.marketplace.orders.models.state import DisputeOpened, PaymentMade
from veza.domains.marketplace.orders.service import sales, settlement
from veza.infra.payments.errors import ProviderUnavailable


@pytest.fixture
def paid(shop):
    """Have an order be paid."""

    async def run():
        order = await shop.order()
        shop.company.pay(order.payment.payment_id)
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
    ref = shop.company.dispute(order.payment.payment_id, 1000)
    await poll()

    [dispute] = (await state(order.id)).disputes
    assert (dispute.dispute_ref, dispute.status, dispute.amount_cents) == (ref, "open", 1000)
    assert (await state(order.id)).is_flagged
    assert await booked(order.id) == 1000


async def test_a_dispute_counts_once_however_often_it_is_listed_and_told(
    shop, paid, poll, state, booked
):
    order = await paid()
    ref = shop.company.dispute(order.payment.payment_id, 1000)
    for _ in range(3):
        await poll()
        async with shop.services.database.transaction() as tx:
            await settlement.settle(tx, order.id, DisputeOpened(ref, 1000))

    assert len((await state(order.id)).disputes) == 1
    assert await booked(order.id) == 1000


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
async def test_the_end_of_an_open_dispute_is_learnt_though_its_event_was_lost(
    shop, paid, poll, follow, state, booked, how, status, cents
):
    order = await paid()
    ref = shop.company.dispute(order.payment.payment_id, 1700)
    await poll()
    shop.company.end_dispute(ref, how)
    await follow(order.id)

    [dispute] = (await state(order.id)).disputes
    assert dispute.status == status
    assert await booked(order.id) == cents


@pytest.mark.parametrize(("how", "status", "cents"), [("won", "won", 0), ("lost", "lost", 1700)])
async def test_a_dispute_that_ended_before_it_was_found_counts_as_it_ended(
    shop, paid, poll, state, booked, how, status, cents
):
    order = await paid()
    ref = shop.company.dispute(order.payment.payment_id, 1700)
    shop.company.end_dispute(ref, how)
    await poll()

    [dispute] = (await state(order.id)).disputes
    assert (dispute.status, await booked(order.id)) == (status, cents)


async def test_a_payment_that_was_lost_as_well_is_settled_first(shop, poll, state):
    order = await shop.order()
    shop.company.pay(order.payment.payment_id)
    shop.company.dispute(order.payment.payment_id, 1700)
    await poll()

    found = await state(order.id)
    assert found.is_paid
    assert [dispute.status for dispute in found.disputes] == ["open"]


async def test_what_is_known_is_not_asked_about_again(shop, paid, poll, follow):
    order = await paid()
    shop.company.dispute(order.payment.payment_id, 1000)
    await poll()
    asked = len(shop.company.calls)
    await poll()
    assert [call.path for call in shop.company.calls[asked:]] == ["/disputes/list"]

    await follow(order.id)
    count = shop.company.count("GET", "/disputes/dp_")
    await follow(order.id, hours=5)
    assert shop.company.count("GET", "/disputes/dp_") == count
    await follow(order.id, hours=24 * 500)
    assert shop.company.count("GET", "/disputes/dp_") == count


async def test_disputes_are_listed_page_by_page(shop, paid, poll, state, monkeypatch):
    monkeypatch.setattr(rules, "PAGE_SIZE", 2)
    order = await paid()
    for _ in range(5):
        shop.company.dispute(order.payment.payment_id, 100)
    await poll()

    assert len((await state(order.id)).disputes) == 5


async def test_an_outage_leaves_no_gap(shop, paid, poll, state):
    await poll()
    async with shop.services.database.transaction() as tx:
        await tx.run("update dispute_polls set polled_until = now() - interval '9 days'")
    order = await paid()
    ref = shop.company.dispute(order.payment.payment_id, 100)
    began = datetime.now(UTC) - timedelta(days=8)
    shop.company.disputes[ref]["created_at"] = began.isoformat()
    shop.company.faults.append(Fault(503, method="GET", path="/disputes"))
    with pytest.raises(ProviderUnavailable):
        await poll()
    await poll()

    assert [one.dispute_ref for one in (await state(order.id)).disputes] == [ref]


async def test_disputes_of_payments_that_are_not_ours_are_passed_over(shop, poll):
    for payment_id in ("p_of_another_shop", "p" + "0" * 26):
        shop.company.payments[payment_id] = {"currency": "EUR"}
        shop.company.dispute(payment_id, 100)

    assert await service.find_new_disputes(shop.services.database, shop.checkout.payments) == 0
    await poll()


@pytest.mark.parametrize(("amount", "currency"), [("much", "EUR"), ("1700", "USD")])
async def test_what_is_no_amount_of_the_order_is_for_people_to_look_at(
    shop, paid, poll, state, booked, amount, currency
):
    order = await paid()
    ref = shop.company.dispute(order.payment.payment_id, 1700)
    shop.company.disputes[ref] |= {"amount": amount, "currency": currency}
    await poll()

    assert (await state(order.id)).is_flagged
    assert await booked(order.id) == 0


async def test_a_loss_without_an_amount_does_not_flag_an_order_again_and_again(
    shop, paid, poll, follow, state
):
    order, admin = await paid(), await make.person(shop.services, Role.ADMIN)
    ref = shop.company.dispute(order.payment.payment_id, 1700)
    shop.company.disputes[ref] |= {"amount": "1700", "currency": "USD"}
    shop.company.end_dispute(ref, "lost")
    await poll()
    async with shop.services.database.transaction() as tx:
        await sales.clear_flag(tx, order.id, admin.member, "Looked at")
    await poll()
    await follow(order.id)

    assert not (await state(order.id)).is_flagged
