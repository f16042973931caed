"""The conditions of refunds, and their ids at providers."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from veza.core.access import Member, Role
from veza.core.ids import OrderItemId, RefundId, read_short, write_short
from veza.core.structs import copy_fields
from veza.domains.marketplace.orders.errors import OrderNotFound, OrderNotPaid
from veza.domains.marketplace.orders.models.guests import Opener, OrderLink
from veza.domains.marketplace.orders.rules.access import ensure_may_open, may_see
from veza.domains.marketplace.refunds.errors import (
    AlreadyRefunded,
    NothingToRefund,
    OrderIsDisputed,
    OrderItemNotFound,
    RefundWindowOver,
    ServiceIsCommissioned,
)
from veza.domains.marketplace.refunds.models import (
    InitiatedRefund,
    RefundableItem,
    RefundableOrder,
    RefundScope,
    RefundStatus,
    StoredRefund,
)

# A refund without a result becomes unresolved after this time, and staff are notified.
UNRESOLVED_AFTER = timedelta(days=7)
UNANSWERED = "The payment provider has not confirmed this refund for 7 days. It may still arrive."
NOT_MADE = "An admin found that this refund was not made."


def scope_of(
    order: RefundableOrder,
    items: Sequence[RefundableItem],
    asker: Member | OrderLink,
    window: timedelta,
) -> RefundScope:
    """Return which items of an order somebody may refund: its buyer, its sellers, and admins.

    A guest asks by a link. Raises OrderNotFound for all others, and MailedLinkNeeded.
    """
    if isinstance(asker, OrderLink):
        ensure_may_open(order.id, order.buyer_id, Opener(link=asker))
        return RefundScope(window=window, is_buyer=True)
    member = asker
    if member.role is Role.ADMIN:
        return RefundScope()
    if may_see(order.id, order.buyer_id, Opener(member.id)):
        return RefundScope(window=window, is_buyer=True)
    own = next((item for item in items if item.seller_id == member.id), None)
    if own is None:
        raise OrderNotFound
    return RefundScope(own.seller_subject, window)


def choose_items(
    items: Sequence[RefundableItem], scope: RefundScope, item_ids: Sequence[OrderItemId] | None
) -> list[RefundableItem]:
    """Return the items to refund: those requested, or else all unrefunded items in the scope.

    Raises OrderItemNotFound, AlreadyRefunded, NothingToRefund, and ServiceIsCommissioned for a
    buyer: how a service is cancelled or disputed is agreed, so that it is left out of the whole.
    """
    reachable = [item for item in items if scope.seller_subject in {None, item.seller_subject}]
    if item_ids is not None and not set(item_ids) <= {item.id for item in reachable}:
        raise OrderItemNotFound
    chosen = [item for item in reachable if item_ids is None or item.id in item_ids]
    if scope.is_buyer:
        chosen = _without_services(chosen, item_ids)
    unrefunded = [item for item in chosen if item.refund_id is None]
    if not unrefunded or (item_ids is not None and len(unrefunded) < len(chosen)):
        raise AlreadyRefunded
    if total_cents(unrefunded) == 0:
        raise NothingToRefund
    return unrefunded


def _without_services(
    chosen: Sequence[RefundableItem], item_ids: Sequence[OrderItemId] | None
) -> list[RefundableItem]:
    others = [item for item in chosen if not item.is_service]
    if len(others) < len(chosen) and (item_ids is not None or not others):
        raise ServiceIsCommissioned
    return others


def ensure_refundable(order: RefundableOrder) -> None:
    """Raise OrderNotPaid or OrderIsDisputed."""
    if order.paid_at is None:
        raise OrderNotPaid
    if order.is_disputed:
        raise OrderIsDisputed


def ensure_in_time(
    order: RefundableOrder,
    chosen: Sequence[RefundableItem],
    *,
    window: timedelta | None,
    moment: datetime,
) -> None:
    """Raise RefundWindowOver if an item was paid, or a pre-order delivered, too long ago."""
    if window is None or order.paid_at is None:
        return
    for item in chosen:
        started_at = max(order.paid_at, item.delivered_at or order.paid_at)
        if not item.is_undelivered and started_at + window < moment:
            raise RefundWindowOver


def is_open(refund: StoredRefund) -> bool:
    """Return whether a refund has no result yet."""
    return refund.status in {RefundStatus.PENDING, RefundStatus.UNRESOLVED}


def total_cents(items: Sequence[RefundableItem]) -> int:
    """Return the amount paid for these items."""
    return sum(item.price_cents for item in items)


def refund_ref(refund_id: RefundId) -> str:
    """Return our id of a refund at providers, which accept at most 30 characters."""
    return f"r{write_short(refund_id)}"


def parse_refund_ref(ref: str) -> RefundId | None:
    """Return the refund of a provider's reference; None if it is not ours."""
    refund_id = read_short(ref[1:]) if ref.startswith("r") else None
    return None if refund_id is None else RefundId(refund_id)


def show_initiated(refund: StoredRefund) -> InitiatedRefund:
    """Return a refund for the member who requested it."""
    return copy_fields(InitiatedRefund, refund, message="Refund initiated")
