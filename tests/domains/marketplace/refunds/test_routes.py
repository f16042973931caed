"""Who may have whom refunded what, how often it is sent, and what is answered."""

import asyncio
from datetime import timedelta

import pytest

from tests import make
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.marketplace.orders.models.state import DisputeOpened, OrderStatus
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.refunds.models import RefundStatus


@pytest.fixture
def ask(client):
    """Ask for a refund: `await ask(person, order_id, key="…", item_ids=[…])`."""

    async def ask(person, order_id, *, key=None, **said):
        headers = person.headers | ({"Idempotency-Key": key} if key else {})
        body = {"reason": "Not as described"} | said
        path = f"marketplace/orders/{order_id}/refund"
        return await client.post(path, json=body, headers=headers)

    return ask


async def test_a_buyer_refunds_a_whole_order(ask, shop):
    order_id = await shop.buy((shop.ben, 1000), (shop.cat, 500))
    answer = await ask(shop.ann, order_id, details="It is silent.")

    assert answer.status_code == 200
    refund = answer.json()["data"]
    items = [str(item_id) for item_id in await shop.items(order_id)]
    assert (refund["message"], refund["status"]) == ("Refund initiated", "pending")
    assert (refund["amount_cents"], refund["currency"]) == (1500, "EUR")
    assert sorted(refund["item_ids"]) == sorted(items)
    assert await shop.status(order_id) is OrderStatus.REFUND_PENDING
    await shop.settle()
    assert await shop.status(order_id) is OrderStatus.REFUNDED
    assert shop.fake.net_cents == 0
    assert await shop.earned(shop.ben) == await shop.earned(shop.cat) == 0


async def test_a_seller_refunds_their_own_items_only(ask, shop):
    order_id = await shop.buy((shop.ben, 1000), (shop.cat, 500))
    others = (await shop.items(order_id))[1]

    refused = await ask(shop.ben, order_id, item_ids=[str(others)])
    answer = await ask(shop.ben, order_id)

    assert (refused.status_code, refused.json()["code"]) == (404, "order_item_not_found")
    assert answer.json()["data"]["amount_cents"] == 1000
    await shop.settle()
    assert await shop.status(order_id) is OrderStatus.PARTIALLY_REFUNDED
    assert shop.fake.net_cents == 500
    assert (await shop.earned(shop.ben), await shop.earned(shop.cat)) == (0, 450)
    again = await ask(shop.ben, order_id)
    assert (again.status_code, again.json()["code"]) == (409, "already_refunded")


async def test_an_order_is_refunded_item_by_item(ask, shop):
    order_id = await shop.buy((shop.ben, 999), (shop.ben, 501), (shop.cat, 333))

    for item_id in await shop.items(order_id):
        assert (await ask(shop.ann, order_id, item_ids=[str(item_id)])).status_code == 200
    await shop.settle()

    assert await shop.status(order_id) is OrderStatus.REFUNDED
    assert len(shop.fake.refunds) == 3
    assert shop.fake.net_cents == 0
    assert await shop.earned(shop.ben) == await shop.earned(shop.cat) == 0


async def test_other_members_get_order_not_found(ask, client, services, shop):
    order_id = await shop.buy((shop.ben, 1000))
    moderator = await make.person(services, Role.MODERATOR)

    for person, place in ((shop.cat, order_id), (moderator, order_id), (shop.ann, new_id())):
        answer = await ask(person, place)
        assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")
        listed = await client.get(f"marketplace/orders/{place}/refunds", headers=person.headers)
        assert listed.status_code == 404
    answer = await client.post(f"marketplace/orders/{order_id}/refund", json={"reason": "x"})
    assert answer.status_code == 401


async def test_after_the_window_only_admins_refund(ask, services, shop):
    order_id = await shop.buy((shop.ben, 1000))
    async with services.database.transaction() as tx:
        sql = "update orders set paid_at = paid_at - $2::interval where id = $1"
        await tx.run(sql, order_id, timedelta(days=30, seconds=1))

    for person in (shop.ann, shop.ben):
        answer = await ask(person, order_id)
        assert (answer.status_code, answer.json()["code"]) == (409, "refund_window_over")
    admin = await make.person(services, Role.ADMIN)
    assert (await ask(admin, order_id)).status_code == 200


async def test_unpaid_and_free_orders_are_not_refunded(ask, services, shop):
    async with services.database.transaction() as tx:
        pending = await make.order(tx, shop.ann.member, (shop.ben.member, 1000))
        free = await make.paid_order(tx, shop.ann.member, (shop.ben.member, 0))

    for order_id, code in ((pending, "order_not_paid"), (free, "nothing_to_refund")):
        answer = await ask(shop.ann, order_id)
        assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_a_disputed_order_is_not_refunded(ask, services, shop):
    order_id = await shop.buy((shop.ben, 1000))
    async with services.database.transaction() as tx:
        await settlement.settle(tx, order_id, DisputeOpened("dp_1", 1000))

    answer = await ask(shop.ann, order_id)

    assert (answer.status_code, answer.json()["code"]) == (409, "order_disputed")


async def test_concurrent_requests_refund_each_item_once(ask, services, shop):
    order_id = await shop.buy((shop.ben, 1000), (shop.cat, 500), (shop.ben, 250))
    items = [str(item_id) for item_id in await shop.items(order_id)]
    admin = await make.person(services, Role.ADMIN)
    wishes = [
        (shop.ann, None),
        (shop.ben, None),
        (shop.cat, None),
        (admin, None),
        *((shop.ann, [item]) for item in items),
        (admin, items[:2]),
    ]

    answers = await asyncio.gather(
        *(ask(person, order_id, **({"item_ids": ids} if ids else {})) for person, ids in wishes * 3)
    )
    await asyncio.gather(*(shop.settle() for _ in range(3)))

    given = [answer.json()["data"] for answer in answers if answer.status_code == 200]
    assert {answer.status_code for answer in answers} <= {200, 409}
    named = [item for refund in given for item in refund["item_ids"]]
    assert len(set(named)) == len(named)
    back = sum(refund["amount_cents"] for refund in given)
    assert shop.fake.net_cents == 1750 - back >= 0
    assert set(await shop.refunds(order_id)) == {RefundStatus.MADE}


async def test_a_repeated_idempotency_key_makes_one_refund(ask, shop):
    order_id = await shop.buy((shop.ben, 1000), (shop.ben, 500))
    [first, second] = [str(item_id) for item_id in await shop.items(order_id)]

    answers = await asyncio.gather(
        *(ask(shop.ann, order_id, key="once", item_ids=[first]) for _ in range(10))
    )
    other = await ask(shop.ann, order_id, key="once", item_ids=[second])

    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await shop.refunds(order_id)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": ""},
        {"reason": "   "},
        {"reason": "x" * 201},
        {"reason": "a\0b"},
        {"reason": "x", "details": "x" * 2001},
        {"reason": "x", "item_ids": []},
        {"reason": "x", "item_ids": ["none"]},
        {"reason": 5},
    ],
    ids=str,
)
async def test_invalid_forms_are_rejected(client, shop, body):
    order_id = await shop.buy((shop.ben, 1000))
    path = f"marketplace/orders/{order_id}/refund"

    answer = await client.post(path, json=body, headers=shop.ann.headers)

    assert answer.status_code == 400
    assert await shop.refunds(order_id) == []


async def test_refunds_are_listed_to_buyer_sellers_and_admins(ask, client, services, shop):
    order_id = await shop.buy((shop.ben, 1000), (shop.cat, 500))
    await ask(shop.ann, order_id, reason="Both were silent")
    await shop.settle()

    async def listed(person):
        path = f"marketplace/orders/{order_id}/refunds"
        answer = await client.get(path, headers=person.headers)
        assert answer.status_code == 200
        return answer.json()["data"]["refunds"]

    [whole] = await listed(shop.ann)
    [part] = await listed(shop.cat)
    assert (whole["amount_cents"], whole["status"]) == (1500, "made")
    assert (part["amount_cents"], part["reason"]) == (500, "Both were silent")
    assert part["item_ids"] == [str((await shop.items(order_id))[1])]
    assert part["settled_at"]
    assert await listed(await make.person(services, Role.ADMIN)) == [whole]
