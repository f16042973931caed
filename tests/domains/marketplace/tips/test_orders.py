"""A tip is a line of an order: paid, divided, refunded and counted as any other."""

import asyncio

import pytest

from tests import make
from tests.infra.waiting import until
from tests.raw import borrowed
from tests.support.ordering import place_order
from veza.app.domains import PERSONAL_DATA
from veza.core.errors import Invalid
from veza.core.ids import ProfileId, RefundId, new_id
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import invariants
from veza.domains.marketplace.orders.errors import MixedCurrencies
from veza.domains.marketplace.orders.models.checkout import OrderForm, OrderItemForm
from veza.domains.marketplace.orders.models.state import (
    DisputeLost,
    DisputeOpened,
    LineKind,
    OrderStatus,
    PaymentExpired,
    PaymentMade,
    RefundBegun,
    RefundMade,
)
from veza.domains.marketplace.orders.queries import sales
from veza.domains.marketplace.orders.service.settlement import settle
from veza.domains.marketplace.splits import service as splits
from veza.domains.marketplace.splits.models import SplitForm, SplitPartForm, SplitTarget
from veza.domains.marketplace.tips import invariants as tip_invariants
from veza.domains.marketplace.tips import service as tips
from veza.domains.marketplace.tips.errors import OwnTip, TipsNotTaken
from veza.domains.marketplace.tips.models import TipForm, TipJarForm
from veza.domains.privacy.service import erase


async def _open_jar(shop, seller, currency="EUR", **columns):
    async with shop.services.database.transaction() as tx:
        await make.tip_jar(tx, seller.member, currency=currency, **columns)


def _tip(seller, cents=300, message=""):
    return TipForm(ProfileId(seller.id), cents, message)


async def _order(shop, form, buyer=None):
    buyer = (buyer or shop.buyer).member
    return await place_order(shop.services.database, shop.checkout, buyer, form)


async def _settle(shop, order_id, event):
    async with shop.services.database.transaction() as tx:
        return await settle(tx, order_id, event)


async def _ensure_right(shop, *ids):
    async with shop.services.database.read() as conn:
        rules = invariants.INVARIANTS | tip_invariants.INVARIANTS
        found = await ledger.find_violations(conn, rules)
    assert [each for each in found if any(str(one) in each.where for one in ids)] == []


async def test_products_and_tips_are_paid_together_and_the_tip_gives_no_licence(shop):
    seller = shop.sellers[0]
    await _open_jar(shop, seller)
    form = OrderForm(
        [OrderItemForm(shop.product_ids[1])], tips=[_tip(seller, 300, " for\x00 you\n ")]
    )
    order = await _order(shop, form)
    assert (order.total_cents, order.currency) == (800, "EUR")
    product, tip = order.items
    assert (product.kind, tip.kind, tip.product_id) == (LineKind.PRODUCT, LineKind.TIP, None)
    assert (tip.price_cents, tip.list_cents, tip.seller.id) == (300, 300, seller.id)
    settled = await _settle(shop, order.id, PaymentMade(800, "EUR"))
    assert settled.status is OrderStatus.PAID
    item_ids = [product.id, tip.id]
    assert await shop.count("select count(*) from licences where item_id = any($1)", item_ids) == 1
    written = "select count(*) from tips where item_id = any($1) and message = 'for  you'"
    assert await shop.count(written, item_ids) == 1
    await _ensure_right(shop, order.id, product.product_id)
    refund = RefundId(new_id())
    await _settle(shop, order.id, RefundBegun(refund, [tip.id]))
    settled = await _settle(shop, order.id, RefundMade(refund))
    assert settled.status is OrderStatus.PARTIALLY_REFUNDED


async def test_a_tip_alone_is_an_order_and_may_be_given_again(shop):
    seller = shop.sellers[1]
    await _open_jar(shop, seller, currency="CHF")
    for _ in range(2):
        order = await _order(shop, OrderForm(tips=[_tip(seller)]))
        assert order.currency == "CHF"
        settled = await _settle(shop, order.id, PaymentMade(300, "CHF"))
        assert settled.status is OrderStatus.PAID
        await _ensure_right(shop, order.id)


async def test_tips_are_refused_for_their_reason(shop):
    seller, other = shop.sellers
    await _open_jar(shop, seller)
    await _open_jar(shop, other, is_open=False)
    await _open_jar(shop, shop.buyer)
    with pytest.raises(TipsNotTaken):
        await _order(shop, OrderForm(tips=[_tip(other)]))
    with pytest.raises(OwnTip):
        await _order(shop, OrderForm(tips=[_tip(shop.buyer)]))
    with pytest.raises(MixedCurrencies):
        await _order(shop, OrderForm(tips=[_tip(seller)], currency="CHF"))
    with pytest.raises(Invalid):
        await _order(shop, OrderForm())
    await make.suspended(shop.services, seller)
    with pytest.raises(TipsNotTaken):
        await _order(shop, OrderForm(tips=[_tip(seller)]))


async def test_a_tip_is_divided_as_the_parties_of_the_profile_agreed(shop):
    seller, other = shop.sellers
    await _open_jar(shop, seller)
    target = SplitTarget(profile_id=ProfileId(seller.id))
    parts = [SplitPartForm(seller.id, 6667), SplitPartForm(other.id, 3333)]
    async with shop.services.database.transaction() as tx:
        await splits.propose(tx, target, seller.member, SplitForm(parts))
        await splits.accept(tx, target, other.member, None)
    order = await _order(shop, OrderForm(tips=[_tip(seller, 1001)]))
    await _settle(shop, order.id, PaymentMade(1001, "EUR"))
    async with shop.services.database.read() as conn:
        [tip] = await sales.list_sold_items(conn, seller.id, [order.id])
    assert tip.net_cents > tip.share_cents == round(tip.net_cents * 0.6667)
    await _ensure_right(shop, order.id)


_IS_SOMEBODY_WAITING = """
    select exists (select from pg_stat_activity
                    where datname = current_database() and wait_event_type = 'Lock')
"""


async def test_who_closes_the_jar_waits_for_an_order_that_was_first(shop):
    seller = shop.sellers[0]
    await _open_jar(shop, seller)
    database = shop.services.database

    async def close():
        async with database.transaction() as tx:
            await tips.set_jar(tx, seller.member, TipJarForm(False, "EUR", [300]))

    async def is_waited_for():
        async with borrowed(shop.services) as raw:
            return await raw.fetchval(_IS_SOMEBODY_WAITING)

    async with database.transaction() as tx:
        [ordered] = await tips.lock_tips(tx, [_tip(seller)], shop.buyer.id)
        closing = asyncio.create_task(close())
        await until(is_waited_for)
    await closing
    assert ordered.jar.profile_id == seller.id
    with pytest.raises(TipsNotTaken):
        await _order(shop, OrderForm(tips=[_tip(seller)]))


async def test_orders_beside_a_closing_jar_are_whole_or_refused(shop):
    seller = shop.sellers[0]
    await _open_jar(shop, seller)

    async def give():
        try:
            return await _order(shop, OrderForm(tips=[_tip(seller)]))
        except TipsNotTaken:
            return None

    async def close():
        await _open_jar(shop, seller, is_open=False)

    made, *_ = await asyncio.gather(asyncio.gather(*(give() for _ in range(6))), close())
    sql = "select count(*) from order_items where kind = 'tip' and seller_id = $1"
    ids = [order.id for order in made if order is not None]
    assert await shop.count(sql, seller.id) == len(ids)
    await _ensure_right(shop, *ids)


async def test_a_late_payment_for_an_erased_profile_is_returned(shop):
    seller = shop.sellers[0]
    await _open_jar(shop, seller)
    order = await _order(shop, OrderForm(tips=[_tip(seller, 300, "Encore!")]))
    await _settle(shop, order.id, PaymentExpired())
    async with shop.services.database.transaction() as tx:
        await erase(tx, PERSONAL_DATA, seller.id)
    settled = await _settle(shop, order.id, PaymentMade(300, "EUR"))
    assert settled.status is OrderStatus.REFUND_PENDING
    kept = "select count(*) from tips where item_id = $1 and message is null"
    assert await shop.count(kept, order.items[0].id) == 1
    assert await shop.count("select count(*) from tip_jars where profile_id = $1", seller.id) == 0
    await _ensure_right(shop, order.id)


async def test_a_dispute_takes_a_tip_back(shop):
    seller = shop.sellers[1]
    await _open_jar(shop, seller)
    order = await _order(shop, OrderForm(tips=[_tip(seller)]))
    for event in (PaymentMade(300, "EUR"), DisputeOpened("d", 300), DisputeLost("d")):
        settled = await _settle(shop, order.id, event)
    assert settled.has_changed
    await _ensure_right(shop, order.id)


async def test_the_words_of_a_giver_are_forgotten_with_them(shop):
    giver = await make.person(shop.services)
    async with shop.services.database.transaction() as tx:
        order_id = await make.paid_tip(tx, shop.services, giver.member, shop.sellers[0].member)
        await erase(tx, PERSONAL_DATA, giver.id)
    kept = """
        select count(*)
          from tips t
          join order_items i on i.id = t.item_id
         where i.order_id = $1 and t.message is null
    """
    assert await shop.count(kept, order_id) == 1
    await _ensure_right(shop, order_id)
