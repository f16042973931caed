"""Lists of sellers and admins, flags, and statistics."""

from uuid import UUID

import pytest

from tests import make
from veza.core.access import Role
from veza.core.ids import OrderItemId, RefundId, new_id
from veza.domains.marketplace.orders.models.state import (
    DisputeOpened,
    DisputeWon,
    PaymentExpired,
    PaymentMade,
    RefundBegun,
    RefundMade,
)
from veza.domains.marketplace.orders.service import settlement


@pytest.fixture
def sell(services, seller, buyer):
    """Sell products at these prices, with products of other sellers."""

    async def run(*prices, is_paid=True, others=()):
        async with services.database.transaction() as tx:
            sold = [(seller.member, price) for price in prices]
            for price in others:
                other, _ = await make.member_in(tx, Role.CREATOR)
                sold.append((other, price))
            making = make.paid_order if is_paid else make.order
            return await making(tx, buyer.member, *sold)

    return run


@pytest.fixture
def seen(client, seller):
    """Return the seller's list of sales."""

    async def look(query="", person=seller):
        answer = await client.get(f"sell/orders{query}", headers=person.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    return look


async def refund(services, order_id, place):
    """Refund one line."""
    refund_id = RefundId(new_id())
    async with services.database.transaction() as tx:
        sql = "select id from order_items where order_id = $1 and position = $2"
        item_id = await tx.value(UUID, sql, order_id, place)
        assert item_id is not None
        await settlement.settle(tx, order_id, RefundBegun(refund_id, [OrderItemId(item_id)]))
        await settlement.settle(tx, order_id, RefundMade(refund_id))


async def test_a_seller_sees_the_own_lines_of_paid_orders(sell, seen, buyer):
    order_id = await sell(1000, 995, others=[700])
    await sell(1000, is_paid=False)

    [sale] = (await seen())["orders"]

    assert (sale["id"], sale["status"], sale["currency"]) == (str(order_id), "paid", "EUR")
    assert sale["buyer"] == make.shown(buyer)
    assert (sale["total_cents"], sale["fee_cents"], sale["net_cents"]) == (1995, 200, 1795)
    assert [item["price_cents"] for item in sale["items"]] == [1000, 995]
    assert (await seen(person=buyer))["orders"] == []


async def test_items_have_the_pictures_of_what_they_sell(services, sell, seen, seller):
    order_id = await sell(1000, 500)
    async with services.database.transaction() as tx:
        palette = [250, 100, 60, 120]
        track_id = await make.bare_track(tx, seller.member, "Pictured", cover_palette=palette)
        sql = """
            update products
               set track_id = $2
             where id = (select product_id from order_items where order_id = $1 and position = 1)
        """
        await tx.run(sql, order_id, track_id)

    [sale] = (await seen())["orders"]

    shown, bare = [item["cover_url"] for item in sale["items"]]
    assert bare is None
    assert f"/api/v1/tracks/{track_id}/cover?" in shown


async def test_refunded_items_are_marked(services, sell, seen):
    order_id = await sell(1000, 500)
    await refund(services, order_id, 2)

    [sale] = (await seen())["orders"]

    assert sale["status"] == "partially_refunded"
    assert [item["is_refunded"] for item in sale["items"]] == [False, True]


async def test_a_late_payment_is_no_sale(services, sell, seen):
    order_id = await sell(1000, is_paid=False)
    async with services.database.transaction() as tx:
        await settlement.settle(tx, order_id, PaymentExpired())
        await settlement.settle(tx, order_id, PaymentMade(1000, "EUR"))

    assert (await seen())["orders"] == []


async def test_sales_are_listed_page_by_page(sell, seen):
    made = [str(await sell(100, 200)) for _ in range(5)]

    found, query = [], "?limit=2"
    while query:
        page = await seen(query)
        found += [sale["id"] for sale in page["orders"]]
        query = f"?limit=2&cursor={page['next_cursor']}" if page["has_more"] else None

    assert found == made[::-1]


async def test_sellers_need_to_sign_in_and_cursors_to_be_ours(client, seller):
    assert (await client.get("sell/orders")).status_code == 401
    bad = await client.get("sell/orders?cursor=x", headers=seller.headers)
    assert bad.json()["code"] == "bad_cursor"


async def test_admins_list_all_orders_and_flagged_ones(services, client, sell, buyer):
    admin = await make.person(services, Role.ADMIN)
    order_id = await sell(1000)
    await sell(500)
    async with services.database.transaction() as tx:
        await settlement.settle(tx, order_id, DisputeOpened("dp_1", 1000))

    async def look(query):
        answer = await client.get(f"admin/orders?{query}", headers=admin.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    flagged = await look("is_flagged=true&limit=1")
    assert [one["id"] for one in flagged["orders"]] == [str(order_id)]
    assert flagged["orders"][0]["buyer_id"] == str(buyer.id)
    [dispute] = flagged["disputes"]
    assert (dispute["dispute_ref"], dispute["status"], dispute["amount_cents"]) == (
        "dp_1",
        "open",
        1000,
    )
    assert (await look("status=paid&is_flagged=false"))["total"] >= 1
    assert (await client.get("admin/orders", headers=buyer.headers)).status_code == 403
    far = await client.get("admin/orders?offset=10000", headers=admin.headers)
    assert far.json()["code"] == "page_too_far"


async def test_statistics_are_summed_from_the_ledger(services, client, sell):
    admin = await make.person(services, Role.ADMIN)

    async def figures():
        data = (await client.get("admin/stats", headers=admin.headers)).json()["data"]
        money = [
            data["money"].get(f"eur_{name}_cents", 0) for name in ("revenue", "refunded", "fees")
        ]
        return [data["orders"]["total"], data["orders"]["paid"], *money]

    before = await figures()
    order_id = await sell(1000, 500)
    await refund(services, order_id, 2)
    async with services.database.transaction() as tx:
        await settlement.settle(tx, order_id, DisputeOpened("dp_1", 1000))
        await settlement.settle(tx, order_id, DisputeWon("dp_1"))

    after = await figures()

    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 1, 1500, 500, 100]


@pytest.fixture
async def flagged(services, sell):
    """A paid order that a dispute flagged."""
    order_id = await sell(1000)
    async with services.database.transaction() as tx:
        await settlement.settle(tx, order_id, DisputeOpened("dp_flag", 500))
    return order_id


async def test_an_admin_clears_a_flag_with_a_reason_that_is_kept(client, services, flagged, admin):
    path = f"admin/orders/{flagged}/unflag"
    cleared = await client.post(path, headers=admin.headers, json={"reason": " Paid by hand. "})

    assert cleared.status_code == 200, cleared.text
    shown = cleared.json()["data"]
    assert (shown["id"], shown["is_flagged"], shown["status"]) == (str(flagged), False, "paid")
    listed = (await client.get("admin/orders", headers=admin.headers)).json()["data"]
    [kept] = [one for one in listed["clearances"] if one["order_id"] == str(flagged)]
    assert (kept["cleared_by"], kept["reason"]) == (str(admin.id), "Paid by hand.")
    recorded = await client.get(f"admin/audit?user_id={admin.id}", headers=admin.headers)
    [event] = [one for one in recorded.json()["data"]["events"] if "unflag" in one["action"]]
    assert (event["status"], str(flagged) in event["resource"]) == (200, True)


async def test_a_flag_is_cleared_once(client, flagged, admin):
    path, reason = f"admin/orders/{flagged}/unflag", {"reason": "Nothing left to do"}
    first = await client.post(path, headers=admin.headers, json=reason)
    again = await client.post(path, headers=admin.headers, json=reason)

    assert first.status_code == 200
    assert (again.status_code, again.json()["code"]) == (409, "order_not_flagged")


async def test_a_later_dispute_flags_an_order_again(client, services, flagged, admin):
    path = f"admin/orders/{flagged}/unflag"
    await client.post(path, headers=admin.headers, json={"reason": "Nothing left to do"})
    async with services.database.transaction() as tx:
        await settlement.settle(tx, flagged, DisputeOpened("dp_flag", 500))
        first = await settlement.read_state(tx, flagged)
        await settlement.settle(tx, flagged, DisputeOpened("dp_other", 100))
        second = await settlement.read_state(tx, flagged)

    assert (first.is_flagged, second.is_flagged) == (False, True)


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}, {"reason": "x" * 1001}])
async def test_a_flag_is_not_cleared_without_a_reason(client, flagged, admin, body):
    answer = await client.post(f"admin/orders/{flagged}/unflag", headers=admin.headers, json=body)

    assert (answer.status_code, answer.json()["details"][0]["field"]) == (400, "reason")


async def test_only_admins_clear_flags_of_orders_that_are_there(client, flagged, admin, seller):
    reason = {"reason": "Nothing left to do"}
    path = f"admin/orders/{flagged}/unflag"
    refused = await client.post(path, headers=seller.headers, json=reason)
    missing = await client.post(
        f"admin/orders/{new_id()}/unflag", headers=admin.headers, json=reason
    )

    assert (refused.status_code, missing.status_code) == (403, 404)
