"""Look-ups of purchases and payments, and erasure of buyers and sellers."""

import pytest

from tests import make
from veza.core.access import Role
from veza.core.ids import OrderItemId, ProductId, RefundId, new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.orders import personal_data
from veza.domains.marketplace.orders import shared_queries as order_queries
from veza.domains.marketplace.orders.errors import ProductNotBought, ProductWithoutRelease
from veza.domains.marketplace.orders.models.checkout import Purchase
from veza.domains.marketplace.orders.models.guests import Opener
from veza.domains.marketplace.orders.models.state import (
    DisputeOpened,
    DisputeWon,
    PaymentExpired,
    PaymentMade,
    RefundBegun,
    RefundMade,
)
from veza.domains.marketplace.orders.queries.checkout import update_payment
from veza.domains.marketplace.orders.queries.personal_data import has_open_sales
from veza.domains.marketplace.orders.service import purchases, settlement
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.infra.payments.provider import DisputeState, Payment, PaymentDispute, PaymentState


async def _only_line(tx, order_id):
    """Return the line of an order of one product."""
    [line] = (await settlement.read_state(tx, order_id)).lines
    return line


async def test_a_purchase_is_found_and_marked_after_its_refund(tx):
    buyer, _ = await make.member_in(tx)
    seller, _ = await make.member_in(tx, Role.CREATOR)
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    line = await _only_line(tx, order_id)

    found = await order_queries.find_purchase(tx, buyer.id, line.product_id)
    assert found == Purchase(order_id, line.id, is_refunded=False)
    assert await order_queries.find_purchase(tx, seller.id, line.product_id) is None
    assert await order_queries.find_purchase(tx, buyer.id, ProductId(new_id())) is None

    refund_id = RefundId(new_id())
    await settlement.settle(tx, order_id, RefundBegun(refund_id, [line.id]))
    await settlement.settle(tx, order_id, RefundMade(refund_id))
    found = await order_queries.find_purchase(tx, buyer.id, line.product_id)
    assert found == Purchase(order_id, line.id, is_refunded=True)


async def test_an_unpaid_order_is_no_purchase(tx):
    buyer, _ = await make.member_in(tx)
    seller, _ = await make.member_in(tx, Role.CREATOR)
    order_id = await make.order(tx, buyer, (seller, 1000))
    line = await _only_line(tx, order_id)

    assert await order_queries.find_purchase(tx, buyer.id, line.product_id) is None


async def test_a_release_is_held_by_its_buyers_and_its_seller_alone(tx):
    buyer, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    seller, _ = await make.member_in(tx, Role.CREATOR)
    track_id = await make.bare_track(tx, seller, "Prelude")
    release_id = await make.release(tx, seller, "Night Ferry", track_id)
    product_id = await make.product(tx, seller, release_id=release_id)
    await make.bought(tx, buyer, product_id)

    for holder in (buyer, seller):
        assert await purchases.get_held_release(tx, product_id, holder) == release_id
    with pytest.raises(ProductNotBought):
        await purchases.get_held_release(tx, product_id, other)
    with pytest.raises(ProductNotFound):
        await purchases.get_held_release(tx, ProductId(new_id()), buyer)
    with pytest.raises(ProductWithoutRelease):
        await purchases.get_held_release(tx, await make.product(tx, seller), seller)


async def test_a_payment_belongs_to_the_buyer_of_its_order(tx):
    buyer, _ = await make.member_in(tx)
    seller, _ = await make.member_in(tx, Role.CREATOR)
    order_id = await make.order(tx, buyer, (seller, 1000))
    payment_ref = settlement.payment_ref(order_id)

    assert settlement.parse_payment_ref(payment_ref) == order_id
    assert await purchases.may_pay(tx, Opener(buyer.id), payment_ref)
    assert not await purchases.may_pay(tx, Opener(seller.id), payment_ref)
    assert not await purchases.may_pay(tx, Opener(), payment_ref)
    assert not await purchases.may_pay(tx, Opener(buyer.id), "p_unknown")


async def test_an_order_of_erased_members_can_still_be_refunded(tx):
    buyer, _ = await make.member_in(tx)
    seller, _ = await make.member_in(tx, Role.CREATOR)
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    before = await _only_line(tx, order_id)

    for member in (buyer, seller):
        await personal_data.erase(tx, member.id)

    state = await settlement.read_state(tx, order_id)
    assert (state.buyer_id, state.status) == (None, "paid")
    assert state.lines[0].seller_id is None
    assert state.lines[0].seller_subject == before.seller_subject
    refund_id = RefundId(new_id())
    item_ids = [OrderItemId(before.id)]
    await settlement.settle(tx, order_id, RefundBegun(refund_id, item_ids))
    assert (await settlement.settle(tx, order_id, RefundMade(refund_id))).status == "refunded"


async def test_a_payment_that_was_begun_for_a_buyer_who_is_gone_is_stored_and_returned(tx):
    buyer, _ = await make.member_in(tx)
    seller, _ = await make.member_in(tx, Role.CREATOR)
    order_id = await make.order(tx, buyer, (seller, 1000))
    await personal_data.erase(tx, buyer.id)

    payment = Payment(settlement.payment_ref(order_id), PaymentState.PENDING, 1000, "EUR")
    stored = await update_payment(tx, order_id, payment, provider="sandbox")
    assert (stored.payment_ref, stored.status) == (payment.id, "pending")
    assert await update_payment(tx, order_id, payment, provider="sandbox") is None
    settled = await settlement.settle(tx, order_id, PaymentMade(1000, "EUR"))
    assert settled.status == "refund_pending"


async def test_the_export_shows_ones_own_orders_and_the_sales_that_were_paid_in_time(tx):
    buyer, _ = await make.member_in(tx)
    seller, other = [(await make.member_in(tx, Role.CREATOR))[0] for _ in range(2)]
    paid = await make.paid_order(tx, buyer, (seller, 1000), (other, 500))
    unpaid = await make.order(tx, buyer, (seller, 700))
    late = await make.order(tx, buyer, (seller, 300))
    for event in (PaymentExpired(), PaymentMade(300, "EUR")):
        await settlement.settle(tx, late, event)

    of_seller = await personal_data.export(tx, seller.id)
    assert [(sale.order_id, sale.net_cents) for sale in of_seller.sales] == [(paid, 900)]
    assert of_seller.orders == []
    of_buyer = await personal_data.export(tx, buyer.id)
    assert [order.id for order in of_buyer.orders] == [paid, unpaid, late]
    assert of_buyer.sales == []


async def test_a_dispute_in_another_currency_has_no_amount(tx):
    buyer, _ = await make.member_in(tx)
    seller, _ = await make.member_in(tx, Role.CREATOR)
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    order = await settlement.read_state(tx, order_id)

    for currency, cents in (("EUR", 1000), ("USD", 0)):
        ref = settlement.payment_ref(order_id)
        dispute = PaymentDispute("dp_1", ref, DisputeState.OPEN, 1000, currency)
        expected = [DisputeOpened("dp_1", cents)]
        assert settlement.events_from_dispute(order, dispute) == expected


async def test_a_sale_is_open_while_money_may_go_back(tx):
    buyer, _ = await make.member_in(tx)
    seller, other = [(await make.member_in(tx, Role.CREATOR))[0] for _ in range(2)]
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    await make.paid_order(tx, buyer, (other, 1000))

    async def are_open():
        return [await has_open_sales(tx, each.id, [MoneyMode.TEST]) for each in (seller, other)]

    assert await are_open() == [False, False]
    await settlement.settle(tx, order_id, DisputeOpened("dp_1", 1000))
    assert await are_open() == [True, False]
    assert not await has_open_sales(tx, seller.id, [MoneyMode.LIVE])
    await settlement.settle(tx, order_id, DisputeWon("dp_1"))
    assert await are_open() == [False, False]
    await make.order(tx, buyer, (other, 1000))
    assert await are_open() == [False, True]
