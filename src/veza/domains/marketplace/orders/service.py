"""What one can do with orders."""

from collections.abc import Sequence

import structlog
from msgspec import structs

from veza.core.errors import Fault, Invalid
from veza.core.ids import FlagClearanceId, OrderId, ProductId, TrackId, UserId, new_id
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.orders import queries, rules
from veza.domains.marketplace.orders.errors import OrderNotFlagged, OrderNotFound
from veza.domains.marketplace.orders.models import (
    AmountDue,
    DisputeLost,
    DisputeOpened,
    DisputeStatus,
    DisputeWon,
    FlagClearance,
    NewOrder,
    OrderEvent,
    OrderLine,
    OrderState,
    PaymentExpired,
    PaymentFailed,
    PaymentMade,
    PollPayment,
    Purchase,
    Settlement,
    Transition,
)
from veza.domains.marketplace.products import service as products
from veza.infra.jobs.outbox import emit
from veza.infra.payments.provider import DisputeState, Payment, PaymentDispute, PaymentState
from veza.infra.postgres.database import Conn, Tx

log = structlog.get_logger()


async def place(tx: Tx, order: NewOrder) -> bool:
    """Keep an order that is to be paid; False where there is one of its id already."""
    lasts, ask_after = rules.PAID_WITHIN, rules.ASKED_AFTER
    if not await queries.insert_order(tx, order, lasts=lasts, ask_after=ask_after):
        return False
    await queries.insert_lines(tx, order.id, order.lines)
    return True


async def keep_payment(
    tx: Tx, order_id: OrderId, payment_ref: str, client_secret: str | None, *, provider: str
) -> None:
    """Keep the payment that a company began for an order that is still to be paid."""
    await queries.update_payment(tx, order_id, payment_ref, client_secret, provider=provider)


async def settle(
    tx: Tx, order_id: OrderId, fact: OrderEvent, *, told_by: str | None = None
) -> Settlement:
    """Have a fact move an order, with all that follows: the books, licences, events.

    The one door for all of them: the webhook, the poller, a refund. It may be told the same twice,
    at once and in any order. `told_by` is the payment provider that told it: another one than the
    order's moves nothing, so that nobody pays a real order in the sandbox. Raises OrderNotFound.
    """
    stored = await queries.lock_order(tx, order_id, overdue_after=rules.OVERDUE_AFTER)
    if stored is None:
        raise OrderNotFound
    if told_by not in {None, stored.provider}:
        log.warning("misdirected_payment_news", order=str(order_id), provider=told_by)
        return Settlement(order_id, stored.status, is_moved=False, is_misdirected=True)
    order = await _complete(tx, stored)
    move = rules.move(order, fact)
    if move.granted and not await _grant(tx, order.buyer_id, move.granted):
        # Another order of the same was paid first, or there is nothing to have any more.
        move = rules.come_late(order)
    if move.order != order:
        await _write(tx, order, move)
    is_moved = move.order != order
    return Settlement(order_id, move.order.status, is_moved=is_moved, is_refused=move.is_refused)


async def unflag(tx: Tx, order_id: OrderId, admin_id: UserId, reason: str) -> None:
    """Clear an order's flag, and keep who did it and why. What happens later may flag it again.

    Raises OrderNotFound, OrderNotFlagged, and Invalid for a reason without words.
    """
    given = reason.strip()
    if not given:
        raise Invalid(details=[Fault("reason", "A reason needs words.")])
    order = await queries.lock_order(tx, order_id, overdue_after=rules.OVERDUE_AFTER)
    if order is None:
        raise OrderNotFound
    if not order.is_flagged:
        raise OrderNotFlagged
    clearance = FlagClearance(FlagClearanceId(new_id()), order_id, admin_id, given)
    await queries.insert_clearance(tx, clearance)


def fact_of(payment: Payment) -> OrderEvent | None:
    """Tell what an order hears by how its payment stands; None where there is nothing to hear."""
    match payment.state:
        case PaymentState.SUCCEEDED:
            return PaymentMade(payment.amount_cents, payment.currency)
        case PaymentState.FAILED:
            return PaymentFailed(payment.reason)
        case PaymentState.CANCELLED:
            return PaymentExpired()
        case PaymentState.PENDING:
            return None


def facts_of_dispute(order: OrderState, dispute: PaymentDispute) -> list[OrderEvent]:
    """List what an order hears by how a dispute of its payment stands; nothing, where it knows."""
    # In another currency it is no amount that the books could take.
    cents = dispute.amount_cents if dispute.currency == order.currency else 0
    status = DisputeStatus(dispute.state.value)
    if rules.knows_dispute(order, dispute.id, status, amount_cents=cents):
        return []
    match dispute.state:
        case DisputeState.OPEN:
            return [DisputeOpened(dispute.id, cents)]
        case DisputeState.WON:
            return [DisputeWon(dispute.id)]
        case DisputeState.LOST:
            return [DisputeOpened(dispute.id, cents), DisputeLost(dispute.id)]


async def take_to_ask(tx: Tx, limit: int) -> list[PollPayment]:
    """Take orders of which it is time to ask the company; the next time is a while from now.

    Also those that failed, and those that were cancelled while their payment could still be made.
    """
    return await queries.list_to_ask(
        tx, limit=limit, again_after=rules.ASKED_AFTER, watched_for=rules.WATCHED_FOR
    )


async def stop_asking(tx: Tx, order_id: OrderId) -> None:
    """Take it that nothing more is to be heard of an order's payment."""
    await queries.update_unasked(tx, order_id)


async def find_purchase(conn: Conn, buyer_id: UserId, product_id: ProductId) -> Purchase | None:
    """Tell by which order somebody has a product, or had it before the money went back."""
    return await queries.find_purchase(conn, buyer_id, product_id)


async def has_track(conn: Conn, buyer_id: UserId, track_id: TrackId) -> bool:
    """Tell whether somebody bought a track and has it still, whatever became of it."""
    return await queries.has_track(conn, buyer_id, track_id)


async def is_track_ordered(conn: Conn, track_id: TrackId) -> bool:
    """Tell whether anybody ordered a track: then it may be theirs for ever."""
    return await queries.is_track_ordered(conn, track_id)


async def list_dues(conn: Conn, order_id: OrderId) -> list[AmountDue]:
    """Tell what is due to each seller of an order at present. Raises OrderNotFound."""
    return rules.list_dues(await read_state(conn, order_id))


async def read_state(conn: Conn, order_id: OrderId) -> OrderState:
    """Give all of an order that decides what happens next. Raises OrderNotFound."""
    stored = await _find(conn, order_id)
    if stored is None:
        raise OrderNotFound
    return await _complete(conn, stored)


def payment_ref(order_id: OrderId) -> str:
    """Name the payment of an order to companies."""
    return rules.payment_ref(order_id)


def order_id_of(ref: str) -> OrderId | None:
    """Tell whose payment a company means; None where it is none of ours."""
    return rules.order_id_of(ref)


async def is_buyer(conn: Conn, user_id: UserId, payment_ref: str) -> bool:
    """Tell whether a payment is for an order of one's own."""
    order_id = rules.order_id_of(payment_ref)
    order = None if order_id is None else await _find(conn, order_id)
    return order is not None and order.buyer_id == user_id


async def _find(conn: Conn, order_id: OrderId) -> OrderState | None:
    return await queries.find_order(conn, order_id, overdue_after=rules.OVERDUE_AFTER)


async def _complete(conn: Conn, order: OrderState) -> OrderState:
    """Give an order with its lines and disputes."""
    disputes = [
        structs.replace(dispute, shares=await queries.list_shares(conn, dispute.id))
        for dispute in await queries.list_disputes(conn, order.id)
    ]
    lines = await queries.list_lines(conn, order.id)
    return structs.replace(order, lines=lines, disputes=disputes)


async def _grant(tx: Tx, buyer_id: UserId | None, lines: Sequence[OrderLine]) -> bool:
    """Give a buyer all that lines are for, or nothing: False."""
    assert buyer_id is not None
    item_ids = [line.id for line in lines]
    if await queries.insert_licences(tx, buyer_id, item_ids) == len(lines):
        return True
    await queries.delete_licences(tx, item_ids)
    return False


async def _write(tx: Tx, before: OrderState, move: Transition) -> None:
    await queries.update_state(tx, move.order)
    changed = [line for line in move.order.lines if line not in before.lines]
    if changed:
        await queries.update_lines(tx, changed)
    for dispute in move.order.disputes:
        if dispute not in before.disputes:
            await queries.upsert_dispute(tx, before.id, dispute)
            await queries.insert_shares(tx, dispute)
    if move.taken:
        await queries.delete_licences(tx, [line.id for line in move.taken])
    if move.granted or move.taken:
        sold = {line.product_id: 1 for line in move.granted}
        await products.count_sales(tx, sold | {line.product_id: -1 for line in move.taken})
    if move.posting is not None:
        is_new = await ledger.post(tx, move.posting)
        assert is_new, move.posting
    for event in move.events:
        await emit(tx, event)
