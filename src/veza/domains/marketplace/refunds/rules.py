"""Decisions without I/O: everything here can be tested with plain values."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from veza.core.access import Member, Role
from veza.core.ids import OrderItemId, RefundId, read_short, write_short
from veza.domains.marketplace.orders.errors import OrderNotFound, OrderNotPaid
from veza.domains.marketplace.refunds.errors import (
    AlreadyRefunded,
    NothingToRefund,
    OrderIsDisputed,
    OrderItemNotFound,
    RefundWindowOver,
)
from veza.domains.marketplace.refunds.models import (
    InitiatedRefund,
    RefundableItem,
    RefundableOrder,
    RefundScope,
    RefundStatus,
    StoredRefund,
)

# So long a provider has to tell how a refund ended; then people are told that it doesn't.
UNRESOLVED_AFTER = timedelta(days=7)
UNANSWERED = (
    "The payment provider has not told for 7 days whether the money went back. It may still arrive."
)
NOT_MADE = "An admin found that the money did not go back."


def scope_of(
    order: RefundableOrder, items: Sequence[RefundableItem], member: Member, window: timedelta
) -> RefundScope:
    """Tell how far a member may go with an order: its buyer, its sellers, admins.

    Raises OrderNotFound for everybody else.
    """
    if member.role is Role.ADMIN:
        return RefundScope()
    if order.buyer_id == member.id:
        return RefundScope(window=window)
    own = next((item for item in items if item.seller_id == member.id), None)
    if own is None:
        raise OrderNotFound
    return RefundScope(own.seller_subject, window)


def choose_items(
    items: Sequence[RefundableItem], scope: RefundScope, wanted: Sequence[OrderItemId] | None
) -> list[RefundableItem]:
    """Give the lines to refund: those that are wanted, else all that are left in the scope.

    Raises OrderItemNotFound, AlreadyRefunded and NothingToRefund.
    """
    reachable = [item for item in items if is_within(item, scope)]
    if wanted is not None and not set(wanted) <= {item.id for item in reachable}:
        raise OrderItemNotFound
    chosen = [item for item in reachable if wanted is None or item.id in wanted]
    free = [item for item in chosen if item.refund_id is None]
    if not free or (wanted is not None and len(free) < len(chosen)):
        raise AlreadyRefunded
    if total_cents(free) == 0:
        raise NothingToRefund
    return free


def is_within(item: RefundableItem, scope: RefundScope) -> bool:
    """Tell whether a line lies in a scope."""
    return scope.seller_subject in {None, item.seller_subject}


def ensure_refundable(order: RefundableOrder, scope: RefundScope, moment: datetime) -> None:
    """Raise OrderNotPaid, OrderIsDisputed or RefundWindowOver."""
    if order.paid_at is None:
        raise OrderNotPaid
    if order.is_disputed:
        raise OrderIsDisputed
    if scope.window is not None and order.paid_at + scope.window < moment:
        raise RefundWindowOver


def is_open(refund: StoredRefund) -> bool:
    """Return whether a refund may still end either way."""
    return refund.status in {RefundStatus.PENDING, RefundStatus.UNRESOLVED}


def total_cents(items: Sequence[RefundableItem]) -> int:
    """Tell what was paid for some lines."""
    return sum(item.price_cents for item in items)


def refund_ref(refund_id: RefundId) -> str:
    """Name a refund to companies, which take no more than 30 characters."""
    return f"r{write_short(refund_id)}"


def parse_refund_ref(ref: str) -> RefundId | None:
    """Tell which refund a company means; None where it is none of ours."""
    made = read_short(ref[1:]) if ref.startswith("r") else None
    return None if made is None else RefundId(made)


def show_initiated(refund: StoredRefund) -> InitiatedRefund:
    """Show a refund to whoever requested it."""
    return InitiatedRefund(
        message="Refund initiated",
        id=refund.id,
        order_id=refund.order_id,
        status=refund.status,
        amount_cents=refund.amount_cents,
        currency=refund.currency,
        item_ids=refund.item_ids,
    )
