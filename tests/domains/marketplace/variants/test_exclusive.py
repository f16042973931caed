"""An exclusive licence is sold once, withdraws the rest, and is let go by what is not paid."""

import asyncio
import random
from uuid import UUID

import pytest

from tests import make
from veza.core.ids import OrderItemId, RefundId, new_id
from veza.domains.marketplace.orders.models.state import (
    PaymentExpired,
    PaymentFailed,
    PaymentMade,
    RefundBegun,
    RefundMade,
)
from veza.domains.marketplace.orders.service import settlement


async def status_of(beats, by=None):
    return (await beats.see("", by or beats.seller))["status"]


async def refund(beats, order):
    refund_id = RefundId(new_id())
    begun = RefundBegun(refund_id, [OrderItemId(UUID(order["items"][0]["id"]))])
    return await beats.settle(order, begun, RefundMade(refund_id))


async def test_an_exclusive_sale_withdraws_the_rest(beats):
    await beats.offer()
    earlier, friend, late = await beats.buy("lease"), await beats.person(), await beats.person()
    waiting = await beats.order("lease", by=friend)
    exclusive = await beats.order("exclusive", by=late)
    assert (await beats.see("/variants"))["is_exclusive_held"] is True
    assert await beats.refusal("exclusive") == "exclusive_held"
    assert await beats.refusal("stems") == 201

    assert await beats.pay(exclusive) == "paid"
    assert await status_of(beats) == "withdrawn"
    assert await beats.see() == "product_not_found"
    assert await beats.refusal("stems") == "product_not_found"
    assert await beats.downloads(earlier) == ["wav"]
    assert await beats.downloads(exclusive, late) == ["wav", "stems", "midi"]
    # What is paid nevertheless goes back.
    assert await beats.pay(waiting) == "refund_pending"
    path = f"marketplace/products/{beats.product_id}"
    again = await beats.client.put(path, headers=beats.seller.headers, json={"status": "published"})
    assert again.json()["code"] == "sold_exclusively"
    await beats.ensure_right()

    # Refunded: it stays withdrawn, until its seller publishes it again.
    assert await refund(beats, exclusive) == "refunded"
    assert await status_of(beats) == "withdrawn"
    again = await beats.client.put(path, headers=beats.seller.headers, json={"status": "published"})
    assert again.is_success, again.text
    await beats.buy("exclusive", by=friend)
    await beats.ensure_right()


ENDS = {
    "expired": [PaymentExpired()],
    "failed, then expired": [PaymentFailed("No"), PaymentExpired()],
    "paid after it was cancelled": [PaymentExpired(), PaymentMade(90_000, "EUR")],
}


@pytest.mark.parametrize("end", ENDS)
async def test_an_exclusive_order_that_ends_lets_go(beats, end):
    await beats.offer()
    order = await beats.order("exclusive")
    friend = await beats.person()
    for event in ENDS[end]:
        if not isinstance(event, PaymentMade):
            assert await beats.refusal("exclusive", by=friend) == "exclusive_held"
        await beats.settle(order, event)
    assert await status_of(beats) == "published"
    await beats.buy("exclusive", by=friend)
    await beats.ensure_right()


async def test_payments_of_other_orders_are_cancelled(beats, work):
    await beats.offer()
    friend = await beats.person()
    waiting = await beats.order("lease", by=friend)
    exclusive = await beats.order("exclusive")
    assert await beats.pay(exclusive) == "paid"
    for _ in range(3):
        await work()
    path = f"marketplace/orders/{waiting['id']}"
    shown = (await beats.client.get(path, headers=friend.headers)).json()["data"]
    assert shown["status"] == "cancelled"
    await beats.ensure_right()


async def test_codes_and_gifts(beats):
    await beats.offer()
    gift = {"recipient_email": "maren@example.com", "sender_name": "Jon"}
    assert await beats.refusal(beats.item("exclusive", gift=gift)) == "exclusive_not_given"
    async with beats.services.database.transaction() as tx:
        made = await make.code_batch(tx, beats.seller.member, beats.product_id, count=2)
    given = await beats.order(beats.item("lease", gift=gift))
    await beats.buy("exclusive", by=await beats.person())
    assert await beats.pay(given) == "refund_pending"
    answer = await beats.client.post(
        "marketplace/codes/redeem", headers=beats.fan.headers, json={"code": made.codes[0]}
    )
    assert answer.json()["code"] == "sold_exclusively"
    await beats.ensure_right()


@pytest.mark.long
async def test_two_hundred_checkouts_sell_one_exclusive_licence(beats):
    """All order and pay at once, over HTTP: nobody has paid and got nothing."""
    await beats.offer()
    people = [await beats.person() for _ in range(200)]
    choices = ["exclusive" if n % 4 == 0 else "lease" for n in range(200)]
    random.Random(7).shuffle(choices)

    async def check_out(person, kind):
        answer = await beats.post(kind, by=person)
        if answer.is_error:
            return kind, answer.json()["code"]
        order = answer.json()["data"]
        async with beats.services.database.transaction() as tx:
            paid = PaymentMade(order["total_cents"], order["currency"])
            return kind, (await settlement.settle(tx, order["id"], paid)).status

    ends = await asyncio.gather(*map(check_out, people, choices))
    await make.delivered(beats.services)
    sold = [end for end in ends if end == ("exclusive", "paid")]
    assert len(sold) == 1
    known = {"paid", "refund_pending", "product_not_found", "exclusive_held"}
    assert {end for _, end in ends} <= known
    paid = sum(end == "paid" for _, end in ends)
    async with beats.services.database.read() as conn:
        sql = "select count(*) from licences where product_id = $1"
        assert await conn.value(int, sql, beats.product_id) == paid
    assert await status_of(beats) == "withdrawn"
    await beats.ensure_right()
