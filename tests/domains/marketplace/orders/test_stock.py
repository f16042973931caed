"""Limited products: a unit for each order, given back when it ends, and never one too many."""

import asyncio
from collections import Counter

import pytest
from msgspec import structs

from tests import make
from tests.support.addresses import own_address
from tests.support.ordering import place_order
from veza.core.guest_request import GuestRequest
from veza.core.ids import OrderId, RefundId, new_id
from veza.core.languages import Language
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders.errors import AlreadyOwned, TooManyUnpaidUnits
from veza.domains.marketplace.orders.invariants import INVARIANTS
from veza.domains.marketplace.orders.models.checkout import OrderForm, OrderItemForm
from veza.domains.marketplace.orders.models.state import (
    DisputeLost,
    DisputeOpened,
    PaymentExpired,
    PaymentFailed,
    PaymentMade,
    RefundBegun,
    RefundFailed,
    RefundMade,
)
from veza.domains.marketplace.orders.service import guest_orders, settlement
from veza.domains.marketplace.orders.service.guest_orders import GuestDesk
from veza.domains.marketplace.products.errors import SoldOut
from veza.domains.marketplace.quotes import service as quotes
from veza.domains.marketplace.quotes.models import QuoteForm

PAID = PaymentMade(1200, "EUR")


async def settle(shop, order_id, *events):
    async with shop.services.database.transaction() as tx:
        return [await settlement.settle(tx, order_id, event) for event in events][-1]


async def left(shop, product_id):
    async with shop.services.database.read() as conn:
        return await conn.value(int, "select stock from products where id = $1", product_id)


async def held(shop, product_id):
    sql = "select count(*) from order_items where product_id = $1 and holds_unit"
    return await shop.count(sql, product_id)


async def ensure_right(shop, *order_ids):
    async with shop.services.database.read() as conn:
        found = await ledger.find_violations(conn, INVARIANTS)
    named = [str(each) for each in order_ids]
    assert [each for each in found if any(one in each.where for one in named)] == []


def desk_of(shop):
    """Where guests order, who need no proof of work however many they are."""
    gate = structs.replace(shop.services.sign_up.gate, most_unproved=0)
    key = shop.services.keys.derive(guest_orders.KEY_PURPOSE)
    return GuestDesk(shop.checkout, gate, key)


async def order_as_guest(shop, desk, *product_ids, ip=None):
    email = f"g{new_id().hex[-12:]}@example.com"
    form = OrderForm([OrderItemForm(each) for each in product_ids], email=email)
    request = GuestRequest(ip or own_address(), Language.ENGLISH, None, bytes(32))
    return await guest_orders.check_out(shop.services.database, desk, form, request)


async def test_the_last_one_is_sold_once_and_an_order_holds_it(shop):
    product_id = await shop.product(stock=1)
    order_id = OrderId(new_id())
    order = await shop.order(product_id, order_id=order_id)
    assert await left(shop, product_id) == 0
    other = await make.person(shop.services)
    with pytest.raises(SoldOut):
        await shop.order(product_id, shop.product_ids[0], buyer=other)
    with pytest.raises(SoldOut):
        await order_as_guest(shop, desk_of(shop), product_id)

    # The same request again is the same order, though nothing is left.
    assert (await shop.order(product_id, order_id=order_id)).id == order.id
    # A payment that failed may be made again.
    await settle(shop, order_id, PaymentFailed("No"))
    assert (await left(shop, product_id), await held(shop, product_id)) == (0, 1)
    assert (await settle(shop, order_id, PAID)).status == "paid"
    assert (await left(shop, product_id), await held(shop, product_id)) == (0, 1)
    with pytest.raises(AlreadyOwned):
        await shop.order(product_id)
    await ensure_right(shop, order_id)


async def test_fifty_requests_with_one_key_take_one_unit(shop):
    product_id, order_id = await shop.product(stock=1), OrderId(new_id())
    made = await asyncio.gather(*(shop.order(product_id, order_id=order_id) for _ in range(50)))
    assert {order.id for order in made} == {order_id}
    assert (await left(shop, product_id), await held(shop, product_id)) == (0, 1)


ENDS = {
    "expired": [PaymentExpired()],
    "expired twice": [PaymentExpired(), PaymentExpired()],
    "failed, then expired": [PaymentFailed("No"), PaymentExpired()],
    "paid after it was cancelled": [PaymentExpired(), PAID],
    "charged back": [PAID, DisputeOpened("one", 1200), DisputeLost("one")],
}


@pytest.mark.parametrize("events", ENDS.values(), ids=ENDS)
async def test_an_order_that_ends_gives_its_unit_back_once(shop, events):
    product_id = await shop.product(stock=2)
    order = await shop.order(product_id)
    assert await left(shop, product_id) == 1
    await settle(shop, order.id, *events)
    assert (await left(shop, product_id), await held(shop, product_id)) == (2, 0)
    await ensure_right(shop, order.id)


async def test_a_payment_that_is_too_late_buys_no_unit(shop):
    product_id = await shop.product(stock=1)
    order = await shop.order(product_id)
    await shop.wait(order.id, 31 + 24 * 60)
    assert (await settle(shop, order.id, PAID)).status == "refund_pending"
    assert (await left(shop, product_id), await held(shop, product_id)) == (1, 0)
    await ensure_right(shop, order.id)


async def test_a_refunded_line_gives_its_own_unit_back(shop):
    limited, other = await shop.product(stock=3), await shop.product(stock=5)
    endless = await shop.product()
    order = await shop.order(limited, other, endless)
    await settle(shop, order.id, PaymentMade(3600, "EUR"))
    items = {item.product_id: item.id for item in order.items}
    failed, made = RefundId(new_id()), RefundId(new_id())
    await settle(shop, order.id, RefundBegun(failed, [items[limited]]), RefundFailed(failed))
    assert await left(shop, limited) == 2
    await settle(shop, order.id, RefundBegun(made, [items[limited], items[endless]]))
    assert await left(shop, limited) == 2
    await settle(shop, order.id, RefundMade(made))
    await settle(shop, order.id, RefundMade(made))
    assert [await left(shop, each) for each in (limited, other, endless)] == [3, 4, None]
    await ensure_right(shop, order.id)


async def test_what_is_limited_after_it_was_ordered_gets_no_unit_back(shop):
    product_id = await shop.product()
    order = await shop.order(product_id)
    async with shop.services.database.transaction() as tx:
        await tx.run("update products set stock = 4 where id = $1", product_id)
    await settle(shop, order.id, PaymentExpired())
    assert await left(shop, product_id) == 4


async def test_a_download_code_takes_no_unit(shop):
    product_id = await shop.product(stock=0)
    async with shop.services.database.transaction() as tx:
        batch = await make.code_batch(tx, shop.sellers[0].member, product_id)
    order_id = await make.redeemed(shop.services, shop.buyer, batch.codes[0])
    assert (await shop.see(order_id)).status == "paid"
    assert (await left(shop, product_id), await held(shop, product_id)) == (0, 0)
    await ensure_right(shop, order_id)


async def test_a_member_holds_five_unpaid_units_however_many_orders_run_at_once(shop):
    product_ids = [await shop.product(stock=9) for _ in range(8)]
    with pytest.raises(TooManyUnpaidUnits):
        await shop.order(*product_ids[:6])
    made = await asyncio.gather(*map(shop.order, product_ids), return_exceptions=True)
    placed = [each for each in made if not isinstance(each, BaseException)]
    refused = [each for each in made if isinstance(each, TooManyUnpaidUnits)]
    assert (len(placed), len(refused)) == (5, 3), made
    assert sum([await left(shop, each) for each in product_ids]) == 8 * 9 - 5

    # What is paid, or has expired, makes room; and what is not limited needs none.
    await settle(shop, placed[0].id, PAID)
    await settle(shop, placed[1].id, PaymentExpired())
    await shop.order(await shop.product())
    free = [each for each in product_ids if each not in {_product(one) for one in placed}]
    for product_id in free[:2]:
        await shop.order(product_id)
    with pytest.raises(TooManyUnpaidUnits):
        await shop.order(free[2])


async def test_guests_of_a_network_hold_five_unpaid_units_whatever_their_addresses(shop):
    product_id, desk, ip = await shop.product(stock=20), desk_of(shop), own_address()
    orders = [order_as_guest(shop, desk, product_id, ip=ip) for _ in range(8)]
    made = await asyncio.gather(*orders, return_exceptions=True)
    placed = [each for each in made if not isinstance(each, BaseException)]
    assert Counter(map(type, made)) == {type(placed[0]): 5, TooManyUnpaidUnits: 3}
    assert await left(shop, product_id) == 15

    await order_as_guest(shop, desk, product_id)
    await order_as_guest(shop, desk, shop.product_ids[0], ip=ip)
    await settle(shop, placed[0].id, PAID)
    await order_as_guest(shop, desk, product_id, ip=ip)
    with pytest.raises(TooManyUnpaidUnits):
        await order_as_guest(shop, desk, product_id, ip=ip)


async def test_orders_with_a_code_and_orders_that_end_do_not_deadlock(shop):
    product_id = await shop.product(stock=50)
    async with shop.services.database.transaction() as tx:
        await make.discount(tx, shop.sellers[0].member)
    buyers = [await make.person(shop.services) for _ in range(12)]
    form = OrderForm([OrderItemForm(product_id)], "SPRING")

    async def order_and_let_expire(buyer):
        made = await place_order(shop.services.database, shop.checkout, buyer.member, form)
        await settle(shop, made.id, PaymentExpired())

    await asyncio.gather(*map(order_and_let_expire, buyers))
    assert await left(shop, product_id) == 50
    sql = "select used_count from discounts where seller_id = $1"
    assert await shop.count(sql, shop.sellers[0].id) == 0


async def test_a_quote_of_what_is_sold_out_says_so_but_to_who_has_it(shop):
    product_id = await shop.product(stock=1)
    order = await shop.order(product_id)
    await settle(shop, order.id, PAID)
    form = QuoteForm([OrderItemForm(product_id)])
    async with shop.services.database.read() as conn:
        with pytest.raises(SoldOut):
            await quotes.make_quote(conn, None, form)
        [item] = (await quotes.make_quote(conn, shop.buyer.member, form)).items
    assert item.is_owned


def _product(order):
    return order.items[0].product_id


class Crowd:
    """Members and guests who all want the same product, at most twelve of them at a moment."""

    def __init__(self, shop, product_id, members):
        self.shop, self.product_id, self.members = shop, product_id, members
        self.desk = desk_of(shop)
        self.turns = asyncio.Semaphore(12)
        self.order_ids, self.paid_ids = [], []

    async def buy(self, number, *, pays):
        """Order, and pay or let it expire; return False if it was sold out."""
        async with self.turns:
            try:
                order = await self._order(number)
            except SoldOut:
                return False
            self.order_ids.append(order.id)
            if number % 4 == 1:
                await settle(self.shop, order.id, PaymentFailed("No"))
            end = PAID if pays else PaymentExpired()
            settled = await settle(self.shop, order.id, end)
            assert settled.status == ("paid" if pays else "cancelled")
            if pays:
                self.paid_ids.append(order.id)
            return True

    async def _order(self, number):
        if number >= len(self.members):
            return await order_as_guest(self.shop, self.desk, self.product_id)
        form = OrderForm([OrderItemForm(self.product_id)])
        member = self.members[number].member
        return await place_order(self.shop.services.database, self.shop.checkout, member, form)


@pytest.mark.long
@pytest.mark.parametrize("buyers", [150, pytest.param(1000, marks=pytest.mark.long)])
async def test_of_many_buyers_ten_get_the_ten_pieces(shop, buyers):
    """Of those who get one, most let it expire while the others come."""
    pieces = 10
    product_id = await shop.product(stock=pieces)
    members = [await make.person(shop.services) for _ in range(buyers // 3)]
    crowd = Crowd(shop, product_id, members)
    numbers = range(buyers)
    got = await asyncio.gather(*(crowd.buy(n, pays=n % 5 == 2) for n in numbers))
    # Who got nothing comes back for what expired.
    for number in [number for number in numbers if not got[number]]:
        if not await crowd.buy(number, pays=True):
            break

    assert (len(crowd.paid_ids), await left(shop, product_id)) == (pieces, 0)
    assert len(crowd.order_ids) > pieces
    sql = "select o.id from orders o join order_items i on i.order_id = o.id where "
    async with shop.services.database.read() as conn:
        holders = await conn.column(OrderId, f"{sql} i.holds_unit and product_id = $1", product_id)
    assert sorted(holders) == sorted(crowd.paid_ids)
    sql = "select sales_count from products where id = $1"
    assert await shop.count(sql, product_id) == pieces
    await ensure_right(shop, product_id, *crowd.order_ids)
