"""Orders use a code as often as its seller allows, whoever comes at once."""

import asyncio
from datetime import timedelta

import pytest

from tests import make
from tests.domains.marketplace.guests.guest_steps import address, cart, place
from tests.support.waiting import until_somebody_waits
from veza.core.clock import now
from veza.core.errors import VezaError
from veza.core.ids import OrderId
from veza.domains.marketplace.discounts import personal_data, queries
from veza.domains.marketplace.discounts import service as discounts
from veza.domains.marketplace.discounts.errors import (
    DiscountAlreadyUsed,
    DiscountEnded,
    DiscountNotApplicable,
    DiscountNotFound,
    DiscountNotStarted,
    DiscountUsedUp,
)
from veza.domains.marketplace.discounts.models import DiscountChange, DiscountTarget
from veza.domains.marketplace.orders import personal_data as order_data
from veza.domains.marketplace.orders.models.state import PaymentFailed, PaymentMade
from veza.domains.marketplace.products.queries import counters as products


async def test_a_code_reduces_the_products_of_its_seller_and_the_order_keeps_why(codes):
    discount = await codes.create("Spring-26")
    quote, order = await codes.quote(" sPRING-26 "), await codes.order("spring-26")
    [first, second] = order.items
    assert (first.list_cents, first.price_cents) == (1200, 960)
    [reduction] = first.reductions
    assert (reduction.cause, reduction.label, reduction.amount_cents) == ("code", "Spring-26", 240)
    assert reduction.reference_id == discount.id
    assert (second.list_cents, second.price_cents, second.reductions) == (500, 500, [])
    assert (order.total_cents, quote.total_cents, quote.list_cents) == (1460, 1460, 1700)
    assert [item.reductions for item in quote.items] == [item.reductions for item in order.items]
    assert await codes.used(discount) == 1
    await codes.ensure_right(order.id, discount.id)


async def test_an_amount_is_divided_among_the_products_that_it_is_for(codes, shop):
    listed = shop.product_ids[0]
    await codes.create(amount_cents=300, product_ids=[listed])
    assert [item.price_cents for item in (await codes.order()).items] == [900, 500]


async def test_a_code_is_refused_for_its_reason_in_quotes_as_in_orders(codes, shop):
    hour, seller, other = timedelta(hours=1), shop.sellers[0], shop.sellers[1]
    elsewhere = await shop.product()
    await codes.create("OLD", ends_at=now() - hour)
    await codes.create("LATER", starts_at=now() + hour)
    await codes.create("OTHER", product_ids=[elsewhere])
    await codes.create("FRANCS", amount_cents=100, currency="CHF")
    async with shop.services.database.transaction() as tx:
        stranger = await make.person(shop.services, seller.member.role)
        await make.discount(tx, stranger.member, "STRANGE")
        gone = await make.discount(tx, other.member, "GONE")
        await discounts.delete(tx, DiscountTarget(gone.id, other.id))
    for code, error in {
        "OLD": DiscountEnded,
        "LATER": DiscountNotStarted,
        "OTHER": DiscountNotApplicable,
        "FRANCS": DiscountNotApplicable,
        "STRANGE": DiscountNotFound,
        "GONE": DiscountNotFound,
        "no code": DiscountNotFound,
    }.items():
        with pytest.raises(error):
            await codes.quote(code)
        with pytest.raises(error):
            await codes.order(code)
    sql = "select count(*) from orders where buyer_id = $1"
    assert await shop.count(sql, shop.buyer.id) == 0


async def test_of_two_sellers_with_the_same_code_that_of_the_first_product_counts(codes, shop):
    await codes.create()
    async with shop.services.database.transaction() as tx:
        await make.discount(tx, shop.sellers[1].member, "spring", percent=50)
    assert [item.price_cents for item in (await codes.order()).items] == [960, 500]


async def test_parallel_orders_never_use_a_code_too_often(codes, shop):
    discount = await codes.create(max_uses=3)
    buyers = [await make.person(shop.services) for _ in range(8)]
    made = await asyncio.gather(
        *(codes.order(buyer=buyer) for buyer in buyers), return_exceptions=True
    )
    refused = [each for each in made if isinstance(each, BaseException)]
    assert {type(each) for each in refused} == {DiscountUsedUp}
    assert (len(refused), await codes.used(discount)) == (5, 3)
    await codes.ensure_right(discount.id)


async def test_parallel_orders_of_a_buyer_use_a_code_once(codes):
    discount = await codes.create(max_uses_per_buyer=1)
    made = await asyncio.gather(*(codes.order() for _ in range(4)), return_exceptions=True)
    refused = [each for each in made if isinstance(each, VezaError)]
    assert [type(each) for each in refused] == [DiscountAlreadyUsed] * 3
    with pytest.raises(DiscountAlreadyUsed):
        await codes.quote()
    assert await codes.used(discount) == 1


async def test_a_cancelled_order_gives_its_use_back_and_a_paid_or_failed_one_does_not(codes):
    discount = await codes.create(max_uses_per_buyer=1)
    first = await codes.order()
    await codes.settle(first, PaymentFailed("declined"))
    assert await codes.used(discount) == 1
    for _ in range(2):
        await codes.settle(first)
        assert await codes.used(discount) == 0
    # Paid too late: it is returned, and buys nothing.
    await codes.settle(first, PaymentMade(first.total_cents, first.currency))
    assert await codes.used(discount) == 0
    second = await codes.order()
    await codes.settle(second, PaymentMade(second.total_cents, second.currency))
    assert await codes.used(discount) == 1
    async with codes.shop.services.database.transaction() as tx:
        await make.refunded_item(tx, second.id)
    assert await codes.used(discount) == 1
    await codes.ensure_right(first.id, second.id, discount.id)


async def test_an_order_that_is_placed_while_another_is_cancelled_does_not_deadlock(codes, shop):
    """Both lock products before discounts: the cancelled one gives back a unit of a limited one."""
    database, seller = shop.services.database, shop.sellers[0]
    limited = await shop.product(stock=3)
    shop.product_ids[0] = limited
    discount = await codes.create()
    order = await codes.order()
    async with database.transaction() as tx:
        await products.lock_for_sale(tx, [limited])
        cancelled = asyncio.create_task(codes.settle(order))
        await until_somebody_waits(database)
        [locked] = await queries.lock_by_code(tx, "spring", [seller.id])
    await cancelled
    assert (locked.used_count, await codes.used(discount)) == (1, 0)
    assert await shop.count("select stock from products where id = $1", limited) == 3


async def test_orders_keep_what_a_changed_or_deleted_code_took_off(codes, shop):
    discount = await codes.create()
    order = await codes.order()
    target = DiscountTarget(discount.id, shop.sellers[0].id)
    async with shop.services.database.transaction() as tx:
        changed = await discounts.update(tx, target, DiscountChange(max_uses=1, label="Over"))
        assert (changed.used_count, changed.label, changed.percent) == (1, "Over", 20)
        await discounts.delete(tx, target)
    assert (await shop.see(order.id)).total_cents == 1460
    await codes.settle(order)
    await codes.ensure_right(order.id)


async def test_guests_use_a_code_by_address_and_a_cart_has_its_code(
    client, services, seller, product_id, refusal
):
    async with services.database.transaction() as tx:
        await make.discount(tx, seller.member, max_uses_per_buyer=1)
        await make.discount(tx, seller.member, "MORE", percent=50)
    form = cart(address(), product_id, discount_code="spring")
    first, again = await place(client, form), await place(client, form)
    assert (first["id"], first["total_cents"]) == (again["id"], 960)
    other = await place(client, form | {"discount_code": "MORE"})
    assert (other["total_cents"], other["id"] == first["id"]) == (600, False)
    more = form | {"items": [{"product_id": str(product_id), "price_cents": 960}]}
    answer = await client.post("marketplace/orders", json=more)
    assert refusal(answer) == (409, "discount_already_used")
    elsewhere = await place(client, form | {"email": address()})
    assert elsewhere["total_cents"] == 960
    quote = await client.post(
        "marketplace/quotes", json={"items": form["items"], "discount_code": "Spring"}
    )
    assert quote.json()["data"]["total_cents"] == 960


async def test_guessing_is_limited_in_orders_and_quotes_together(
    client, services, seller, product_id, refusal
):
    buyer = await make.person(services)
    async with services.database.transaction() as tx:
        await make.discount(tx, seller.member)
    form = {"items": [{"product_id": str(product_id)}]}

    async def ask(path, code):
        return await client.post(
            f"marketplace/{path}", headers=buyer.headers, json=form | {"discount_code": code}
        )

    wrong = [await ask(("orders", "quotes")[n % 2], f"WRONG-{n}") for n in range(30)]
    assert refusal(wrong[0]) == refusal(wrong[1]) == (404, "discount_not_found")
    assert refusal(wrong[-1]) == (429, "too_many_discount_codes")
    assert refusal(await ask("quotes", "SPRING")) == (429, "too_many_discount_codes")
    plain = await client.post("marketplace/quotes", headers=buyer.headers, json=form)
    assert plain.json()["data"]["total_cents"] == 1200


async def test_erasing_a_seller_deletes_codes_and_erasing_a_buyer_forgets_who_used_them(
    codes, shop
):
    discount = await codes.create(max_uses_per_buyer=1)
    order = await codes.order()
    seller = shop.sellers[0]
    async with shop.services.database.transaction() as tx:
        await order_data.erase(tx, shop.buyer.id)
    assert await codes.used(discount) == 1
    assert (await codes.quote()).total_cents == 1460
    async with shop.services.database.transaction() as tx:
        exported = await personal_data.export(tx, seller.id)
        assert [each.code for each in exported.discounts] == ["SPRING"]
        await order_data.erase(tx, seller.id)
        await personal_data.erase(tx, seller.id)
        await personal_data.erase(tx, seller.id)
    with pytest.raises(DiscountNotFound):
        await codes.quote()
    await codes.settle(order)
    await codes.ensure_right(OrderId(order.id))
