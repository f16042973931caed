"""Prices that buyers choose, prices that changed, and free orders."""

import pytest

from tests import make
from veza.core.money import MAX_CENTS


@pytest.fixture
def order(client, shop):
    """Order a product: `await order(product_id, price_cents)` returns the response."""

    async def place(product_id, price_cents):
        items = [{"product_id": str(product_id), "price_cents": price_cents}]
        return await client.post(
            "marketplace/orders", headers=shop.buyer.headers, json={"items": items}
        )

    return place


async def test_an_order_has_the_chosen_price_and_a_fee_of_it(shop, order):
    product_id = await shop.product(500, pricing="pay_what_you_want")

    placed = (await order(product_id, 1234)).json()["data"]

    assert (placed["status"], placed["total_cents"]) == ("pending", 1234)
    assert placed["items"][0]["price_cents"] == 1234
    sql = "select minimum_cents + fee_cents + net_cents from order_items where product_id = $1"
    assert await shop.count(sql, product_id) == 500 + 1234


@pytest.mark.parametrize("price", [-1, 12.5, "600", MAX_CENTS + 1, 2**63, [], True])
async def test_prices_are_whole_positive_and_bounded(shop, order, price):
    product_id = await shop.product(500, pricing="pay_what_you_want")
    response = await order(product_id, price)
    assert response.status_code == 400
    sql = "select count(*) from order_items where product_id = $1"
    assert await shop.count(sql, product_id) == 0


async def test_a_price_that_rose_since_the_buyer_saw_it_is_not_charged(shop, client, order):
    product_id = await shop.product(500)
    path = f"marketplace/products/{product_id}"
    await client.put(path, headers=shop.sellers[0].headers, json={"price_cents": 900})
    response = await order(product_id, 500)
    assert (response.status_code, response.json()["code"]) == (409, "price_changed")
    assert (await order(product_id, 900)).json()["data"]["total_cents"] == 900


async def test_the_total_of_chosen_prices_is_bounded(client, shop):
    product_ids = [await shop.product(0, pricing="pay_what_you_want") for _ in range(2)]
    prices = zip(product_ids, (MAX_CENTS, 50), strict=True)
    items = [{"product_id": str(product_id), "price_cents": cents} for product_id, cents in prices]
    response = await client.post(
        "marketplace/orders", headers=shop.buyer.headers, json={"items": items}
    )
    assert (response.status_code, response.json()["code"]) == (409, "order_too_large")


async def test_naming_no_price_gives_a_licence_without_a_payment(shop, client, order, services):
    product_id = await shop.product(0, pricing="pay_what_you_want")
    await make.product_file(services, shop.sellers[0], product_id)
    placed = (await order(product_id, 0)).json()["data"]
    assert (placed["status"], placed["payment"]) == ("paid", None)
    path = f"marketplace/orders/{placed['id']}"
    found = (await client.get(f"{path}/downloads", headers=shop.buyer.headers)).json()["data"]
    assert len(found["downloads"]) == 1
    form = {"reason": "Not mine"}
    refund = await client.post(f"{path}/refund", headers=shop.buyer.headers, json=form)
    assert (refund.status_code, refund.json()["code"]) == (409, "nothing_to_refund")
