"""A bundle is bought by an order of its products: for what is not owned, at reduced prices."""

import asyncio

from tests import make
from veza.domains.marketplace.bundles import invariants, personal_data
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import invariants as orders


def said(response):
    return response.status_code, response.json().get("code")


def lines(order):
    """The price without and with reductions of each line, and what is taken off for what."""
    return [
        (
            item["list_cents"],
            item["price_cents"],
            [(each["cause"], each["label"], each["amount_cents"]) for each in item["reductions"]],
        )
        for item in order["items"]
    ]


async def ensure_right(services, *things):
    async with services.database.read() as conn:
        found = await ledger.find_violations(conn, orders.INVARIANTS | invariants.INVARIANTS)
    assert [each for each in found if any(str(one) in each.where for one in things)] == []


async def test_a_member_pays_for_what_they_dont_own(stall, services):
    twenty = stall.product_ids[1]
    bundle = await stall.bundle(percent_off=None, price_cents=3000)
    await stall.own(twenty)
    seen = await stall.see(bundle, stall.fan)
    due = [
        {"product_id": item["product"]["id"], "price_cents": item["price_cents"]}
        for item in seen["items"]
        if not item["is_owned"]
    ]

    order = (await stall.order(bundle, *due)).json()["data"]

    assert order["total_cents"] == seen["due_cents"] == 2000
    title = bundle["title"]
    assert lines(order) == [
        (1000, 500, [("bundle", title, 500)]),
        (3000, 1500, [("bundle", title, 1500)]),
    ]
    await stall.pay(order)
    after = await stall.see(bundle, stall.fan)
    assert (after["owned_count"], after["due_cents"]) == (3, 0)
    await ensure_right(services, order["id"], bundle["id"])
    await stall.delete(bundle)
    path = f"marketplace/orders/{order['id']}"
    kept = (await stall.client.get(path, headers=stall.fan.headers)).json()["data"]
    assert lines(kept) == lines(order)


async def test_all_that_is_not_owned_must_be_ordered(stall):
    ten, twenty, thirty = stall.product_ids
    other = await stall.product(700)
    bundle = await stall.bundle()
    assert said(await stall.order(bundle, ten, twenty)) == (409, "bundle_changed")
    assert said(await stall.order(bundle, other)) == (409, "bundle_changed")
    await stall.own(ten)
    assert said(await stall.order(bundle, twenty)) == (409, "bundle_changed")
    assert said(await stall.order(bundle, *stall.product_ids)) == (409, "already_owned")
    order = (await stall.order(bundle, other, thirty, twenty)).json()["data"]
    assert [line[:2] for line in lines(order)] == [(700, 700), (3000, 1500), (2000, 1000)]
    await stall.pay(order)
    one_more = await stall.product(500)
    assert said(await stall.order(bundle, one_more)) == (409, "already_owned")


async def test_a_service_is_never_owned_and_is_in_each_order_of_its_bundle(stall):
    ten = stall.product_ids[0]
    terms = {"delivery_days": 5, "revisions": 1, "questions": ""}
    mix = await stall.product(4000, type="service", service=terms)
    bundle = await stall.bundle(ten, mix)
    await stall.own(ten, mix)
    seen = await stall.see(bundle, stall.fan)
    assert [item["is_owned"] for item in seen["items"]] == [True, False]
    assert (seen["owned_count"], seen["due_cents"]) == (1, 2000)
    order = (await stall.order(bundle, mix)).json()["data"]
    assert [line[:2] for line in lines(order)] == [(4000, 2000)]


async def test_what_changed_since_the_buyer_looked_is_not_charged(stall):
    bundle = await stall.bundle()
    seen = [
        {"product_id": item["product"]["id"], "price_cents": item["price_cents"]}
        for item in (await stall.see(bundle))["items"]
    ]
    await stall.change(bundle, percent_off=40)
    assert said(await stall.order(bundle, *seen)) == (409, "price_changed")
    await stall.change(bundle, percent_off=50)
    more = await stall.product(500)
    await stall.change(bundle, product_ids=[str(each) for each in (*stall.product_ids, more)])
    assert said(await stall.order(bundle, *seen)) == (409, "bundle_changed")
    await stall.change(bundle, status="withdrawn")
    assert said(await stall.order(bundle, *stall.product_ids, more)) == (409, "bundle_changed")
    await stall.delete(bundle)
    assert said(await stall.order(bundle, *stall.product_ids, more)) == (409, "bundle_changed")
    assert await stall.count("select count(*) from orders where buyer_id = $1", stall.fan.id) == 0


async def test_who_chooses_a_price_may_pay_more_within_a_bundle(stall):
    least = await stall.product(1000, pricing="pay_what_you_want")
    bundle = await stall.bundle(stall.product_ids[0], least)
    offered = {"product_id": str(least), "price_cents": 800}
    order = (await stall.order(bundle, stall.product_ids[0], offered)).json()["data"]
    assert [line[:2] for line in lines(order)] == [(1000, 500), (1000, 800)]
    too_low = offered | {"price_cents": 499}
    assert said(await stall.order(bundle, stall.product_ids[0], too_low)) == (409, "price_too_low")


async def test_a_guest_owns_nothing_and_the_bundle_is_part_of_the_cart(stall):
    bundle = await stall.bundle()
    email = f"{stall.fan.id.hex[-12:]}@example.com"
    alone = await stall.client.post(
        "marketplace/orders",
        json={"items": [{"product_id": str(each)} for each in stall.product_ids], "email": email},
    )
    first = (await stall.order(bundle, *stall.product_ids, email=email)).json()["data"]
    again = (await stall.order(bundle, *stall.product_ids, email=email)).json()["data"]
    assert alone.json()["data"]["total_cents"] == 6000
    assert first["total_cents"] == 3000
    assert first["id"] == again["id"] != alone.json()["data"]["id"]
    await stall.pay(first)
    shown = await stall.client.get(f"marketplace/guest-orders/{first['token']}")
    assert shown.json()["data"]["status"] == "paid"
    part = await stall.order(bundle, *stall.product_ids[1:], email=email)
    assert said(part) == (409, "bundle_changed")


async def test_a_bundle_with_a_code_costs_what_the_code_leaves_of_it(stall, services):
    async with services.database.transaction() as tx:
        await make.discount(tx, stall.seller.member, "SPRING")
    bundle = await stall.bundle()
    form = {"items": [{"product_id": str(each)} for each in stall.product_ids]}
    form |= {"bundle_id": bundle["id"], "discount_code": "spring"}
    quote = await stall.client.post("marketplace/quotes", json=form, headers=stall.fan.headers)
    order = await stall.order(bundle, *stall.product_ids, discount_code="spring")
    for answer in (quote, order):
        assert (answer.json()["data"]["total_cents"], answer.status_code // 100) == (2400, 2)
    causes = [
        [each["cause"] for each in item["reductions"]] for item in order.json()["data"]["items"]
    ]
    assert causes == [["bundle", "code"]] * 3


async def test_who_owns_all_of_a_bundle_may_give_it_away(stall):
    bundle = await stall.bundle()
    await stall.own(*stall.product_ids)
    gift = {"recipient_email": "maren@example.com", "sender_name": "Jon"}
    gifts = [{"product_id": str(each), "gift": gift} for each in stall.product_ids]
    assert said(await stall.order(bundle, *gifts[1:])) == (409, "bundle_changed")
    order = (await stall.order(bundle, *gifts)).json()["data"]
    assert order["total_cents"] == 3000


async def test_changes_of_a_bundle_its_products_and_orders_meet_without_an_error(stall):
    more = [await stall.product(500) for _ in range(3)]
    bundle = await stall.bundle(*stall.product_ids, *more)
    ids = [str(each) for each in stall.product_ids]
    headers = stall.seller.headers
    answers = await asyncio.gather(
        *(stall.client.delete(f"marketplace/products/{each}", headers=headers) for each in more),
        stall.order(bundle, *stall.product_ids, *more),
        stall.change(bundle, product_ids=[*ids[::-1], str(more[0])]),
        stall.change(bundle, product_ids=ids),
        stall.change(bundle, percent_off=10),
        stall.order(bundle, *stall.product_ids),
    )
    assert {answer.status_code for answer in answers} <= {200, 201, 404, 409}
    assert await stall.count("select count(*) from products where seller_id = $1", stall.seller.id)
    assert (await stall.delete(bundle)).status_code == 200


async def test_products_of_a_bundle_keep_their_splits_fees_and_refunds(stall, services):
    ten, twenty, thirty = stall.product_ids
    ben, cat = [await make.person(services) for _ in range(2)]
    async with services.database.transaction() as tx:
        await make.split(tx, stall.seller.member, ten, {ben.member: 10_000})
        await make.split(
            tx, stall.seller.member, twenty, {stall.seller.member: 5000, cat.member: 5000}
        )
    bundle = await stall.bundle()
    order = (await stall.order(bundle, ten, twenty, thirty)).json()["data"]
    await stall.pay(order)

    async def earned():
        found = []
        for person in (stall.seller, ben, cat):
            answer = await stall.client.get("sell/balance", headers=person.headers)
            found.append(answer.json()["data"]["pending"])
        return found

    sql = "select sum(fee_cents)::int from order_items where order_id = $1"
    fees = await stall.count(sql, order["id"])
    assert await earned() == [1800, 450, 450]
    assert fees == 300
    invoices = await stall.client.get(
        f"marketplace/orders/{order['id']}/invoices", headers=stall.fan.headers
    )
    assert invoices.status_code in {200, 404}
    async with services.database.transaction() as tx:
        await make.refunded_item(tx, order["id"])
    await make.delivered(services)
    assert await earned() == [1800, 0, 450]
    after = await stall.see(bundle, stall.fan)
    assert (after["owned_count"], after["due_cents"]) == (2, 500)
    await ensure_right(services, order["id"])


async def test_erasing_a_seller_deletes_their_bundles_and_leaves_orders(stall, services):
    bundle = await stall.bundle()
    order = (await stall.order(bundle, *stall.product_ids)).json()["data"]
    async with services.database.transaction() as tx:
        [exported] = await personal_data.export(tx, stall.seller.id)
        assert (str(exported.id), exported.title) == (bundle["id"], bundle["title"])
        assert exported.product_ids == stall.product_ids
        await personal_data.erase(tx, stall.seller.id)
        assert await personal_data.export(tx, stall.seller.id) == []
    assert (
        await stall.count("select count(*) from bundle_products where bundle_id = $1", bundle["id"])
        == 0
    )
    path = f"marketplace/orders/{order['id']}"
    assert (await stall.client.get(path, headers=stall.fan.headers)).json()["data"][
        "total_cents"
    ] == 3000
