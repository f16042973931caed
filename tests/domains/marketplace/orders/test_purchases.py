"""What others ask of orders: who bought what, and whose a payment is."""

from tests import make
from veza.core.access import Role
from veza.core.ids import OrderItemId, ProductId, RefundId, new_id
from veza.domains.marketplace.orders import personal_data, service
from veza.domains.marketplace.orders.models import Purchase, RefundBegun, RefundMade


async def _sold(tx, order_id):
    """The line of an order of one thing."""
    [line] = (await service.read_state(tx, order_id)).lines
    return line


async def test_who_bought_something_is_known_and_that_the_money_went_back(tx):
    buyer, _ = await make.member_in(tx)
    seller, _ = await make.member_in(tx, Role.CREATOR)
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    line = await _sold(tx, order_id)

    found = await service.find_purchase(tx, buyer.id, line.product_id)
    assert found == Purchase(order_id, line.id, is_refunded=False)
    assert await service.find_purchase(tx, seller.id, line.product_id) is None
    assert await service.find_purchase(tx, buyer.id, ProductId(new_id())) is None

    refund_id = RefundId(new_id())
    await service.settle(tx, order_id, RefundBegun(refund_id, [line.id]))
    await service.settle(tx, order_id, RefundMade(refund_id))
    found = await service.find_purchase(tx, buyer.id, line.product_id)
    assert found == Purchase(order_id, line.id, is_refunded=True)


async def test_what_is_only_ordered_is_no_purchase(tx):
    buyer, _ = await make.member_in(tx)
    seller, _ = await make.member_in(tx, Role.CREATOR)
    order_id = await make.order(tx, buyer, (seller, 1000))
    line = await _sold(tx, order_id)

    assert await service.find_purchase(tx, buyer.id, line.product_id) is None


async def test_a_payment_is_its_buyers(tx):
    buyer, _ = await make.member_in(tx)
    seller, _ = await make.member_in(tx, Role.CREATOR)
    order_id = await make.order(tx, buyer, (seller, 1000))
    payment_ref = service.payment_ref(order_id)

    assert service.order_id_of(payment_ref) == order_id
    assert await service.is_buyer(tx, buyer.id, payment_ref)
    assert not await service.is_buyer(tx, seller.id, payment_ref)
    assert not await service.is_buyer(tx, buyer.id, "p_unknown")


async def test_of_who_is_erased_only_the_books_know(tx):
    buyer, _ = await make.member_in(tx)
    seller, _ = await make.member_in(tx, Role.CREATOR)
    order_id = await make.paid_order(tx, buyer, (seller, 1000))
    before = await _sold(tx, order_id)

    for member in (buyer, seller):
        await personal_data.erase(tx, member.id)

    state = await service.read_state(tx, order_id)
    assert (state.buyer_id, state.status) == (None, "paid")
    assert state.lines[0].seller_id is None
    assert state.lines[0].seller_subject == before.seller_subject
    refund_id = RefundId(new_id())
    item_ids = [OrderItemId(before.id)]
    await service.settle(tx, order_id, RefundBegun(refund_id, item_ids))
    assert (await service.settle(tx, order_id, RefundMade(refund_id))).status == "refunded"
