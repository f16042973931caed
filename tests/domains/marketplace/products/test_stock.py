"""Sellers limit what they sell, and set prices in further currencies."""

import asyncio

import pytest

from tests.domains.marketplace.products.forms_steps import FORM
from veza.core.money import CURRENCIES
from veza.core.prices import MAX_PRICES, MAX_STOCK
from veza.domains.marketplace.products import personal_data, service

CHF, USD = ({"currency": name, "price_cents": cents} for name, cents in (("CHF", 50), ("USD", 0)))


async def change(client, person, product, **said):
    path = f"marketplace/products/{product['id']}"
    return await client.put(path, headers=person.headers, json=said)


async def test_everybody_sees_what_is_left(client, seller, create):
    product = await create(stock=1, status="published")
    assert (product["stock"], product["is_sold_out"]) == (1, False)
    sold_out = (await change(client, seller, product, stock=0, stock_seen=1)).json()["data"]
    assert (sold_out["stock"], sold_out["is_sold_out"]) == (0, True)
    shown = (await client.get(f"marketplace/products/{product['id']}")).json()["data"]
    assert (shown["stock"], shown["is_sold_out"]) == (0, True)
    endless = (await change(client, seller, product, stock=None, stock_seen=0)).json()["data"]
    assert (endless["stock"], endless["is_sold_out"]) == (None, False)
    limited = (await change(client, seller, product, stock=MAX_STOCK)).json()["data"]
    assert limited["stock"] == MAX_STOCK


async def test_a_stock_that_changed_since_the_seller_saw_it_stays(client, services, seller, create):
    product = await create(stock=10, status="published")
    async with services.database.transaction() as tx:
        [locked] = await service.lock_for_sale(tx, [product["id"]])
        await service.take_units(tx, [locked.id])
    for seen in (10, None):
        answer = await change(client, seller, product, stock=12, stock_seen=seen)
        assert (answer.status_code, answer.json()["code"]) == (409, "stock_changed")
    # Other fields don't need it, nor does the stock that it has: nothing is lost.
    renamed = (await change(client, seller, product, title="Gull", stock=9)).json()["data"]
    assert (renamed["title"], renamed["stock"]) == ("Gull", 9)
    assert (await change(client, seller, product, stock=11, stock_seen=9)).status_code == 200


async def test_of_two_changes_at_once_one_is_refused(client, seller, create):
    product = await create(stock=10)
    changes = [change(client, seller, product, stock=each, stock_seen=10) for each in (4, 5)]
    answers = await asyncio.gather(*changes)
    assert sorted(answer.status_code for answer in answers) == [200, 409]


@pytest.mark.parametrize("stock", [-1, MAX_STOCK + 1, 1.5, "3", True])
async def test_a_stock_is_a_whole_number_within_bounds(client, seller, create, stock):
    product = await create()
    for answer in (
        await client.post(
            "marketplace/products", headers=seller.headers, json=FORM | {"stock": stock}
        ),
        await change(client, seller, product, stock=stock),
    ):
        assert answer.status_code == 400


async def test_prices_in_further_currencies_are_shown_replaced_and_removed(
    client, services, seller, create
):
    product = await create(prices=[USD, CHF])
    assert product["prices"] == [CHF, USD]
    assert (await change(client, seller, product, title="Gull")).json()["data"]["prices"] == [
        CHF,
        USD,
    ]
    dearer = CHF | {"price_cents": 900}
    changed = (await change(client, seller, product, prices=[dearer])).json()["data"]
    assert changed["prices"] == [dearer]
    async with services.database.transaction() as tx:
        [exported] = await personal_data.export(tx, seller.id)
    assert (exported.stock, [each.currency for each in exported.prices]) == (None, ["CHF"])
    assert (await change(client, seller, product, prices=[])).json()["data"]["prices"] == []


@pytest.mark.parametrize(
    ("prices", "field", "rule"),
    [
        ([CHF | {"price_cents": 49}], "prices.price_cents", "price"),
        ([CHF | {"currency": "XXX"}], "prices.currency", "choice"),
        ([CHF, USD, CHF], "prices.currency", "repeated"),
        ([CHF | {"currency": "EUR"}], "prices.currency", "repeated"),
        ([CHF] * (MAX_PRICES + 1), "prices", None),
        ([CHF | {"currency": "chf"}], None, None),
    ],
)
async def test_wrong_prices_are_refused(client, seller, create, prices, field, rule):
    product = await create()
    for answer in (
        await client.post(
            "marketplace/products", headers=seller.headers, json=FORM | {"prices": prices}
        ),
        await change(client, seller, product, prices=prices),
    ):
        assert answer.status_code == 400, answer.text
        [fault] = answer.json()["details"]
        assert field in {None, fault["field"]}
        assert rule in {None, fault["rule"]}


async def test_a_currency_with_a_price_becomes_the_own_one_in_one_change(client, seller, create):
    product = await create(prices=[CHF])
    assert (await change(client, seller, product, currency="CHF")).status_code == 400
    said = {"currency": "CHF", "price_cents": 1300, "prices": [CHF | {"currency": "EUR"}]}
    changed = (await change(client, seller, product, **said)).json()["data"]
    assert (changed["currency"], changed["prices"][0]["currency"]) == ("CHF", "EUR")


async def test_ten_further_prices_are_possible(create):
    others = sorted(CURRENCIES - {"EUR"})[:MAX_PRICES]
    product = await create(prices=[CHF | {"currency": each} for each in others])
    assert [price["currency"] for price in product["prices"]] == others


async def test_a_product_is_deleted_with_its_prices(client, services, seller, create):
    product = await create(prices=[CHF])
    path = f"marketplace/products/{product['id']}"
    assert (await client.delete(path, headers=seller.headers)).status_code == 200
    async with services.database.read() as conn:
        sql = "select count(*) from product_prices where product_id = $1"
        assert await conn.value(int, sql, product["id"]) == 0
