"""Buyers are told how their refunds ended, and sellers what was refunded of their sales."""

from datetime import timedelta

import pytest

from tests import make
from tests.fakes.company import Fault
from veza.core.ids import RefundId, new_id
from veza.domains.marketplace.orders.models.state import PaymentExpired, PaymentMade
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.refunds import jobs, rules
from veza.domains.marketplace.refunds.models import RefundClaim, RefundForm
from veza.domains.marketplace.refunds.service import provider_refunds, requested_refunds
from veza.infra.payments.errors import ProviderUnavailable

_REFUSAL = {"error": {"code": "IR_13", "message": "Not today"}}


@pytest.fixture
def told(client, services):
    """What somebody was told of refunds, the latest first."""

    async def look(person):
        await make.delivered(services)
        answer = await client.get("notifications", headers=person.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["notifications"]

    return look


@pytest.fixture
def begin(services, shop):
    async def run(order_id, person=None, item_ids=None):
        refund_id = RefundId(new_id())
        form = RefundForm("Not as described", item_ids=item_ids)
        claim = RefundClaim(form, timedelta(days=30))
        member = (person or shop.ann).member
        async with services.database.transaction() as tx:
            await requested_refunds.request_refund(
                tx, order_id, member, refund_id=refund_id, claim=claim
            )
        return refund_id

    return run


async def test_buyer_and_sellers_are_notified_of_a_refund(shop, begin, told):
    order_id = await shop.buy((shop.ben, 1000), (shop.cat, 500))
    refund_id = await begin(order_id)
    await shop.settle()

    [bought] = await told(shop.ann)
    assert (bought["kind"], bought["actors"], bought["sale"]) == ("refund_made", [], None)
    assert bought["refund"] == {
        "id": str(refund_id),
        "order_id": str(order_id),
        "kind": "product",
        "title": "Night Ferry",
        "amount_cents": 1500,
        "currency": "EUR",
    }
    for seller, cents in ((shop.ben, 1000), (shop.cat, 500)):
        [sold] = await told(seller)
        assert (sold["kind"], sold["refund"]["amount_cents"]) == ("sale_refunded", cents)
        assert (sold["sale"]["id"], sold["sale"]["title"]) == (str(order_id), "Night Ferry")


async def test_a_seller_without_refunded_items_is_not_notified(shop, begin, told):
    order_id = await shop.buy((shop.ben, 1000), (shop.cat, 500))
    [first, _] = await shop.items(order_id)
    await begin(order_id, item_ids=[first])
    await shop.settle()

    assert [one["kind"] for one in await told(shop.ben)] == ["sale_refunded"]
    assert await told(shop.cat) == []
    [bought] = await told(shop.ann)
    assert bought["refund"]["amount_cents"] == 1000


async def test_buyer_and_requester_are_notified_of_a_failed_refund(shop, begin, told):
    order_id = await shop.buy((shop.ben, 1000), (shop.cat, 500))
    await begin(order_id, shop.ben)
    shop.fake.faults.append(Fault(400, path="/refunds", body=_REFUSAL))
    await shop.settle()

    for person in (shop.ann, shop.ben):
        [one] = await told(person)
        assert (one["kind"], one["refund"]["amount_cents"]) == ("refund_failed", 1000)
        assert "Not today" in one["reason"]
    assert await told(shop.cat) == []


async def test_a_buyer_is_notified_once_of_a_delayed_refund_and_then_of_its_result(
    services, shop, begin, told
):
    order_id = await shop.buy((shop.ben, 1000))
    refund_id = await begin(order_id)
    shop.fake.faults.append(Fault(503, path="/refunds"))
    with pytest.raises(ProviderUnavailable):
        await shop.settle()
    async with services.database.transaction() as tx:
        sql = "update refunds set created_at = created_at - interval '8 days' where id = $1"
        await tx.run(sql, refund_id)
    for _ in range(2):
        await jobs.poll_refunds(services.database)

    [late] = await told(shop.ann)
    assert (late["kind"], late["reason"]) == ("refund_delayed", rules.UNANSWERED)
    assert await told(shop.ben) == []
    await provider_refunds.settle(services.database, shop.payments, refund_id)
    assert [one["kind"] for one in await told(shop.ann)] == ["refund_made", "refund_delayed"]
    assert [one["kind"] for one in await told(shop.ben)] == ["sale_refunded"]


async def test_only_the_buyer_is_notified_of_a_returned_late_payment(services, shop, told):
    async with services.database.transaction() as tx:
        order_id = await make.order(tx, shop.ann.member, (shop.ben.member, 1000))
        await settlement.settle(tx, order_id, PaymentExpired())
    await shop.take_money(order_id, 1000)
    async with services.database.transaction() as tx:
        await settlement.settle(tx, order_id, PaymentMade(1000, "EUR"))
    await make.delivered(services)
    await shop.settle()

    assert [one["kind"] for one in await told(shop.ann)] == ["refund_made"]
    assert await told(shop.ben) == []


async def test_refund_notifications_can_be_turned_off(client, shop, begin, told):
    wish = {"refund_made": False}
    await client.put("notifications/preferences", headers=shop.ann.headers, json=wish)
    await begin(await shop.buy((shop.ben, 1000)))
    await shop.settle()

    assert await told(shop.ann) == []
