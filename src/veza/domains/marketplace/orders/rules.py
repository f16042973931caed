"""Decisions without I/O: everything here can be tested with plain values.

`move` says what a fact makes of an order. What the company took in or gave back, a fact says; what
is due to sellers, and who has what, `due_of` and `is_held` say of any state; so what moves in the
books, and which licences come and go, is the difference between two states. Whatever came when, the
sum is right.
"""

from datetime import timedelta
from fractions import Fraction
from uuid import UUID, uuid5

from msgspec import Struct, structs

from veza.core.ids import (
    DisputeId,
    OrderId,
    RefundId,
    SubjectId,
    read_short,
    write_short,
)
from veza.core.money import divide, take_share
from veza.core.money_mode import mode_of
from veza.core.provider_reasons import clean_reason
from veza.domains.marketplace.ledger.models import Account, AccountKind, Entry, Posting, PostingKind
from veza.domains.marketplace.orders.events import (
    OrderDisputed,
    OrderFailed,
    OrderPaid,
    OrderRefunded,
    OrderToReturn,
)
from veza.domains.marketplace.orders.models import (
    Dispute,
    Disputed,
    DisputeLost,
    DisputeStatus,
    DisputeWon,
    Due,
    Expired,
    Fact,
    Line,
    Move,
    OrderState,
    OrderStatus,
    PaymentFailed,
    PaymentMade,
    PaymentUnresolved,
    RefundBegun,
    RefundFailed,
    RefundMade,
    RefundUnresolved,
    Share,
)

_UNPAID = frozenset({OrderStatus.PENDING, OrderStatus.FAILED, OrderStatus.CANCELLED})
# Of these disputes the money is gone, for the time being or for good.
_BORNE = frozenset({DisputeStatus.OPEN, DisputeStatus.LOST})

# An unpaid order expires after this time, and its payment is cancelled at the provider.
PAID_WITHIN = timedelta(minutes=30)
# So long after that it is overdue. Until then a payment still counts that was made in time and
# heard of late, and the order waits for a provider that doesn't answer or is still processing.
OVERDUE_AFTER = timedelta(days=1)
# So long the provider is asked about the payment of a cancelled order that can still be made.
WATCHED_FOR = timedelta(days=30)
# A company that tells us what happens is asked by ourselves only where that got lost.
ASKED_AFTER = timedelta(minutes=2)


class _Flow(Struct, frozen=True):
    """Money that came in (or, below zero, went back): why, and what it belongs to."""

    kind: PostingKind
    reference_id: UUID
    cents: int


def move(order: OrderState, fact: Fact) -> Move:
    """Tell what a fact makes of an order; of one that changes nothing, the order as it is."""
    match fact:
        case PaymentMade() | PaymentFailed() | PaymentUnresolved() | Expired():
            return _move_payment(order, fact)
        case RefundBegun() | RefundMade() | RefundFailed() | RefundUnresolved():
            return _move_refund(order, fact)
        case Disputed():
            return _dispute(order, fact)
        case DisputeWon() | DisputeLost():
            return _end_dispute(order, fact)


def come_late(order: OrderState) -> Move:
    """Take money that buys nothing any more: it goes back."""
    late = structs.replace(order, is_paid=True, came_late=True)
    flow = _Flow(PostingKind.LATE_PAYMENT, order.id, order.total_cents)
    return _go(order, late, flow, OrderToReturn(order.id))


def due_of(order: OrderState, line: Line) -> int:
    """Tell what is due to the seller of a line; it is never below zero."""
    if not order.is_paid or order.came_late or line.is_refunded:
        return 0
    return line.net_cents - sum(share.net_cents for share in _list_shares(order, line))


def left_of(order: OrderState, line: Line) -> int:
    """Tell how much of a line's price the buyer hasn't back, for the time being or for good."""
    if line.is_refunded:
        return 0
    return line.price_cents - sum(share.amount_cents for share in _list_shares(order, line))


def is_held(order: OrderState, line: Line) -> bool:
    """Tell whether the buyer has what a line is for."""
    return order.is_paid and not order.came_late and not _is_back(order, line)


def status_of(order: OrderState) -> OrderStatus:
    """Tell how an order stands for which the money came."""
    back = [_is_back(order, line) for line in order.lines]
    is_pending = any(line.refund_id and not line.is_refunded for line in order.lines)
    if is_pending or (order.came_late and not all(back)):
        return OrderStatus.REFUND_PENDING
    if all(back):
        return OrderStatus.REFUNDED
    is_partly = any(back) or any(_lost(order, line) for line in order.lines)
    return OrderStatus.PARTIALLY_REFUNDED if is_partly else OrderStatus.PAID


def list_dues(order: OrderState) -> list[Due]:
    """Tell what is due to each seller of an order, and of which fee it is the rest."""
    dues: dict[SubjectId, Due] = {}
    for line in order.lines:
        subject, due_cents = line.seller_subject, due_of(order, line)
        fee_cents = left_of(order, line) - due_cents if is_held(order, line) else 0
        known = dues.get(subject) or Due(line.seller_id, subject, order.currency, 0, 0)
        dues[subject] = structs.replace(
            known,
            due_cents=known.due_cents + due_cents,
            fee_cents=known.fee_cents + fee_cents,
        )
    return list(dues.values())


def payment_ref(order_id: OrderId) -> str:
    """Name the payment of an order to companies, which take no more than 30 characters."""
    return f"p{write_short(order_id)}"


def order_id_of(ref: str) -> OrderId | None:
    """Tell whose payment a company means; None where it is none of ours."""
    made = read_short(ref[1:]) if ref.startswith("p") else None
    return None if made is None else OrderId(made)


def dispute_id(order_id: OrderId, dispute_ref: str) -> DisputeId:
    """Name a dispute in our books: always the same for the company's own name."""
    return DisputeId(uuid5(order_id, dispute_ref))


def knows_dispute(
    order: OrderState, dispute_ref: str, status: DisputeStatus, *, amount_cents: int
) -> bool:
    """Return whether news of a dispute would change nothing."""
    known = _find(order, dispute_id(order.id, dispute_ref))
    if known is None:
        return False
    if known.is_awaited:
        return amount_cents <= 0
    return known.status is not DisputeStatus.OPEN or status is DisputeStatus.OPEN


def _move_payment(
    order: OrderState, fact: PaymentMade | PaymentFailed | PaymentUnresolved | Expired
) -> Move:
    if isinstance(fact, PaymentMade):
        return _be_paid(order, fact)
    if isinstance(fact, Expired | PaymentUnresolved):
        return _expire(order, is_final=isinstance(fact, Expired))
    if order.status is not OrderStatus.PENDING:
        return Move(order)
    reason = None if fact.reason is None else clean_reason(fact.reason)
    failed = structs.replace(order, status=OrderStatus.FAILED, reason=reason)
    return Move(failed, events=[OrderFailed(order.id)])


def _expire(order: OrderState, *, is_final: bool) -> Move:
    """Cancel an unpaid order, whatever happened to its payment; not final, once it is overdue."""
    is_unpaid = order.status in {OrderStatus.PENDING, OrderStatus.FAILED}
    if not is_unpaid or not (is_final or order.is_overdue):
        return Move(order)
    return Move(structs.replace(order, status=OrderStatus.CANCELLED))


def _be_paid(order: OrderState, fact: PaymentMade) -> Move:
    if (fact.amount_cents, fact.currency) != (order.total_cents, order.currency):
        return Move(structs.replace(order, is_flagged=True), is_refused=True)
    if order.status not in _UNPAID:
        return Move(order)
    sellers = {line.seller_id for line in order.lines if line.seller_id}
    # Who is erased can neither have anything any more, nor be paid.
    is_seller_gone = any(line.seller_id is None for line in order.lines)
    is_late = order.status is OrderStatus.CANCELLED or order.is_overdue
    if is_late or order.buyer_id is None or is_seller_gone:
        return come_late(order)
    paid = structs.replace(order, is_paid=True, reason=None)
    flow = _Flow(PostingKind.SALE, order.id, order.total_cents)
    return _go(order, paid, flow, OrderPaid(order.id, order.buyer_id, sorted(sellers)))


def _move_refund(
    order: OrderState, fact: RefundBegun | RefundMade | RefundFailed | RefundUnresolved
) -> Move:
    if isinstance(fact, RefundBegun):
        return _begin_refund(order, fact)
    lines = [line for line in order.lines if line.refund_id == fact.refund_id]
    if not lines or any(line.is_refunded for line in lines):
        return Move(order)
    if isinstance(fact, RefundMade):
        return _refund(order, lines, fact.refund_id)
    if isinstance(fact, RefundUnresolved):
        # The money may have gone back: its lines stay as they are, and people look at it.
        return Move(structs.replace(order, is_flagged=True))
    kept = _replace_lines(order, lines, refund_id=None)
    # What came late must go back: where it doesn't, people have to see to it.
    return _go(order, structs.replace(kept, is_flagged=order.is_flagged or order.came_late), None)


def _begin_refund(order: OrderState, fact: RefundBegun) -> Move:
    wanted = [line for line in order.lines if line.id in set(fact.item_ids)]
    is_whole = bool(wanted) and len(wanted) == len(fact.item_ids)
    is_disputed = any(dispute.status in _BORNE for dispute in order.disputes)
    if not order.is_paid or not is_whole or is_disputed or any(line.refund_id for line in wanted):
        return Move(order)
    return _go(order, _replace_lines(order, wanted, refund_id=fact.refund_id), None)


def _refund(order: OrderState, lines: list[Line], refund_id: RefundId) -> Move:
    refunded = _replace_lines(order, lines, is_refunded=True)
    cents = sum(line.price_cents for line in lines)
    if order.came_late:
        # Nothing was sold, so nobody has to give anything up.
        return _go(order, refunded, _Flow(PostingKind.RETURN, refund_id, -cents))
    flow = _Flow(PostingKind.REFUND, refund_id, -cents)
    item_ids = [line.id for line in lines]
    return _go(order, refunded, flow, OrderRefunded(order.id, refund_id, item_ids))


def _dispute(order: OrderState, fact: Disputed) -> Move:
    named = dispute_id(order.id, fact.dispute_ref)
    known = _find(order, named)
    if known is not None and not known.is_awaited:
        return Move(order)
    flagged = structs.replace(order, is_flagged=True)
    if not order.is_paid or fact.amount_cents <= 0:
        return Move(flagged)
    status = DisputeStatus.OPEN if known is None else known.status
    shares = _share_out(order, fact.amount_cents)
    begun = Dispute(named, fact.dispute_ref, status, fact.amount_cents, shares)
    flow = _Flow(PostingKind.DISPUTE, named, -fact.amount_cents)
    return _go(order, _with(flagged, begun), flow, OrderDisputed(order.id))


def _end_dispute(order: OrderState, fact: DisputeWon | DisputeLost) -> Move:
    status = DisputeStatus.WON if isinstance(fact, DisputeWon) else DisputeStatus.LOST
    named = dispute_id(order.id, fact.dispute_ref)
    known = _find(order, named)
    if known is None and order.is_paid:
        # It ended before we heard that it began.
        return Move(_with(order, Dispute(named, fact.dispute_ref, status)))
    if known is None or known.status is not DisputeStatus.OPEN:
        return Move(order)
    ended = _with(order, structs.replace(known, status=status))
    events: list[Struct] = [OrderDisputed(order.id)]
    if status is DisputeStatus.LOST:
        return _go(order, ended, None, *events)
    assert known.amount_cents is not None
    if order.came_late and not all(line.refund_id for line in order.lines):
        events.append(OrderToReturn(order.id))
    flow = _Flow(PostingKind.DISPUTE_WON, named, known.amount_cents)
    return _go(order, ended, flow, *events)


def _find(order: OrderState, named: DisputeId) -> Dispute | None:
    return next((dispute for dispute in order.disputes if dispute.id == named), None)


def _share_out(order: OrderState, cents: int) -> list[Share]:
    """Share what a dispute takes among the lines that aren't refunded, each up to its price."""
    left = {line.id: left_of(order, line) for line in order.lines}
    whole = min(cents, sum(left.values()))
    if whole == 0:
        return []
    parts = divide(whole, list(left.values()))
    pairs = zip(order.lines, parts, strict=True)
    return [_share_of(order, line, part) for line, part in pairs if part]


def _share_of(order: OrderState, line: Line, cents: int) -> Share:
    due = due_of(order, line)
    if cents == left_of(order, line):
        return Share(line.id, cents, due)
    fee = take_share(cents, Fraction(line.fee_cents, line.price_cents))
    return Share(line.id, cents, min(due, cents - fee))


def _is_back(order: OrderState, line: Line) -> bool:
    """Tell whether the buyer has all of a line's money back, for good.

    What is free stays the buyer's until it is refunded, unless it never was.
    """
    has_gone = line.price_cents <= _lost(order, line)
    return line.is_refunded or (has_gone and (order.came_late or line.price_cents > 0))


def _lost(order: OrderState, line: Line) -> int:
    shares = _list_shares(order, line, frozenset({DisputeStatus.LOST}))
    return sum(share.amount_cents for share in shares)


def _list_shares(
    order: OrderState, line: Line, counted: frozenset[DisputeStatus] = _BORNE
) -> list[Share]:
    """List what a line bears of disputes."""
    return [
        share
        for dispute in order.disputes
        if dispute.status in counted
        for share in dispute.shares
        if share.item_id == line.id
    ]


def _with(order: OrderState, dispute: Dispute) -> OrderState:
    others = [one for one in order.disputes if one.id != dispute.id]
    return structs.replace(order, disputes=[*others, dispute])


def _replace_lines(order: OrderState, meant: list[Line], **changes: object) -> OrderState:
    lines = [structs.replace(line, **changes) if line in meant else line for line in order.lines]
    return structs.replace(order, lines=lines)


def _go(before: OrderState, after: OrderState, flow: _Flow | None, *events: Struct) -> Move:
    """Go from one state to another: what comes and goes is the difference between them."""
    after = structs.replace(after, status=status_of(after))
    held = {line.id for line in before.lines if is_held(before, line)}
    holds = {line.id for line in after.lines if is_held(after, line)}
    return Move(
        order=after,
        granted=[line for line in after.lines if line.id in holds - held],
        taken=[line for line in after.lines if line.id in held - holds],
        posting=None if flow is None else _post(before, after, flow),
        events=list(events),
    )


def _post(before: OrderState, after: OrderState, flow: _Flow) -> Posting | None:
    """Write down what moves: to the sellers what is due now and wasn't, to the platform the rest.

    So no refund and no dispute takes more from a seller than the line brought.
    """
    currency, mode = after.currency, mode_of(after.provider)
    earned = [
        Entry(
            Account(AccountKind.EARNED, currency, mode, new.seller_subject),
            due_of(after, new) - due_of(before, old),
        )
        for old, new in zip(before.lines, after.lines, strict=True)
    ]
    rest = flow.cents - sum(entry.amount_cents for entry in earned)
    own = AccountKind.RETURNS if after.came_late else AccountKind.FEES
    company = Account(AccountKind.PAYMENTS, currency, mode, provider=after.provider)
    entries = [Entry(company, -flow.cents), *earned, Entry(Account(own, currency, mode), rest)]
    is_nothing = all(entry.amount_cents == 0 for entry in entries)
    return None if is_nothing else Posting(flow.kind, flow.reference_id, entries)
