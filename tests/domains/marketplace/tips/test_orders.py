"""A tip is a line of an order: paid, divided, refunded and counted as any other."""

import pytest

from tests import make
from tests.support.ordering import place_order
from veza.core.errors import Invalid
from veza.core.ids import ProfileId, RefundId, new_id
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import invariants
from veza.domains.marketplace.orders.errors import MixedCurrencies
from veza.domains.marketplace.orders.models.checkout import OrderForm, OrderItemForm
from veza.domains.marketplace.orders.models.state import (
    LineKind,
    OrderStatus,
    PaymentMade,
    RefundBegun,
    RefundMade,
)
from veza.domains.marketplace.orders.queries import sales
from veza.domains.marketplace.orders.service.settlement import settle
from veza.domains.marketplace.splits import service as splits
from veza.domains.marketplace.splits.models import SplitForm, SplitPartForm, SplitTarget
from veza.domains.marketplace.tips.errors import OwnTip, TipsNotTaken
from veza.domains.marketplace.tips.models import TipForm


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
        found = await ledger.find_violations(conn, invariants.INVARIANTS)
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
