"""Status, licences and earnings of an order, derived from its state."""

from fractions import Fraction

from msgspec import structs

from veza.core.ids import SubjectId
from veza.core.money import divide, take_share
from veza.domains.marketplace.orders.models.state import (
    AmountDue,
    DisputeShare,
    DisputeStatus,
    OrderLine,
    OrderState,
    OrderStatus,
)
from veza.domains.marketplace.orders.rules.parties import divide_cents, list_parties

# The bank holds the money of these disputes, temporarily or for good.
WITHDRAWN = frozenset({DisputeStatus.OPEN, DisputeStatus.LOST})


def line_due_cents(order: OrderState, line: OrderLine) -> int:
    """Return the amount that a line currently earns for its parties; never negative."""
    if not order.is_paid or order.came_late or line.is_refunded:
        return 0
    return line.net_cents - sum(share.net_cents for share in _list_shares(order, line))


def remaining_cents(order: OrderState, line: OrderLine) -> int:
    """Return the part of a line's price that is neither refunded nor withdrawn by a dispute."""
    if line.is_refunded:
        return 0
    return line.price_cents - sum(share.amount_cents for share in _list_shares(order, line))


def is_licensed(order: OrderState, line: OrderLine) -> bool:
    """Return whether the buyer holds the licence of a line."""
    return order.is_paid and not order.came_late and not _is_returned(order, line)


def derive_status(order: OrderState) -> OrderStatus:
    """Return the status of a paid order from the state of its lines."""
    returned = [_is_returned(order, line) for line in order.lines]
    is_pending = any(line.refund_id and not line.is_refunded for line in order.lines)
    if is_pending or (order.came_late and not all(returned)):
        return OrderStatus.REFUND_PENDING
    if all(returned):
        return OrderStatus.REFUNDED
    is_partial = any(returned) or any(_lost_cents(order, line) for line in order.lines)
    return OrderStatus.PARTIALLY_REFUNDED if is_partial else OrderStatus.PAID


def list_amounts_due(order: OrderState) -> list[AmountDue]:
    """Return the amounts that the order currently earns for each party, and the platform's fee."""
    by_party: dict[SubjectId, AmountDue] = {}
    for line in order.lines:
        due_cents = line_due_cents(order, line)
        fee_cents = remaining_cents(order, line) - due_cents if is_licensed(order, line) else 0
        dues = divide_cents(line, due_cents)
        fees = divide_cents(line, fee_cents)
        for party, due, fee in zip(list_parties(line), dues, fees, strict=True):
            subject = party.party_subject
            known = by_party.get(subject) or AmountDue(
                party.party_id, subject, order.currency, 0, 0
            )
            by_party[subject] = structs.replace(
                known, due_cents=known.due_cents + due, fee_cents=known.fee_cents + fee
            )
    return list(by_party.values())


def split_dispute(order: OrderState, cents: int) -> list[DisputeShare]:
    """Split a disputed amount among the lines in proportion to their remaining prices.

    The platform pays any excess over the remaining prices.
    """
    remaining = [remaining_cents(order, line) for line in order.lines]
    total = min(cents, sum(remaining))
    if total == 0:
        return []
    parts = zip(order.lines, divide(total, remaining), strict=True)
    return [_make_share(order, line, part) for line, part in parts if part]


def _make_share(order: OrderState, line: OrderLine, cents: int) -> DisputeShare:
    due = line_due_cents(order, line)
    remaining = remaining_cents(order, line)
    if cents == remaining:
        return DisputeShare(line.id, cents, due)
    # Not more than is left of the fee: each dispute rounds it.
    fee = min(take_share(cents, Fraction(line.fee_cents, line.price_cents)), remaining - due)
    return DisputeShare(line.id, cents, min(due, cents - fee))


def _is_returned(order: OrderState, line: OrderLine) -> bool:
    """Return whether the whole price of a line was returned to the buyer for good.

    A free item belongs to the buyer until it is refunded, unless the order was paid late.
    """
    is_lost = line.price_cents <= _lost_cents(order, line)
    return line.is_refunded or (is_lost and (order.came_late or line.price_cents > 0))


def _lost_cents(order: OrderState, line: OrderLine) -> int:
    shares = _list_shares(order, line, frozenset({DisputeStatus.LOST}))
    return sum(share.amount_cents for share in shares)


def _list_shares(
    order: OrderState, line: OrderLine, statuses: frozenset[DisputeStatus] = WITHDRAWN
) -> list[DisputeShare]:
    return [
        share
        for dispute in order.disputes
        if dispute.status in statuses
        for share in dispute.shares
        if share.item_id == line.id
    ]
