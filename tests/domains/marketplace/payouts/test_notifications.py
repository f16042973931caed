"""Sellers are told what became of their money: each payment, failure and reversal, once."""

import pytest

from tests import make
from tests.domains.marketplace.payouts.shop_steps import TRANSFERS
from tests.fakes.company import Fault

_RESTRICTED = {"error": {"type": "invalid_request_error", "message": "The account is restricted"}}


@pytest.fixture
def told(client, services, seller):
    """What the seller was told, the latest first."""

    async def look():
        await make.delivered(services)
        answer = await client.get("notifications", headers=seller.person.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["notifications"]

    return look


async def test_a_seller_is_notified_of_a_payment(shop, seller, told):
    order_id = await shop.sell(seller)
    [transfer] = await shop.pay(order_id)
    await shop.pay(order_id)

    [one] = await told()
    assert (one["kind"], one["actors"], one["reason"]) == ("transfer_completed", [], None)
    assert one["transfer"] == {
        "id": str(transfer.id),
        "order_id": str(order_id),
        "amount_cents": 900,
        "reversed_cents": 0,
        "currency": "EUR",
    }
    assert one["sale"]["id"] == str(order_id)


async def test_a_seller_is_notified_of_each_failure_with_the_reason(services, shop, seller, told):
    order_id = await shop.sell(seller)
    for _ in range(2):
        shop.fake.faults.append(Fault(400, path=TRANSFERS, body=_RESTRICTED))
        [transfer] = await shop.pay(order_id)
        assert transfer.status == "failed"
        await shop.retry(transfer)

    kinds = [one["kind"] for one in await told()]
    assert kinds == ["transfer_failed"] * 2
    shop.fake.faults.append(Fault(400, path=TRANSFERS, body=_RESTRICTED))
    await shop.pay(order_id)
    [latest, *_] = await told()
    assert "restricted" in latest["reason"]
    assert latest["transfer"]["amount_cents"] == 900


async def test_a_seller_is_notified_of_each_reversal(shop, seller, told):
    order_id = await shop.sell(seller, 500, 400)
    await shop.pay(order_id)
    assert len(await told()) == 1
    for place in (0, 1):
        await shop.refund(order_id, place)
        await shop.pay(order_id)
        await told()

    kinds = [one["kind"] for one in await told()]
    assert kinds == ["transfer_reversed", "transfer_reversed", "transfer_completed"]
    [latest, *_] = await told()
    assert latest["transfer"]["reversed_cents"] == 900


async def test_a_transfer_of_nothing_notifies_nobody(shop, seller, told):
    order_id = await shop.sell(seller)
    await shop.refund(order_id)
    await shop.pay(order_id)

    assert await told() == []


async def test_notifications_of_transfers_can_be_turned_off(client, shop, seller, told):
    answer = await client.put(
        "notifications/preferences",
        headers=seller.person.headers,
        json={"transfer_completed": False},
    )
    assert answer.json()["data"]["transfer_completed"] is False
    assert answer.json()["data"]["transfer_failed"] is True
    await shop.pay(await shop.sell(seller))

    assert await told() == []
