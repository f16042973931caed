"""The checkout: prices, refusals, retries and crashes."""

import asyncio
from decimal import Decimal
from uuid import UUID

import pytest

from tests import make
from tests.fakes.company import Fault
from veza.core.access import Role
from veza.core.errors import Invalid, Unauthenticated
from veza.core.ids import OrderId, ProductId, SubjectId, UserId, new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.ledger import shared_queries as ledger_queries
from veza.domains.marketplace.ledger.models import Balance
from veza.domains.marketplace.orders.errors import (
    AlreadyOwned,
    MixedCurrencies,
    OrderTooLarge,
    OwnProduct,
    PaymentRefused,
)
from veza.domains.marketplace.orders.models.checkout import CartLine
from veza.domains.marketplace.orders.models.state import PaymentMade
from veza.domains.marketplace.orders.queries import checkout as checkout_queries
from veza.domains.marketplace.orders.queries import purchases as purchase_queries
from veza.domains.marketplace.orders.rules import checkout
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.prices.rules import price_cart
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.domains.marketplace.products.models.products import PurchasableProduct
from veza.domains.marketplace.splits.models import SplitPartForm
from veza.infra.payments.errors import ProviderUnavailable
from veza.infra.payments.hyperswitch import Hyperswitch


async def pay(shop, order):
    """Confirm the payment, and apply it."""
    shop.provider.pay(order.payment.payment_id)
    async with shop.services.database.transaction() as tx:
        event = PaymentMade(order.total_cents, order.currency)
        return await settlement.settle(tx, order.id, event)


async def test_an_order_has_our_prices_and_a_payment_to_confirm(shop):
    order = await shop.order()

    assert (order.status, order.total_cents, order.currency) == ("pending", 1700, "EUR")
    assert [item.price_cents for item in order.items] == [1200, 500]
    assert [item.seller.id for item in order.items] == [seller.id for seller in shop.sellers]
    payment = shop.provider.payments[order.payment.payment_id]
    assert (payment["amount"], payment["currency"]) == (1700, "EUR")
    assert order.payment.client_secret == payment["client_secret"]
    assert settlement.parse_payment_ref(order.payment.payment_id) == order.id
    [call] = [call for call in shop.provider.calls if call.method == "POST"]
    assert call.form["return_url"] == f"https://veza.test/orders/{order.id}"


async def test_a_bought_product_cannot_be_bought_again(shop):
    order = await shop.order()
    await pay(shop, order)

    paid = await shop.see(order.id)
    assert (paid.status, paid.payment.client_secret) == ("paid", None)
    with pytest.raises(AlreadyOwned):
        await shop.order()
    with pytest.raises(AlreadyOwned):
        await shop.order(shop.product_ids[1], await shop.product())


async def test_an_order_is_frozen(shop):
    order = await shop.order()
    async with shop.services.database.transaction() as tx:
        sql = "update products set price_cents = 9900, title = 'Dear' where id = any($1)"
        await tx.run(sql, shop.product_ids)

    assert (await pay(shop, order)).status == "paid"
    seen = await shop.see(order.id)
    assert [(item.title, item.price_cents) for item in seen.items] == [
        ("Night Ferry", 1200),
        ("Night Ferry", 500),
    ]
    async with shop.services.database.read() as conn:
        balances = [await ledger_queries.list_balances(conn, seller.id) for seller in shop.sellers]
    assert balances == [
        [Balance("EUR", MoneyMode.LIVE, 1080, 0)],
        [Balance("EUR", MoneyMode.LIVE, 450, 0)],
    ]


async def test_the_same_id_again_is_the_same_order(shop):
    order_id = OrderId(new_id())
    first = await shop.order(order_id=order_id)

    assert await shop.order(order_id=order_id) == first
    assert len(shop.provider.payments) == 1
    assert await shop.count("select count(*) from order_items where order_id = $1", order_id) == 2


async def test_fifty_at_once_under_one_id_make_one_order_and_one_payment(shop):
    order_id = OrderId(new_id())

    made = await asyncio.gather(*(shop.order(order_id=order_id) for _ in range(50)))

    assert {order.payment.payment_id for order in made} == set(shop.provider.payments)
    assert len(shop.provider.payments) == 1
    assert await shop.count("select count(*) from order_items where order_id = $1", order_id) == 2


async def test_a_free_order_is_paid_at_once(shop):
    free = await shop.product(0)

    order = await shop.order(free)

    assert (order.status, order.payment, order.total_cents) == ("paid", None, 0)
    assert shop.provider.calls == []
    with pytest.raises(AlreadyOwned):
        await shop.order(free)


async def test_concurrent_orders_of_a_free_product_make_one(shop):
    free = await shop.product(0)

    made = await asyncio.gather(*(shop.order(free) for _ in range(8)), return_exceptions=True)

    paid = [one for one in made if not isinstance(one, BaseException)]
    refused = [one for one in made if isinstance(one, AlreadyOwned)]
    assert (len(paid), len(refused)) == (1, 7), made
    assert paid[0].status == "paid"


async def test_members_cannot_buy_their_own_products(shop):
    with pytest.raises(OwnProduct):
        await shop.order(buyer=shop.sellers[0])


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
async def test_only_published_products_are_sold(shop, status):
    async with shop.services.database.transaction() as tx:
        sql = "update products set status = $2 where id = $1"
        await tx.run(sql, shop.product_ids[0], status)

    with pytest.raises(ProductNotFound):
        await shop.order()
    with pytest.raises(ProductNotFound):
        await shop.order(ProductId(new_id()))


async def test_suspended_members_neither_sell_nor_buy(shop):
    await make.suspended(shop.services, shop.sellers[0])
    with pytest.raises(ProductNotFound):
        await shop.order()

    await make.suspended(shop.services, shop.buyer)
    with pytest.raises(Unauthenticated):
        await shop.order(shop.product_ids[1])


async def test_one_order_has_one_currency_and_each_product_once(shop):
    dollars = await shop.product(currency="USD")
    with pytest.raises(MixedCurrencies):
        await shop.order(dollars, shop.product_ids[0])
    with pytest.raises(Invalid):
        await shop.order(dollars, dollars)
    assert (await shop.order(dollars)).currency == "USD"


async def test_the_total_of_an_order_is_limited(shop):
    dear = await shop.product(100_000_000)
    with pytest.raises(OrderTooLarge):
        await shop.order(dear, shop.product_ids[0])
    assert (await shop.order(dear)).total_cents == 100_000_000


FAULTS = [
    Fault(500),
    Fault(429),
    Fault(500, is_done=True),
    Fault(0),
    Fault(0, is_done=True),
    Fault(200, is_done=True, body={"nonsense": True}),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.status} {fault.is_done}")
async def test_a_retry_with_the_same_id_continues_after_a_provider_error(shop, fault):
    order_id = OrderId(new_id())
    shop.provider.faults.append(fault)
    with pytest.raises(ProviderUnavailable):
        await shop.order(order_id=order_id)
    waiting = await shop.see(order_id)
    assert (waiting.status, waiting.payment) == ("pending", None)

    order = await shop.order(order_id=order_id)

    assert order.payment.payment_id in shop.provider.payments
    assert len(shop.provider.payments) == 1


async def test_a_retry_succeeds_after_the_product_was_withdrawn(shop):
    order_id = OrderId(new_id())
    shop.provider.faults.append(Fault(500))
    with pytest.raises(ProviderUnavailable):
        await shop.order(order_id=order_id)
    async with shop.services.database.transaction() as tx:
        sql = "update products set status = 'withdrawn' where id = any($1)"
        await tx.run(sql, shop.product_ids)

    assert (await shop.order(order_id=order_id)).total_cents == 1700


async def test_a_refused_payment_fails_the_order(shop):
    order_id = OrderId(new_id())
    body = {"error": {"code": "IR_05", "message": "No such currency"}}
    shop.provider.faults.append(Fault(400, body=body))

    with pytest.raises(PaymentRefused):
        await shop.order(order_id=order_id)

    failed = await shop.see(order_id)
    assert (failed.status, failed.failure_reason) == ("failed", "IR_05: No such currency")


class _Crash(Exception):
    pass


# The effects of a checkout: the process may crash before and after each.
STEPS = [
    (purchase_queries, "find_order"),
    (checkout_queries, "lock_buyer"),
    (checkout_queries, "insert_order"),
    (Hyperswitch, "create_payment"),
    (checkout_queries, "update_payment"),
    (purchase_queries, "list_items"),
]


@pytest.mark.long
@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS, ids=lambda step: step[1])
async def test_a_crash_between_any_two_effects_is_healed_by_the_same_id(
    shop, monkeypatch, step, is_done
):
    order_id = OrderId(new_id())
    place, name = step
    real = getattr(place, name)

    async def crash(*given, **named):
        if is_done:
            await real(*given, **named)
        raise _Crash

    with monkeypatch.context() as patched:
        patched.setattr(place, name, crash)
        with pytest.raises(_Crash):
            await shop.order(order_id=order_id)

    order = await shop.order(order_id=order_id)

    assert (order.status, order.total_cents) == ("pending", 1700)
    assert set(shop.provider.payments) == {order.payment.payment_id}
    assert (await pay(shop, order)).status == "paid"
    assert await shop.count("select count(*) from orders where buyer_id = $1", shop.buyer.id) == 1


async def test_concurrent_orders_create_each_ledger_subject_once(shop):
    buyers = [await make.person(shop.services, Role.CREATOR) for _ in range(10)]

    made = await asyncio.gather(
        *(
            shop.order(*shop.product_ids[:: 1 if number % 2 else -1], buyer=buyer)
            for number, buyer in enumerate(buyers)
        )
    )

    assert len({order.id for order in made}) == 10


def for_sale(price_cents, seller=1, currency="EUR"):
    return PurchasableProduct(
        id=ProductId(new_id()),
        seller_id=UserId(UUID(int=seller)),
        title="A",
        price_cents=price_cents,
        currency=currency,
        licence="",
    )


@pytest.mark.parametrize(
    ("price", "rate", "fee"),
    [(1000, "0.1", 100), (995, "0.1", 100), (985, "0.1", 98), (50, "0", 0), (50, "1", 50)],
)
def test_the_fee_of_each_line_is_rounded_half_even_and_the_seller_gets_the_rest(price, rate, fee):
    subject = SubjectId(UUID(int=9))
    chosen = [for_sale(price), for_sale(price)]
    items = price_cart([checkout.cart_item(product, None) for product in chosen])
    cart = [CartLine(*each) for each in zip(chosen, items, strict=True)]

    seller_id = UserId(UUID(int=1))
    parts = {product.id: [SplitPartForm(seller_id, 10_000)] for product in chosen}
    lines = checkout.make_lines(cart, {seller_id: subject}, parts=parts, fee_rate=Decimal(rate))

    assert [(line.fee_cents, line.net_cents) for line in lines] == [(fee, price - fee)] * 2
    assert {line.seller_subject for line in lines} == {subject}
