"""A refund of which the provider never tells is seen by people, pays once, and can be ended."""

from datetime import timedelta

import pytest

from tests.fakes.company import Fault
from veza.core.ids import RefundId, new_id
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders.models.state import OrderStatus
from veza.domains.marketplace.refunds import jobs, personal_data, rules
from veza.domains.marketplace.refunds.models import RefundClaim, RefundForm, RefundStatus
from veza.domains.marketplace.refunds.service import provider_refunds, requested_refunds
from veza.infra.payments.errors import ProviderUnavailable

CLAIM = RefundClaim(RefundForm("Not as described"), timedelta(days=30))


@pytest.fixture
def age(services):
    """Have a refund be so many days older, and the clock come round."""

    async def run(refund_id, days):
        async with services.database.transaction() as tx:
            sql = "update refunds set created_at = created_at - $2 * interval '1 day' where id = $1"
            await tx.run(sql, refund_id, days)
        await jobs.poll_refunds(services.database)

    return run


@pytest.fixture
def lost(services, shop):
    """A refund that the provider was asked for, and never answered."""

    async def run(*, is_done):
        order_id = await shop.buy((shop.ben, 1000))
        refund_id = RefundId(new_id())
        async with services.database.transaction() as tx:
            await requested_refunds.request_refund(
                tx, order_id, shop.ann.member, refund_id=refund_id, claim=CLAIM
            )
        shop.fake.faults.append(Fault(503, is_done=is_done, path="/refunds"))
        with pytest.raises(ProviderUnavailable):
            await shop.settle()
        return order_id, refund_id

    return run


@pytest.fixture
def see(client, shop):
    """What the buyer sees of the refunds of an order."""

    async def look(order_id):
        path = f"marketplace/orders/{order_id}/refunds"
        answer = await client.get(path, headers=shop.ann.headers)
        return answer.json()["data"]["refunds"]

    return look


@pytest.fixture
def act(client, admin):
    """What an admin does with a refund."""

    async def run(refund_id, what, person=admin, **body):
        path = f"admin/refunds/{refund_id}/{what}"
        return await client.post(path, headers=person.headers, json=body or None)

    return run


async def test_unresolved_refunds_are_counted_once(services, lost):
    _, refund_id = await lost(is_done=False)
    async with services.database.transaction() as tx:
        sql = "update refunds set created_at = created_at - interval '8 days' where id = $1"
        await tx.run(sql, refund_id)
    assert await provider_refunds.mark_unresolved(services.database) >= 1
    assert await provider_refunds.mark_unresolved(services.database) == 0


async def is_flagged(shop, order_id):
    async with shop.services.database.read() as conn:
        sql = "select is_flagged from orders where id = $1"
        return await conn.value(bool, sql, order_id)


async def test_a_refund_without_an_answer_is_shown_to_its_buyer_and_admins_after_a_week(
    client, shop, lost, age, see, admin
):
    order_id, refund_id = await lost(is_done=False)
    await age(refund_id, 6)
    assert await shop.refunds(order_id) == [RefundStatus.PENDING]
    assert not await is_flagged(shop, order_id)
    await age(refund_id, 2)

    [shown] = await see(order_id)
    assert (shown["status"], shown["failure"]) == ("unresolved", rules.UNANSWERED)
    assert await is_flagged(shop, order_id)
    answer = await client.get("admin/refunds?status=unresolved", headers=admin.headers)
    listed = answer.json()["data"]
    assert str(refund_id) in [one["id"] for one in listed["refunds"]]
    assert listed["total"] >= 1
    assert (await client.get("admin/refunds", headers=shop.ann.headers)).status_code == 403


async def test_what_is_unresolved_can_not_be_refunded_a_second_time(client, shop, lost, age, admin):
    order_id, refund_id = await lost(is_done=True)
    await age(refund_id, 8)

    for person in (shop.ann, shop.ben, admin):
        answer = await client.post(
            f"marketplace/orders/{order_id}/refund",
            headers=person.headers | {"Idempotency-Key": str(new_id())},
            json={"reason": "Again"},
        )
        assert (answer.status_code, answer.json()["code"]) == (409, "already_refunded")
    assert await shop.status(order_id) is OrderStatus.REFUND_PENDING
    assert len(shop.fake.refunds) == 1


@pytest.mark.parametrize("is_done", [True, False])
async def test_an_unresolved_refund_is_made_once_when_the_provider_returns(
    services, shop, lost, age, see, is_done
):
    order_id, refund_id = await lost(is_done=is_done)
    await age(refund_id, 8)
    await provider_refunds.settle(services.database, shop.payments, refund_id)

    [shown] = await see(order_id)
    assert (shown["status"], shown["failure"]) == ("made", None)
    assert await shop.status(order_id) is OrderStatus.REFUNDED
    assert (len(shop.fake.refunds), shop.fake.net_cents) == (1, 0)
    assert await shop.earned(shop.ben) == 0
    async with services.database.read() as conn:
        assert await ledger.find_violations(conn) == []


async def test_an_unresolved_refund_is_still_polled(services, shop, lost, age):
    _, refund_id = await lost(is_done=False)
    await age(refund_id, 8)
    async with services.database.transaction() as tx:
        await tx.run("update refunds set poll_at = now() where id = $1", refund_id)
        await tx.run("delete from jobs where key = $1", f"settle_refund:{refund_id}")
    await jobs.poll_refunds(services.database)

    async with services.database.read() as conn:
        sql = "select count(*) from jobs where key = $1"
        assert await conn.value(int, sql, f"settle_refund:{refund_id}") == 1
        sql = "select poll_at > now() + interval '5 hours' from refunds where id = $1"
        assert await conn.value(bool, sql, refund_id)


async def test_a_refund_whose_provider_was_replaced_does_not_wait_unseen(services, shop, lost, age):
    order_id, refund_id = await lost(is_done=True)
    async with services.database.transaction() as tx:
        await tx.run("update orders set provider = 'gone' where id = $1", order_id)
    await provider_refunds.settle(services.database, shop.payments, refund_id)
    assert await shop.refunds(order_id) == [RefundStatus.PENDING]
    await age(refund_id, 8)

    assert await shop.refunds(order_id) == [RefundStatus.UNRESOLVED]
    assert await is_flagged(shop, order_id)


async def test_an_admin_retries_an_unresolved_refund(services, shop, lost, age, act):
    _, refund_id = await lost(is_done=True)
    await age(refund_id, 8)
    async with services.database.transaction() as tx:
        await tx.run("delete from jobs where key = $1", f"settle_refund:{refund_id}")
    answer = await act(refund_id, "retry")

    assert (answer.status_code, answer.json()["data"]["status"]) == (202, "unresolved")
    async with services.database.read() as conn:
        sql = "select count(*) from jobs where key = $1"
        assert await conn.value(int, sql, f"settle_refund:{refund_id}") == 1


@pytest.mark.parametrize(
    ("outcome", "status", "earned"),
    [("made", OrderStatus.REFUNDED, 0), ("failed", OrderStatus.PAID, 900)],
)
async def test_an_admin_resolves_a_refund_whose_provider_never_answers(
    services, shop, lost, age, see, act, admin, outcome, status, earned
):
    order_id, refund_id = await lost(is_done=False)
    await age(refund_id, 8)
    answer = await act(refund_id, "resolve", outcome=outcome, reason=" Their report has it. ")

    assert answer.status_code == 200, answer.text
    entry = answer.json()["data"]
    assert (entry["status"], entry["resolution"]) == (outcome, "Their report has it.")
    assert entry["resolved_by"] == str(admin.id)
    assert await shop.status(order_id) is status
    assert await shop.earned(shop.ben) == earned
    [shown] = await see(order_id)
    assert "report" not in (shown["failure"] or "")
    async with services.database.transaction() as tx:
        assert await ledger.find_violations(tx) == []
        await personal_data.erase(tx, admin.id)
        sql = "select count(*) from refunds where resolved_by = $1"
        assert await tx.value(int, sql, admin.id) == 0


async def test_a_refund_resolved_as_failed_that_is_made_later_counts_as_made(
    services, shop, lost, age, act
):
    order_id, refund_id = await lost(is_done=True)
    await age(refund_id, 8)
    await act(refund_id, "resolve", outcome="failed", reason="It was not there")
    await provider_refunds.update_from_provider(
        services.database, shop.payments, rules.refund_ref(refund_id)
    )

    assert await shop.refunds(order_id) == [RefundStatus.MADE]
    assert await shop.status(order_id) is OrderStatus.REFUNDED
    assert len(shop.fake.refunds) == 1


async def test_only_unresolved_refunds_can_be_resolved_or_retried(shop, lost, act):
    _, refund_id = await lost(is_done=False)
    wish = {"outcome": "made", "reason": "So it is"}
    for what, body in (("retry", {}), ("resolve", wish)):
        for wanted, code in ((refund_id, 409), (new_id(), 404)):
            assert (await act(wanted, what, **body)).status_code == code
        assert (await act(refund_id, what, shop.ann, **body)).status_code == 403


async def test_a_refund_is_not_resolved_without_a_reason(lost, age, act):
    _, refund_id = await lost(is_done=False)
    await age(refund_id, 8)
    answer = await act(refund_id, "resolve", outcome="made", reason="  ")

    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "reason")
