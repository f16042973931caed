"""What one can do with refunds. What talks to a company takes the database."""

from collections.abc import Sequence
from datetime import timedelta

import structlog

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Fault, Invalid
from veza.core.ids import OrderId, RefundId, new_id
from veza.core.provider_reasons import clean_reason
from veza.domains.marketplace.orders import service as orders
from veza.domains.marketplace.orders.errors import OrderNotFound
from veza.domains.marketplace.orders.models import (
    RefundBegun,
    RefundFailed,
    RefundMade,
    RefundUnresolved,
)
from veza.domains.marketplace.refunds import queries, rules
from veza.domains.marketplace.refunds.errors import (
    AlreadyRefunded,
    RefundNotFound,
    RefundNotUnresolved,
)
from veza.domains.marketplace.refunds.events import RefundDelayed, RefundEnded
from veza.domains.marketplace.refunds.models import (
    InitiatedRefund,
    Item,
    NewRefund,
    Order,
    Outcome,
    RefundEntry,
    RefundEntryPage,
    RefundList,
    RefundParties,
    RefundResolution,
    RefundsQuery,
    RefundStatus,
    RefundWished,
    ResolvedAs,
    SettleRefund,
    StoredRefund,
)
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.payments.errors import ProviderRefused
from veza.infra.payments.provider import PaymentProvider, PaymentRefund, RefundRequest, RefundState
from veza.infra.postgres.database import Conn, Database, Tx

log = structlog.get_logger()

_TOO_LATE = "The payment came when the order could not be had any more."


async def initiate(
    tx: Tx, order_id: OrderId, member: Member, *, refund_id: RefundId, wish: RefundWished
) -> InitiatedRefund:
    """Have money given back to the buyer of an order; told twice under one id, it goes back once.

    Raises OrderNotFound, OrderItemNotFound, OrderNotPaid, OrderIsDisputed, RefundWindowOver,
    AlreadyRefunded and NothingToRefund.
    """
    known = await queries.find_refund(tx, refund_id)
    if known is not None:
        return rules.show_initiated(known)
    order, items = await _read(tx, order_id)
    scope = rules.scope_of(order, items, member, wish.window)
    rules.ensure_refundable(order, scope, now())
    chosen = rules.choose_items(items, scope, wish.form.item_ids)
    refund = NewRefund(
        id=refund_id,
        order_id=order_id,
        requested_by=member.id,
        seller_subject=scope.seller_subject,
        amount_cents=rules.sum_of(chosen),
        currency=order.currency,
        reason=_clean_reason(wish.form.reason),
        details=wish.form.details,
    )
    if not await _begin(tx, refund, chosen):
        # Somebody else was quicker, or the bank was.
        raise AlreadyRefunded
    return rules.show_initiated(await _get_refund(tx, refund_id))


async def return_payment(tx: Tx, order_id: OrderId) -> None:
    """Have all of a payment given back that bought nothing, but for what is on its way."""
    if not await _return_rest(tx, order_id):
        # Somebody was quicker with a part of it; from now on nobody is, since the order is locked.
        await _return_rest(tx, order_id)


async def list_refunds(conn: Conn, order_id: OrderId, member: Member) -> RefundList:
    """List the refunds of an order: all, to its buyer and to admins; to sellers, of their lines.

    Raises OrderNotFound.
    """
    order, items = await _read(conn, order_id)
    scope = rules.scope_of(order, items, member, timedelta())
    return RefundList(await queries.list_refunds(conn, order_id, scope.seller_subject))


async def settle(database: Database, payments: PaymentProvider, refund_id: RefundId) -> None:
    """Have the company give the money back, and write down how that ended; or it goes on later.

    The company knows the refund by its id: however often it is asked, the money goes back once.
    Raises ProviderUnavailable, where nobody knows yet whether it did.
    """
    async with database.transaction() as tx:
        refund = await _take_to_ask(tx, refund_id, payments.name)
    if refund is None:
        return
    outcome = await _give_back(payments, refund)
    if outcome is None:
        return
    async with database.transaction() as tx:
        refund = await _lock_pending(tx, refund_id)
        # Else another one asked at the same time, and was told the same.
        if refund is not None:
            await _write_outcome(tx, refund, outcome)


async def learn_refund(database: Database, payments: PaymentProvider, ref: str) -> None:
    """Find out how a refund stands of which a company says something, if it is ours.

    Raises ProviderUnavailable.
    """
    refund_id = rules.refund_id_of(ref)
    if refund_id is None:
        return
    await settle(database, payments, refund_id)
    async with database.read() as conn:
        refund = await queries.find_refund(conn, refund_id)
    if refund is not None and refund.status is RefundStatus.FAILED:
        await _learn_late(database, payments, refund)


async def find_provider(database: Database, refund_id: RefundId) -> str | None:
    """Return the name of the payment provider that took the money; None: no such refund."""
    async with database.read() as conn:
        refund = await queries.find_refund(conn, refund_id)
    return None if refund is None else refund.provider


async def ask_due(database: Database) -> int:
    """Look again at refunds that are on their way for long; tell how many."""
    async with database.transaction() as tx:
        due = await queries.update_due(tx)
        for each in due:
            await _order_settling(tx, each.refund_id)
    return len(due)


async def mark_unresolved(database: Database) -> int:
    """Have people look at refunds of which the provider has not told for days; count those.

    Nothing is given up: the money may have gone back, so its lines stay reserved, the provider is
    asked further, and the refund ends when it answers.
    """
    async with database.read() as conn:
        overdue = await queries.list_overdue(conn, rules.UNRESOLVED_AFTER)
    for refund_id in overdue:
        async with database.transaction() as tx:
            refund = await queries.lock_refund(tx, refund_id)
            if refund is not None and refund.status is RefundStatus.PENDING:
                await queries.update_unresolved(tx, refund_id, rules.UNANSWERED)
                await orders.settle(tx, refund.order_id, RefundUnresolved(refund_id))
                await emit(tx, RefundDelayed(refund_id, refund.order_id))
    return len(overdue)


async def list_entries(conn: Conn, wish: RefundsQuery) -> RefundEntryPage:
    """List all refunds for admins, the latest first."""
    found = await queries.list_entries(conn, wish)
    return RefundEntryPage(found, await queries.count_entries(conn, wish))


async def retry(tx: Tx, refund_id: RefundId) -> RefundEntry:
    """Have the provider of an unresolved refund asked now: under the same name, so it pays once.

    Raises RefundNotFound and RefundNotUnresolved.
    """
    await _lock_unresolved(tx, refund_id)
    await _order_settling(tx, refund_id)
    return await _get_entry(tx, refund_id)


async def resolve(
    tx: Tx, refund_id: RefundId, admin: Member, resolution: RefundResolution
) -> RefundEntry:
    """Settle an unresolved refund as an admin found that it ended, and keep who said so and why.

    Raises RefundNotFound, RefundNotUnresolved, and Invalid for a reason without words.
    """
    how = _clean_reason(resolution.reason)
    refund = await _lock_unresolved(tx, refund_id)
    is_made = resolution.outcome is ResolvedAs.MADE
    await queries.update_resolved(tx, refund_id, admin.id, how)
    await _write_outcome(tx, refund, Outcome() if is_made else Outcome(rules.NOT_MADE))
    return await _get_entry(tx, refund_id)


async def find_parties(conn: Conn, refund_id: RefundId) -> RefundParties | None:
    """Return whom a refund concerns."""
    return await queries.find_parties(conn, refund_id)


async def _lock_unresolved(tx: Tx, refund_id: RefundId) -> StoredRefund:
    refund = await queries.lock_refund(tx, refund_id)
    if refund is None:
        raise RefundNotFound
    if refund.status is not RefundStatus.UNRESOLVED:
        raise RefundNotUnresolved
    return refund


async def _get_entry(tx: Tx, refund_id: RefundId) -> RefundEntry:
    entry = await queries.find_entry(tx, refund_id)
    assert entry is not None
    return entry


async def _read(conn: Conn, order_id: OrderId) -> tuple[Order, list[Item]]:
    order = await queries.find_order(conn, order_id)
    if order is None:
        raise OrderNotFound
    return order, await queries.list_items(conn, order_id)


async def _return_rest(tx: Tx, order_id: OrderId) -> bool:
    order, items = await _read(tx, order_id)
    left = [item for item in items if item.refund_id is None]
    if rules.sum_of(left) == 0:
        return True
    refund = NewRefund(
        id=RefundId(new_id()),
        order_id=order_id,
        requested_by=None,
        seller_subject=None,
        amount_cents=rules.sum_of(left),
        currency=order.currency,
        reason=_TOO_LATE,
        details=None,
    )
    return await _begin(tx, refund, left)


async def _begin(tx: Tx, refund: NewRefund, items: Sequence[Item]) -> bool:
    """Write a refund down and have it settled; False where the order is moved otherwise by now."""
    item_ids = [item.id for item in items]
    settled = await orders.settle(tx, refund.order_id, RefundBegun(refund.id, item_ids))
    if not settled.is_moved:
        return False
    await queries.insert_refund(tx, refund)
    await queries.insert_items(tx, refund.id, item_ids)
    await _order_settling(tx, refund.id)
    return True


async def _order_settling(tx: Tx, refund_id: RefundId) -> None:
    await enqueue(tx, SettleRefund(refund_id), key=f"settle_refund:{refund_id}")


async def _take_to_ask(tx: Tx, refund_id: RefundId, provider: str) -> StoredRefund | None:
    """Write down that the company is asked; None where it isn't, or not this one."""
    refund = await _lock_pending(tx, refund_id)
    if refund is None:
        return None
    if refund.provider == provider:
        await queries.update_asked(tx, refund_id)
        return refund
    if not refund.is_asked:
        reason = f"It was paid by {refund.provider}, which isn't connected any more."
        await _write_outcome(tx, refund, Outcome(reason))
    # What the other company was asked it may still do: whoever connects it again hears of it, and
    # until then people are told that it is unresolved.
    return None


async def _lock_pending(tx: Tx, refund_id: RefundId) -> StoredRefund | None:
    refund = await queries.lock_refund(tx, refund_id)
    return refund if refund is not None and rules.is_open(refund) else None


async def _give_back(payments: PaymentProvider, refund: StoredRefund) -> Outcome | None:
    """Ask the company; None where it hasn't decided."""
    wish = RefundRequest(
        id=rules.refund_ref(refund.id),
        payment_id=orders.payment_ref(refund.order_id),
        amount_cents=refund.amount_cents,
        currency=refund.currency,
        # Not what the buyer says of it: from there it could not be taken back.
        reason=f"Order {refund.order_id}",
    )
    try:
        answer = await payments.refund(wish)
    except ProviderRefused as refusal:
        return None if refusal.is_passing else Outcome(clean_reason(refusal.reason))
    return _read_answer(refund, answer)


async def _learn_late(database: Database, payments: PaymentProvider, refund: StoredRefund) -> None:
    """Believe a company that gave the money back after it had said that it wouldn't."""
    if refund.provider != payments.name:
        return
    answer = await payments.find_refund(rules.refund_ref(refund.id))
    if answer is None or _read_answer(refund, answer) != Outcome():
        return
    async with database.transaction() as tx:
        known = await queries.lock_refund(tx, refund.id)
        if known is None or known.status is not RefundStatus.FAILED:
            return
        begun = RefundBegun(refund.id, refund.item_ids)
        if (await orders.settle(tx, refund.order_id, begun)).is_moved:
            await _write_outcome(tx, refund, Outcome())
        else:
            # Meanwhile it went back another way, and the buyer has it twice.
            log.error("refund_made_twice", refund=answer.id, cents=answer.amount_cents)


def _read_answer(refund: StoredRefund, answer: PaymentRefund) -> Outcome | None:
    if (answer.amount_cents, answer.currency) != (refund.amount_cents, refund.currency):
        # What isn't what we asked for moves nothing here, until people have looked at it.
        log.error("refund_differs", refund=answer.id, cents=answer.amount_cents)
        return None
    match answer.state:
        case RefundState.SUCCEEDED:
            return Outcome()
        case RefundState.FAILED:
            return Outcome(clean_reason(answer.reason))
        case RefundState.PENDING:
            return None


async def _write_outcome(tx: Tx, refund: StoredRefund, outcome: Outcome) -> None:
    if outcome.failure is None:
        await queries.update_made(tx, refund.id)
        settled = await orders.settle(tx, refund.order_id, RefundMade(refund.id))
    else:
        await queries.update_failed(tx, refund.id, outcome.failure)
        fact = RefundFailed(refund.id, outcome.failure)
        settled = await orders.settle(tx, refund.order_id, fact)
    assert settled.is_moved, refund
    await emit(tx, RefundEnded(refund.id, refund.order_id, is_made=outcome.failure is None))


async def _get_refund(tx: Tx, refund_id: RefundId) -> StoredRefund:
    refund = await queries.find_refund(tx, refund_id)
    assert refund is not None
    return refund


def _clean_reason(reason: str) -> str:
    cleaned = reason.strip()
    if not cleaned:
        raise Invalid(details=[Fault("reason", "A reason needs words.")])
    return cleaned
