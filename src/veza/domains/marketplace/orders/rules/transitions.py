"""The state machine of orders: `transition` returns the state after an event, and its effects.

An event only reports what the provider received or returned. Postings and licences are the
difference between the two states, as derived by `amounts`, so the sums are right in whatever order
events arrive.
"""

from uuid import UUID, uuid5

from msgspec import Struct, structs

from veza.core.ids import DisputeId, OrderId, RefundId
from veza.core.money_mode import mode_of
from veza.domains.marketplace.ledger.models import (
    AccountKind,
    LedgerAccount,
    LedgerEntry,
    Posting,
    PostingKind,
)
from veza.domains.marketplace.orders.events import (
    OrderDisputed,
    OrderFailed,
    OrderPaid,
    OrderRefunded,
    OrderToReturn,
)
from veza.domains.marketplace.orders.models.provider_reasons import clean_reason
from veza.domains.marketplace.orders.models.state import (
    Dispute,
    DisputeLost,
    DisputeOpened,
    DisputeStatus,
    DisputeWon,
    FreeServiceReturned,
    GiftReturned,
    OrderEvent,
    OrderLine,
    OrderState,
    OrderStatus,
    PaymentExpired,
    PaymentFailed,
    PaymentMade,
    PaymentUnresolved,
    RefundBegun,
    RefundFailed,
    RefundMade,
    RefundUnresolved,
    Transition,
)
from veza.domains.marketplace.orders.rules import amounts
from veza.domains.marketplace.orders.rules.parties import divide_cents, list_parties

_UNPAID = frozenset({OrderStatus.PENDING, OrderStatus.FAILED, OrderStatus.CANCELLED})


class _Movement(Struct, frozen=True):
    """Money received from the buyer (negative: returned), and what the posting refers to."""

    kind: PostingKind
    reference_id: UUID
    cents: int


def transition(order: OrderState, event: OrderEvent) -> Transition:
    """Return the state after an event, and its effects. The state may be unchanged."""
    match event:
        case PaymentMade():
            result = _accept_payment(order, event)
        case PaymentFailed():
            result = _fail(order, event)
        case PaymentExpired() | PaymentUnresolved():
            result = _expire(order, is_final=isinstance(event, PaymentExpired))
        case RefundBegun():
            result = _begin_refund(order, event)
        case RefundMade() | RefundFailed() | RefundUnresolved():
            result = _end_refund(order, event)
        case DisputeOpened() | DisputeWon() | DisputeLost():
            result = _change_dispute(order, event)
        case GiftReturned() | FreeServiceReturned():
            result = _take_back(order, event)
    return result


def accept_late_payment(order: OrderState) -> Transition:
    """Record a payment that arrived too late to buy anything, and must be returned."""
    late = structs.replace(order, is_paid=True, came_late=True)
    received = _Movement(PostingKind.LATE_PAYMENT, order.id, order.total_cents)
    return _compare(order, late, received, OrderToReturn(order.id))


def holds_discount(order: OrderState) -> bool:
    """Return whether an order counts as a use of its discount code: as long as it buys anything.

    A refund gives nothing back.
    """
    return order.status is not OrderStatus.CANCELLED and not order.came_late


def dispute_id(order_id: OrderId, dispute_ref: str) -> DisputeId:
    """Derive our id of a dispute from the provider's id, so that it is always the same."""
    return DisputeId(uuid5(order_id, dispute_ref))


def is_dispute_known(
    order: OrderState, dispute_ref: str, status: DisputeStatus, *, amount_cents: int
) -> bool:
    """Return whether the reported state of a dispute would change nothing."""
    known = _find_dispute(order, dispute_id(order.id, dispute_ref))
    if known is None:
        return False
    if known.is_amount_missing:
        return amount_cents <= 0
    return known.status is not DisputeStatus.OPEN or status is DisputeStatus.OPEN


def _accept_payment(order: OrderState, event: PaymentMade) -> Transition:
    if (event.amount_cents, event.currency) != (order.total_cents, order.currency):
        return Transition(structs.replace(order, is_flagged=True), is_wrong_amount=True)
    if order.status not in _UNPAID:
        return Transition(order)
    # An erased buyer cannot receive anything, and an erased seller or party cannot be paid.
    members = [line.seller_id for line in order.lines]
    members += [party.party_id for line in order.lines for party in list_parties(line)]
    is_late = order.status is OrderStatus.CANCELLED or order.is_overdue
    if is_late or not order.has_buyer or None in members:
        return accept_late_payment(order)
    paid = structs.replace(order, is_paid=True, reason=None)
    received = _Movement(PostingKind.SALE, order.id, order.total_cents)
    sellers = sorted({member for member in members if member is not None})
    announced = OrderPaid(order.id, order.buyer_id, sellers, order.is_guest)
    return _compare(order, paid, received, announced)


def _fail(order: OrderState, event: PaymentFailed) -> Transition:
    if order.status is not OrderStatus.PENDING:
        return Transition(order)
    reason = None if event.reason is None else clean_reason(event.reason)
    failed = structs.replace(order, status=OrderStatus.FAILED, reason=reason)
    return Transition(failed, events=[OrderFailed(order.id)])


def _expire(order: OrderState, *, is_final: bool) -> Transition:
    """Cancel an unpaid order if its payment has expired for good, or if the order is overdue."""
    is_unpaid = order.status in {OrderStatus.PENDING, OrderStatus.FAILED}
    if not is_unpaid or not (is_final or order.is_overdue):
        return Transition(order)
    return Transition(structs.replace(order, status=OrderStatus.CANCELLED))


def _begin_refund(order: OrderState, event: RefundBegun) -> Transition:
    lines = [line for line in order.lines if line.id in set(event.item_ids)]
    is_complete = bool(lines) and len(lines) == len(event.item_ids)
    is_disputed = any(dispute.status in amounts.WITHDRAWN for dispute in order.disputes)
    is_reserved = any(line.refund_id for line in lines)
    if not order.is_paid or not is_complete or is_disputed or is_reserved:
        return Transition(order)
    return _compare(order, _replace_lines(order, lines, refund_id=event.refund_id))


def _end_refund(
    order: OrderState, event: RefundMade | RefundFailed | RefundUnresolved
) -> Transition:
    lines = [line for line in order.lines if line.refund_id == event.refund_id]
    if not lines or any(line.is_refunded for line in lines):
        return Transition(order)
    match event:
        case RefundMade():
            return _refund(order, lines, event.refund_id)
        case RefundUnresolved():
            # The refund may have been made: the lines stay reserved, and staff look into it.
            return Transition(structs.replace(order, is_flagged=True))
        case RefundFailed():
            released = _replace_lines(order, lines, refund_id=None)
            # A late payment must be returned: if that fails, staff have to see to it.
            is_flagged = order.is_flagged or order.came_late
            return _compare(order, structs.replace(released, is_flagged=is_flagged))


def _refund(order: OrderState, lines: list[OrderLine], refund_id: RefundId) -> Transition:
    refunded = _replace_lines(order, lines, is_refunded=True)
    cents = sum(line.price_cents for line in lines)
    if order.came_late:
        # No sale is refunded, because nothing was sold.
        return _compare(order, refunded, _Movement(PostingKind.RETURN, refund_id, -cents))
    returned = _Movement(PostingKind.REFUND, refund_id, -cents)
    item_ids = [line.id for line in lines]
    return _compare(order, refunded, returned, OrderRefunded(order.id, refund_id, item_ids))


def _take_back(order: OrderState, event: GiftReturned | FreeServiceReturned) -> Transition:
    """Return what was received by a gift, or cost nothing, as if it were refunded.

    No money moves. The line is its own reference.
    """
    lines = [
        line
        for line in order.lines
        if line.id == event.item_id
        and (line.is_received or (line.is_service and line.price_cents == 0))
    ]
    if not order.is_paid or not lines or any(line.refund_id for line in lines):
        return Transition(order)
    reference = RefundId(event.item_id)
    return _compare(order, _replace_lines(order, lines, refund_id=reference, is_refunded=True))


def _change_dispute(
    order: OrderState, event: DisputeOpened | DisputeWon | DisputeLost
) -> Transition:
    if isinstance(event, DisputeOpened):
        return _open_dispute(order, event)
    return _end_dispute(order, event)


def _open_dispute(order: OrderState, event: DisputeOpened) -> Transition:
    named = dispute_id(order.id, event.dispute_ref)
    known = _find_dispute(order, named)
    if known is not None and not known.is_amount_missing:
        return Transition(order)
    flagged = structs.replace(order, is_flagged=True)
    if not order.is_paid or event.amount_cents <= 0:
        return Transition(flagged)
    status = DisputeStatus.OPEN if known is None else known.status
    shares = amounts.split_dispute(order, event.amount_cents)
    opened = Dispute(named, event.dispute_ref, status, event.amount_cents, shares)
    withdrawn = _Movement(PostingKind.DISPUTE, named, -event.amount_cents)
    return _compare(order, _put_dispute(flagged, opened), withdrawn, OrderDisputed(order.id))


def _end_dispute(order: OrderState, event: DisputeWon | DisputeLost) -> Transition:
    status = DisputeStatus.WON if isinstance(event, DisputeWon) else DisputeStatus.LOST
    named = dispute_id(order.id, event.dispute_ref)
    known = _find_dispute(order, named)
    if known is None and order.is_paid:
        # The result arrived before the dispute itself.
        return Transition(_put_dispute(order, Dispute(named, event.dispute_ref, status)))
    if known is None or known.status is not DisputeStatus.OPEN:
        return Transition(order)
    ended = _put_dispute(order, structs.replace(known, status=status))
    if status is DisputeStatus.LOST:
        return _compare(order, ended, None, OrderDisputed(order.id))
    assert known.amount_cents is not None
    events: list[Struct] = [OrderDisputed(order.id)]
    if order.came_late and not all(line.refund_id for line in order.lines):
        events.append(OrderToReturn(order.id))
    returned = _Movement(PostingKind.DISPUTE_WON, named, known.amount_cents)
    return _compare(order, ended, returned, *events)


def _find_dispute(order: OrderState, named: DisputeId) -> Dispute | None:
    return next((dispute for dispute in order.disputes if dispute.id == named), None)


def _put_dispute(order: OrderState, dispute: Dispute) -> OrderState:
    others = [other for other in order.disputes if other.id != dispute.id]
    return structs.replace(order, disputes=[*others, dispute])


def _replace_lines(order: OrderState, chosen: list[OrderLine], **changes: object) -> OrderState:
    lines = [structs.replace(line, **changes) if line in chosen else line for line in order.lines]
    return structs.replace(order, lines=lines)


def _compare(
    before: OrderState, after: OrderState, movement: _Movement | None = None, *events: Struct
) -> Transition:
    """Return the transition between two states: licences and posting are their difference."""
    after = structs.replace(after, status=amounts.derive_status(after))
    licensed_before = {line.id for line in before.lines if amounts.is_licensed(before, line)}
    licensed = {line.id for line in after.lines if amounts.is_licensed(after, line)}
    return Transition(
        order=after,
        granted=[line for line in after.lines if line.id in licensed - licensed_before],
        revoked=[line for line in after.lines if line.id in licensed_before - licensed],
        posting=None if movement is None else _make_posting(before, after, movement),
        events=list(events),
    )


def _make_posting(before: OrderState, after: OrderState, movement: _Movement) -> Posting | None:
    """Post the change of the amount due to each party, and the rest to the platform.

    A refund or a dispute thus never takes more from a party than the line earned for it.
    """
    currency = after.currency
    mode = mode_of(after.provider)
    earned = [
        LedgerEntry(
            LedgerAccount(AccountKind.EARNED, currency, mode, party.party_subject), due - former
        )
        for old, new in zip(before.lines, after.lines, strict=True)
        for party, former, due in zip(
            list_parties(new),
            divide_cents(old, amounts.line_due_cents(before, old)),
            divide_cents(new, amounts.line_due_cents(after, new)),
            strict=True,
        )
    ]
    rest = movement.cents - sum(entry.amount_cents for entry in earned)
    provider = LedgerAccount(AccountKind.PAYMENTS, currency, mode, provider=after.provider)
    platform_kind = AccountKind.RETURNS if after.came_late else AccountKind.FEES
    platform = LedgerAccount(platform_kind, currency, mode)
    entries = [LedgerEntry(provider, -movement.cents), *earned, LedgerEntry(platform, rest)]
    is_empty = all(entry.amount_cents == 0 for entry in entries)
    return None if is_empty else Posting(movement.kind, movement.reference_id, entries)
