"""Who may have what refunded, and for how long."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

from veza.core.access import Member, Role
from veza.core.ids import OrderId, OrderItemId, RefundId, SubjectId, UserId, new_id
from veza.domains.marketplace.orders.errors import OrderNotFound, OrderNotPaid
from veza.domains.marketplace.refunds import rules
from veza.domains.marketplace.refunds.errors import (
    AlreadyRefunded,
    NothingToRefund,
    OrderIsDisputed,
    OrderItemNotFound,
    RefundWindowOver,
)
from veza.domains.marketplace.refunds.models import RefundableItem, RefundableOrder, RefundScope

PAID = datetime(2026, 11, 25, 12, tzinfo=UTC)
WINDOW = timedelta(days=30)
BUYER, BEN, CAT = (UserId(new_id()) for _ in range(3))
BENS, CATS = SubjectId(new_id()), SubjectId(new_id())
ORDER = RefundableOrder(OrderId(new_id()), BUYER, "EUR", PAID, is_disputed=False)


def item(subject=BENS, cents=1000, refund_id=None):
    seller = {BENS: BEN, CATS: CAT}[subject]
    return RefundableItem(OrderItemId(new_id()), seller, subject, cents, refund_id)


def member(user_id, role=Role.USER):
    return Member(user_id, role, None)


def test_the_scope_of_a_buyer_is_the_whole_order_within_the_window():
    assert rules.scope_of(ORDER, [item()], member(BUYER), WINDOW) == RefundScope(
        window=WINDOW, is_buyer=True
    )


def test_the_scope_of_a_seller_is_their_own_items():
    items = [item(BENS), item(CATS), item(BENS)]
    scope = rules.scope_of(ORDER, items, member(BEN, Role.CREATOR), WINDOW)

    assert scope == RefundScope(BENS, WINDOW)
    assert rules.choose_items(items, scope, None) == [items[0], items[2]]
    with pytest.raises(OrderItemNotFound):
        rules.choose_items(items, scope, [items[0].id, items[1].id])


def test_the_scope_of_an_admin_has_no_window():
    assert rules.scope_of(ORDER, [item()], member(new_id(), Role.ADMIN), WINDOW) == RefundScope()


@pytest.mark.parametrize("role", [Role.USER, Role.CREATOR, Role.MODERATOR])
def test_other_members_have_no_scope(role):
    with pytest.raises(OrderNotFound):
        rules.scope_of(ORDER, [item()], member(new_id(), role), WINDOW)


def test_named_items_are_refunded_or_else_all_unrefunded_ones():
    items = [item(), item(refund_id=RefundId(new_id())), item()]

    assert rules.choose_items(items, RefundScope(), [items[2].id, items[2].id]) == [items[2]]
    assert rules.choose_items(items, RefundScope(), None) == [items[0], items[2]]
    with pytest.raises(AlreadyRefunded):
        rules.choose_items(items, RefundScope(), [items[1].id, items[2].id])
    with pytest.raises(AlreadyRefunded):
        rules.choose_items([items[1]], RefundScope(), None)
    with pytest.raises(OrderItemNotFound):
        rules.choose_items(items, RefundScope(), [OrderItemId(new_id())])


def test_free_items_alone_are_not_refunded():
    gift, ware = item(cents=0), item()

    assert rules.choose_items([gift, ware], RefundScope(), None) == [gift, ware]
    with pytest.raises(NothingToRefund):
        rules.choose_items([gift, ware], RefundScope(), [gift.id])


def test_the_window_ends():
    end, moment = PAID + WINDOW, timedelta(microseconds=1)

    rules.ensure_in_time(ORDER, [item()], window=WINDOW, moment=end)
    rules.ensure_in_time(ORDER, [item()], window=None, moment=end + timedelta(days=9999))
    with pytest.raises(RefundWindowOver):
        rules.ensure_in_time(ORDER, [item()], window=WINDOW, moment=end + moment)


def test_the_window_of_a_preorder_starts_with_its_delivery():
    late = PAID + timedelta(days=100)
    waiting = structs.replace(item(), is_undelivered=True)
    delivered = structs.replace(item(), delivered_at=late)

    rules.ensure_in_time(ORDER, [waiting], window=WINDOW, moment=late + WINDOW * 2)
    rules.ensure_in_time(ORDER, [waiting, delivered], window=WINDOW, moment=late + WINDOW)
    for chosen, moment in [
        ([delivered], late + WINDOW + timedelta(microseconds=1)),
        ([waiting, item()], late),
    ]:
        with pytest.raises(RefundWindowOver):
            rules.ensure_in_time(ORDER, chosen, window=WINDOW, moment=moment)


def test_unpaid_and_disputed_orders_are_not_refundable():
    with pytest.raises(OrderNotPaid):
        rules.ensure_refundable(structs.replace(ORDER, paid_at=None))
    with pytest.raises(OrderIsDisputed):
        rules.ensure_refundable(structs.replace(ORDER, is_disputed=True))


def test_a_refund_reference_is_short_and_can_be_parsed():
    refund_id = RefundId(new_id())
    ref = rules.refund_ref(refund_id)

    assert len(ref) <= 30
    assert rules.parse_refund_ref(ref) == refund_id
    for other in ("", "r", "x" + ref[1:], ref + "a", ref.upper(), "r" + "é" * 26):
        assert rules.parse_refund_ref(other) is None
