"""Prices that buyers choose, prices that changed, and free orders."""

import pytest

from tests import make
from veza.core.money import MAX_CENTS
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.ledger.models import Balance
from veza.domains.marketplace.orders.models.state import PaymentMade
from veza.domains.marketplace.orders.service import settlement


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


@pytest.fixture
def order_in(client, shop):
    """Order products in a currency: `await order_in("CHF", product_id, ...)`."""

    async def place(currency, *product_ids, **offered):
        items = [{"product_id": str(product_id)} | offered for product_id in product_ids]
        form = {"items": items, "currency": currency}
        return await client.post("marketplace/orders", headers=shop.buyer.headers, json=form)

    return place


async def in_francs(shop, cents, **columns):
    """Add a product of 12 euros that has a price in francs, too."""
    product_id = await shop.product(**columns)
    async with shop.services.database.transaction() as tx:
        sql = "insert into product_prices (product_id, currency, price_cents) values ($1, $2, $3)"
        await tx.run(sql, product_id, "CHF", cents)
    return product_id


async def test_an_order_in_a_chosen_currency_has_its_prices(shop, order_in):
    both, own = await in_francs(shop, 1300), await shop.product(700, currency="CHF")

    placed = (await order_in("CHF", both, own)).json()["data"]

    assert (placed["total_cents"], placed["currency"]) == (2000, "CHF")
    assert (await order_in("EUR", both)).json()["data"]["total_cents"] == 1200
    assert (await order_in(None, both)).json()["data"]["currency"] == "EUR"


async def test_what_has_no_price_in_the_currency_is_refused(shop, order_in):
    both, own = await in_francs(shop, 1300), await shop.product(700, currency="CHF")
    for currency, *wanted in (("USD", both), ("EUR", both, own), (None, both, own)):
        answer = await order_in(currency, *wanted)
        assert (answer.status_code, answer.json()["code"]) == (409, "mixed_currencies")


async def test_a_chosen_price_is_at_least_that_in_the_currency(shop, order_in):
    chosen = await in_francs(shop, 1300, pricing="pay_what_you_want")
    fixed = await in_francs(shop, 1300)
    for product_id, cents, code in (
        (chosen, 1200, "price_too_low"),
        (fixed, 1200, "price_changed"),
    ):
        answer = await order_in("CHF", product_id, price_cents=cents)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    placed = (await order_in("CHF", chosen, price_cents=1500)).json()["data"]
    assert placed["total_cents"] == 1500


async def test_a_seller_earns_in_each_currency_apart(shop, order_in):
    product_ids = [await in_francs(shop, cents) for cents in (1300, 1000)]
    async with shop.services.database.transaction() as tx:
        for currency, product_id in zip(("CHF", "EUR"), product_ids, strict=True):
            placed = (await order_in(currency, product_id)).json()["data"]
            event = PaymentMade(placed["total_cents"], currency)
            await settlement.settle(tx, placed["id"], event)
        balances = await ledger_queries.list_balances(tx, shop.sellers[0].id)
    assert balances == [
        Balance("CHF", MoneyMode.TEST, 1170, 0),
        Balance("EUR", MoneyMode.TEST, 1080, 0),
    ]
