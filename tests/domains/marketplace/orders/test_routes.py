"""Orders and downloads over HTTP: status, body, permission."""

import asyncio
import re
from uuid import UUID, uuid4

import pytest

from tests import make
from tests.audited import events_of, tagged
from veza.core.ids import OrderId, OrderItemId, RefundId, new_id
from veza.domains.marketplace.orders.models.state import PaymentMade, RefundBegun, RefundMade
from veza.domains.marketplace.orders.service import purchases, settlement

SOME_ID = "0198c0de-0000-7000-8000-000000000001"


@pytest.fixture
def order(client, buyer, product_id):
    """Order the product, or the given items."""

    async def send(json=None, key=None, status=201):
        json = json or {"items": [{"product_id": str(product_id), "quantity": 1}]}
        headers = buyer.headers | ({"Idempotency-Key": key} if key else {})
        answer = await client.post("marketplace/orders", json=json, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()["data"] if status == 201 else answer.json()

    return send


async def pay(services, made):
    async with services.database.transaction() as tx:
        event = PaymentMade(made["total_cents"], made["currency"])
        return await settlement.settle(tx, OrderId(UUID(made["id"])), event)


async def refund(services, made):
    """Refund a whole order."""
    refund_id = RefundId(new_id())
    async with services.database.transaction() as tx:
        begun = RefundBegun(refund_id, [OrderItemId(UUID(item["id"])) for item in made["items"]])
        await settlement.settle(tx, OrderId(UUID(made["id"])), begun)
        return await settlement.settle(tx, OrderId(UUID(made["id"])), RefundMade(refund_id))


async def test_each_request_of_a_key_is_recorded_once_with_what_it_was_answered(
    services, client, buyer, product_id
):
    body, key = {"items": [{"product_id": str(product_id)}]}, str(uuid4())
    other = {"items": [{"product_id": SOME_ID}]}
    for sent, name, status in (
        (other, "unknown", 404),
        (body, key, 201),
        (body, key, 201),
        (other, key, 422),
    ):
        headers = buyer.headers | tagged() | {"Idempotency-Key": name}
        answer = await client.post("marketplace/orders", json=sent, headers=headers)
        recorded = await events_of(services, answer)
        assert [event.status for event in recorded] == [answer.status_code] == [status]


async def test_an_order_is_made_and_shown(client, order, buyer, seller, product_id):
    billing = {"name": "Ann Example", "address": "1 Quay Street", "country": "CH", "vat_id": None}
    made = await order(
        {
            "items": [{"product_id": str(product_id), "quantity": 1}],
            "payment_method": "card",
            "billing": billing,
        }
    )

    assert (made["status"], made["total_cents"], made["currency"]) == ("pending", 1200, "EUR")
    assert made["billing"] == billing
    assert made["payment"]["provider"] == "sandbox"
    assert made["payment"]["client_secret"]
    assert re.fullmatch("p[a-z2-7]{26}", made["payment"]["payment_id"])
    [item] = made["items"]
    assert item["product_id"] == str(product_id)
    assert item["seller"] == make.shown(seller)
    assert (item["title"], item["price_cents"], item["quantity"]) == ("Night Ferry", 1200, 1)
    one = await client.get(f"marketplace/orders/{made['id']}", headers=buyer.headers)
    assert one.json()["data"] == made
    listed = await client.get("marketplace/orders", headers=buyer.headers)
    assert listed.json()["data"] == {"orders": [made], "next_cursor": None, "has_more": False}


async def test_buyers_see_their_purchase_of_a_product(
    services, client, order, buyer, seller, product_id
):
    path = f"marketplace/products/{product_id}/purchase"

    async def purchase_of(person):
        return (await client.get(path, headers=person.headers)).json()["data"]["purchase"]

    made = await order()
    assert await purchase_of(buyer) is None
    await pay(services, made)
    bought = {
        "order_id": made["id"],
        "item_id": made["items"][0]["id"],
        "is_refunded": False,
        "is_variant": False,
    }
    bought["variant_ids"] = []
    assert (await purchase_of(buyer), await purchase_of(seller)) == (bought, None)
    await refund(services, made)
    assert await purchase_of(buyer) == bought | {"is_refunded": True}
    assert (await client.get(path)).status_code == 401
    unknown = f"marketplace/products/{SOME_ID}/purchase"
    assert (await client.get(unknown, headers=buyer.headers)).status_code == 404


async def test_fifty_parallel_sends_of_one_key_make_one_order_and_one_payment(
    services, order, buyer
):
    made = await asyncio.gather(*(order(key="a key") for _ in range(50)))

    assert all(one == made[0] for one in made)
    async with services.database.read() as conn:
        sql = "select count(*) from orders where buyer_id = $1"
        assert await conn.value(int, sql, buyer.id) == 1
        sql = "select count(*) from sandbox_payments where id = $1"
        assert await conn.value(int, sql, made[0]["payment"]["payment_id"]) == 1


async def test_a_key_is_for_one_request(services, order, seller, product_id):
    made = await order(key="a key")
    async with services.database.transaction() as tx:
        other = await make.product(tx, seller.member, "Other")

    refused = await order({"items": [{"product_id": str(other)}]}, key="a key", status=422)

    assert refused["code"] == "idempotency_key_reused"
    # The first answer again, whatever became of it.
    await pay(services, made)
    assert await order(key="a key") == made
    refused = await order(key="another key", status=409)
    assert refused["code"] == "already_owned"


@pytest.mark.parametrize(
    "items",
    [
        [],
        None,
        "one",
        [{"quantity": 1}],
        [{"product_id": "no id"}],
        [{"product_id": SOME_ID, "quantity": 2}],
        [{"product_id": SOME_ID, "quantity": 0}],
        [{"product_id": SOME_ID, "quantity": "1"}],
        [{"product_id": SOME_ID}] * 51,
    ],
    ids=["none", "null", "text", "no product", "no id", "two", "zero", "a word", "too many"],
)
async def test_what_is_no_order_is_refused(order, items):
    assert (await order({"items": items}, status=400))["success"] is False


@pytest.mark.parametrize(
    "billing",
    [{"name": ""}, {"name": "A" * 201}, {"country": "che"}, {"address": "a\0b"}, "Ann"],
    ids=["no name", "a long one", "no country", "nul", "text"],
)
async def test_what_is_no_address_is_refused(order, product_id, billing):
    items = [{"product_id": str(product_id)}]
    await order({"items": items, "billing": billing}, status=400)


async def test_refusals_have_codes(services, client, order, seller, product_id):
    items = {"items": [{"product_id": str(uuid4())}]}
    assert (await order(items, status=404))["code"] == "product_not_found"
    items = {"items": [{"product_id": str(product_id)}] * 2}
    assert (await order(items, status=400))["details"][0]["field"] == "items"
    async with services.database.transaction() as tx:
        dollars = await make.product(tx, seller.member, "Dollars", currency="USD")
    items = {"items": [{"product_id": str(one)} for one in (product_id, dollars)]}
    assert (await order(items, status=409))["code"] == "mixed_currencies"
    own = await client.post(
        "marketplace/orders",
        json={"items": [{"product_id": str(product_id)}]},
        headers=seller.headers,
    )
    assert (own.status_code, own.json()["code"]) == (409, "own_product")
    assert (await client.post("marketplace/orders", json=items)).status_code == 401


async def test_orders_are_listed_page_by_page(services, client, buyer, seller):
    async with services.database.transaction() as tx:
        made = [str(await make.order(tx, buyer.member, (seller.member, 100))) for _ in range(5)]

    seen, cursor = [], ""
    while cursor is not None:
        page = await client.get(f"marketplace/orders?limit=2{cursor}", headers=buyer.headers)
        data = page.json()["data"]
        seen += [one["id"] for one in data["orders"]]
        cursor = f"&cursor={data['next_cursor']}" if data["has_more"] else None
    assert seen == made[::-1]
    bad = await client.get("marketplace/orders?cursor=bad", headers=buyer.headers)
    assert bad.json()["code"] == "bad_cursor"


@pytest.mark.parametrize("path", ["", "/downloads"])
async def test_an_order_of_another_is_not_there(client, order, seller, path):
    made = await order()

    for order_id in (made["id"], uuid4()):
        answer = await client.get(f"marketplace/orders/{order_id}{path}", headers=seller.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "order_not_found")


@pytest.fixture
async def bought(services, order, seller, product_id):
    """A paid order of the product, which has two files."""
    await make.product_file(services, seller, product_id, b"first wave")
    await make.product_file(services, seller, product_id, b"second wave")
    made = await order()
    await pay(services, made)
    return made


async def downloads_of(client, person, made):
    answer = await client.get(f"marketplace/orders/{made['id']}/downloads", headers=person.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["downloads"]


async def test_what_is_bought_is_downloaded_by_links_without_a_token(client, bought, buyer):
    first, second = await downloads_of(client, buyer, bought)

    assert (first["name"], first["size_bytes"]) == ("Side A.wav", 10)
    got = await client.get(first["url"])
    assert (got.status_code, got.content) == (200, b"first wave")
    assert got.headers["content-disposition"].startswith('attachment; filename="Side A.wav"')
    assert got.headers["content-type"] == "application/octet-stream"
    part = await client.get(second["url"], headers={"Range": "bytes=0-5"})
    assert (part.status_code, part.content) == (206, b"second")
    assert (await client.head(first["url"])).headers["content-length"] == "10"
    # Whatever else is sent along, the link is what counts.
    odd = await client.get(first["url"], headers={"Authorization": "Bearer nonsense"})
    assert odd.status_code == 200


async def test_a_link_is_for_one_file_and_for_a_while(client, bought, buyer, monkeypatch):
    first, second = await downloads_of(client, buyer, bought)
    query = first["url"].partition("?")[2]
    bare = second["url"].partition("?")[0]

    for url in (bare, f"{bare}?{query}", first["url"][:-1], f"{bare}?expires=9&signature=x"):
        answer = await client.get(url)
        assert (answer.status_code, answer.json()["code"]) == (404, "download_not_found"), url
    monkeypatch.setattr(purchases, "PURCHASE_LIFETIME_S", -8)
    over, _ = await downloads_of(client, buyer, bought)
    assert (await client.get(over["url"])).status_code == 404


async def test_what_is_not_paid_or_refunded_gives_nothing(client, services, order, buyer, seller):
    async with services.database.transaction() as tx:
        product_id = await make.product(tx, seller.member, "Other")
    await make.product_file(services, seller, product_id)
    made = await order({"items": [{"product_id": str(product_id)}]})
    path = f"marketplace/orders/{made['id']}/downloads"
    refused = await client.get(path, headers=buyer.headers)
    assert (refused.status_code, refused.json()["code"]) == (409, "order_not_paid")

    await pay(services, made)
    [download] = await downloads_of(client, buyer, made)
    assert (await refund(services, made)).status == "refunded"

    assert (await client.get(path, headers=buyer.headers)).status_code == 409
    assert (await client.get(download["url"])).status_code == 404


async def test_buyers_keep_what_is_withdrawn_and_whose_seller_is_gone(
    client, services, bought, buyer, seller, product_id
):
    path = f"marketplace/products/{product_id}"
    assert (await client.delete(path, headers=seller.headers)).status_code == 200
    await make.suspended(services, seller)

    assert len(await downloads_of(client, buyer, bought)) == 2


async def test_who_is_suspended_downloads_nothing_more(client, services, bought, buyer):
    await make.suspended(services, buyer)

    path = f"marketplace/orders/{bought['id']}/downloads"
    assert (await client.get(path, headers=buyer.headers)).status_code in {401, 403}


async def test_no_api_key_orders_or_sees_orders(client, services, buyer, product_id):
    headers = await make.key_headers(services, buyer)
    body = {"items": [{"product_id": str(product_id)}]}

    for answer in (
        await client.get("marketplace/orders", headers=headers),
        await client.post("marketplace/orders", json=body, headers=headers),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "key_not_allowed")


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
async def test_the_whole_road_runs_on_one_machine(client, services, work, order, buyer, outcome):
    async with services.database.transaction() as tx:
        # What other tests left to be done: invoices above all.
        await tx.run("delete from outbox")
        await tx.run("delete from jobs")
    made = await order()
    path = f"sandbox/payments/{made['payment']['payment_id']}/confirm"
    confirmed = await client.post(path, json={"outcome": outcome}, headers=buyer.headers)
    assert confirmed.status_code == 202
    await work()

    seen = await client.get(f"marketplace/orders/{made['id']}", headers=buyer.headers)

    assert seen.json()["data"]["status"] == {"succeeded": "paid", "failed": "failed"}[outcome]
