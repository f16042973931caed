"""A quote has the prices of the order that could be placed at that moment."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import make
from tests.support.ordering import place_order
from veza.core.errors import VezaError
from veza.core.ids import OrderId, new_id
from veza.domains.marketplace.orders.errors import AlreadyOwned, OwnProduct
from veza.domains.marketplace.orders.models.checkout import OrderForm, OrderItemForm
from veza.domains.marketplace.products.models.forms import Pricing
from veza.domains.marketplace.quotes import service as quotes
from veza.domains.marketplace.quotes.models import QuoteForm

PRICES = (0, 50, 51, 99, 500, 1200)
CODES = {
    "TENTH": {"percent": 10},
    "MOST": {"percent": 97},
    "FREE": {"percent": 100},
    "CENT": {"amount_cents": 1},
    "SEVEN": {"amount_cents": 700},
    "FRANCS": {"amount_cents": 700, "currency": "CHF"},
    "OVER": {"percent": 10, "max_uses": 1},
}


async def quote(shop, items, code=None, buyer=None):
    async with shop.services.database.read() as conn:
        member = (buyer or shop.buyer).member
        return await quotes.make_quote(conn, member, QuoteForm(items, code))


async def outcome(asked):
    try:
        return await asked
    except VezaError as refused:
        return refused.code


@pytest.fixture
async def product_ids(shop):
    """Products at some prices, of two sellers, of which every second has an open price."""
    made = []
    async with shop.services.database.transaction() as tx:
        for place, cents in enumerate(PRICES):
            seller = shop.sellers[place % 3 // 2].member
            pricing = (Pricing.FIXED, Pricing.PAY_WHAT_YOU_WANT)[place % 2]
            made.append(await make.product(tx, seller, price_cents=cents, pricing=pricing))
        for code, terms in CODES.items():
            await make.discount(tx, shop.sellers[0].member, code, **terms)
        await tx.run("update discounts set max_uses = 1, used_count = 1 where code = 'OVER'")
    return made


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    places=st.lists(st.integers(0, len(PRICES) - 1), min_size=1, max_size=6),
    offers=st.lists(st.sampled_from([None, None, 0, 40, 49, 500, 2000]), min_size=6, max_size=6),
    code=st.sampled_from([None, "WRONG", *CODES]),
)
async def test_a_quote_and_an_order_have_the_same_prices_and_refusals(
    shop, product_ids, places, offers, code
):
    items = [
        OrderItemForm(product_ids[place], offers[at])
        for at, place in enumerate(dict.fromkeys(places))
    ]
    quoted = await outcome(quote(shop, items, code))
    services, order_id = shop.services, OrderId(new_id())
    buyer = await make.person(services)
    form = OrderForm(items, code)
    made = await outcome(
        place_order(services.database, shop.checkout, buyer.member, form, order_id)
    )
    if isinstance(made, str) or isinstance(quoted, str):
        assert made == quoted
        return
    assert (made.total_cents, made.currency) == (quoted.total_cents, quoted.currency)
    for line, item in zip(quoted.items, made.items, strict=True):
        assert (line.product_id, line.list_cents) == (item.product_id, item.list_cents)
        assert (line.price_cents, line.reductions) == (item.price_cents, item.reductions)
        assert 0 <= line.minimum_cents <= line.price_cents <= line.list_cents


async def test_a_quote_tells_what_its_buyer_owns_and_places_nothing(shop):
    first, second = shop.product_ids
    async with shop.services.database.transaction() as tx:
        await make.bought(tx, shop.buyer.member, first)
    items = [OrderItemForm(first), OrderItemForm(second)]
    made = await quote(shop, items)
    assert [item.is_owned for item in made.items] == [True, False]
    orders = "select count(*) from orders where buyer_id = $1"
    ordered = "select count(*) from products where id = $1 and ordered_at is not null"
    assert await shop.count(orders, shop.buyer.id) == 1
    assert await shop.count(ordered, second) == 0
    with pytest.raises(AlreadyOwned):
        await shop.order()
    with pytest.raises(OwnProduct):
        await quote(shop, items, buyer=shop.sellers[1])


async def test_anybody_asks_for_a_quote(client, product_id):
    form = {"items": [{"product_id": str(product_id)}]}
    answer = await client.post("marketplace/quotes", json=form)
    assert answer.status_code == 200
    quoted = answer.json()["data"]
    assert (quoted["total_cents"], quoted["currency"]) == (1200, "EUR")
    assert quoted["items"][0]["is_owned"] is False
    twice = {"items": form["items"] * 2}
    assert (await client.post("marketplace/quotes", json=twice)).status_code == 400
