"""Providers make refunds, outside of transactions; results are recorded, or found by admins."""

import structlog

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import RefundId
from veza.core.normalize import require_text
from veza.domains.marketplace.orders.models.provider_reasons import clean_reason
from veza.domains.marketplace.orders.models.state import (
    RefundBegun,
    RefundFailed,
    RefundMade,
    RefundUnresolved,
)
from veza.domains.marketplace.orders.service import settlement
from veza.domains.marketplace.refunds import errors, queries, rules
from veza.domains.marketplace.refunds.events import RefundDelayed, RefundEnded
from veza.domains.marketplace.refunds.models import (
    AdminRefund,
    AdminRefundPage,
    RefundOutcome,
    RefundResolution,
    RefundResult,
    RefundsQuery,
    RefundStatus,
    SettleRefund,
    StoredRefund,
)
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.payments.errors import ProviderRefused
from veza.infra.payments.provider import PaymentProvider, PaymentRefund, RefundRequest, RefundState
from veza.infra.postgres.database import Conn, Database, Tx

log = structlog.get_logger()

NO_REASON = "A reason needs words."


async def settle(database: Database, payments: PaymentProvider, refund_id: RefundId) -> None:
    """Request a refund from the provider, and record the result, if known.

    The provider identifies the refund by its id, and pays it once, however often it is requested.
    Raises ProviderUnavailable if the result is unknown.
    """
    async with database.transaction() as tx:
        refund = await _record_request(tx, refund_id, payments.name)
    if refund is None:
        return
    result = await _send(payments, refund)
    if result is None:
        return
    async with database.transaction() as tx:
        refund = await _lock_open(tx, refund_id)
        # None if a concurrent job recorded the result first.
        if refund is not None:
            await _record_result(tx, refund, result)


async def update_from_provider(database: Database, payments: PaymentProvider, ref: str) -> None:
    """Fetch the state of a refund that a provider reported on. Ignores references of others.

    Raises ProviderUnavailable.
    """
    refund_id = rules.parse_refund_ref(ref)
    if refund_id is None:
        return
    await settle(database, payments, refund_id)
    async with database.read() as conn:
        refund = await queries.find_refund(conn, refund_id)
    if refund is not None and refund.status is RefundStatus.FAILED:
        await _accept_late_success(database, payments, refund)


async def mark_unresolved(database: Database) -> int:
    """Mark refunds as unresolved whose provider has not reported a result for days; count them.

    The refund may have been made: its items stay reserved, the provider is still polled, and the
    refund ends when it answers.
    """
    async with database.read() as conn:
        overdue = await queries.list_overdue(conn, rules.UNRESOLVED_AFTER)
    for refund_id in overdue:
        async with database.transaction() as tx:
            refund = await queries.lock_refund(tx, refund_id)
            if refund is not None and refund.status is RefundStatus.PENDING:
                unresolved = RefundStatus.UNRESOLVED
                await queries.update_status(tx, refund_id, unresolved, rules.UNANSWERED)
                await settlement.settle(tx, refund.order_id, RefundUnresolved(refund_id))
                await emit(tx, RefundDelayed(refund_id, refund.order_id))
    return len(overdue)


async def list_all_refunds(conn: Conn, query: RefundsQuery) -> AdminRefundPage:
    """Return a page of all refunds for admins, newest first."""
    found = await queries.list_all_refunds(conn, query)
    return AdminRefundPage(found, await queries.count_matching(conn, query))


async def retry(tx: Tx, refund_id: RefundId) -> AdminRefund:
    """Send an unresolved refund to its provider again, with the same id, so that it is paid once.

    Raises RefundNotFound and RefundNotUnresolved.
    """
    await _lock_unresolved(tx, refund_id)
    await enqueue_settlement(tx, refund_id)
    return required(await queries.find_admin_refund(tx, refund_id), errors.RefundNotFound)


async def resolve(
    tx: Tx, refund_id: RefundId, admin: Member, resolution: RefundResolution
) -> AdminRefund:
    """Record the result of an unresolved refund that an admin found out, with admin and evidence.

    Raises RefundNotFound, RefundNotUnresolved, and Invalid for a blank reason.
    """
    evidence = require_text(resolution.reason, "reason", NO_REASON)
    refund = await _lock_unresolved(tx, refund_id)
    is_made = resolution.outcome is RefundOutcome.MADE
    await queries.update_resolved(tx, refund_id, admin.id, evidence)
    await _record_result(tx, refund, RefundResult() if is_made else RefundResult(rules.NOT_MADE))
    return required(await queries.find_admin_refund(tx, refund_id), errors.RefundNotFound)


async def _lock_unresolved(tx: Tx, refund_id: RefundId) -> StoredRefund:
    refund = required(await queries.lock_refund(tx, refund_id), errors.RefundNotFound)
    if refund.status is not RefundStatus.UNRESOLVED:
        raise errors.RefundNotUnresolved
    return refund


async def enqueue_settlement(tx: Tx, refund_id: RefundId) -> None:
    """Enqueue the job that settles a refund, also while one runs."""
    job = SettleRefund(refund_id)
    await enqueue(tx, job, key=f"settle_refund:{refund_id}", also_while_running=True)


async def _record_request(tx: Tx, refund_id: RefundId, provider: str) -> StoredRefund | None:
    """Record that a refund is sent to this provider; return None if it must not be sent to it."""
    refund = await _lock_open(tx, refund_id)
    if refund is None:
        return None
    if refund.provider == provider:
        await queries.update_asked(tx, refund_id)
        return refund
    if not refund.is_asked:
        reason = f"It was paid by {refund.provider}, which is not connected any more."
        await _record_result(tx, refund, RefundResult(reason))
    # The other provider may still make the refund. It is found once that provider is connected
    # again; until then, the refund becomes unresolved.
    return None


async def _lock_open(tx: Tx, refund_id: RefundId) -> StoredRefund | None:
    refund = await queries.lock_refund(tx, refund_id)
    return refund if refund is not None and rules.is_open(refund) else None


async def _send(payments: PaymentProvider, refund: StoredRefund) -> RefundResult | None:
    """Send a refund to the provider; return None if there is no result yet."""
    request = RefundRequest(
        id=rules.refund_ref(refund.id),
        payment_id=settlement.payment_ref(refund.order_id),
        amount_cents=refund.amount_cents,
        currency=refund.currency,
        # Not the buyer's reason: personal data at the provider could not be erased.
        reason=f"Order {refund.order_id}",
    )
    try:
        answer = await payments.refund(request)
    except ProviderRefused as refusal:
        return None if refusal.is_passing else RefundResult(clean_reason(refusal.reason))
    return _read_answer(refund, answer)


async def _accept_late_success(
    database: Database, payments: PaymentProvider, refund: StoredRefund
) -> None:
    """Record that a provider made a refund after it had reported a failure."""
    if refund.provider != payments.name:
        return
    answer = await payments.find_refund(rules.refund_ref(refund.id))
    if answer is None or _read_answer(refund, answer) != RefundResult():
        return
    async with database.transaction() as tx:
        known = await queries.lock_refund(tx, refund.id)
        if known is None or known.status is not RefundStatus.FAILED:
            return
        begun = RefundBegun(refund.id, refund.item_ids)
        if (await settlement.settle(tx, refund.order_id, begun)).has_changed:
            await _record_result(tx, refund, RefundResult())
        else:
            # Refunded by another refund meanwhile: the buyer has the money twice.
            log.error("refund_made_twice", refund=answer.id, cents=answer.amount_cents)


def _read_answer(refund: StoredRefund, answer: PaymentRefund) -> RefundResult | None:
    if (answer.amount_cents, answer.currency) != (refund.amount_cents, refund.currency):
        # A result with another amount is not applied: staff must resolve it.
        log.error("refund_differs", refund=answer.id, cents=answer.amount_cents)
        return None
    match answer.state:
        case RefundState.SUCCEEDED:
            return RefundResult()
        case RefundState.FAILED:
            return RefundResult(clean_reason(answer.reason))
        case RefundState.PENDING:
            return None


async def _record_result(tx: Tx, refund: StoredRefund, result: RefundResult) -> None:
    is_made = result.failure is None
    status = RefundStatus.MADE if is_made else RefundStatus.FAILED
    await queries.update_status(tx, refund.id, status, result.failure)
    event = RefundMade(refund.id) if is_made else RefundFailed(refund.id, result.failure)
    settled = await settlement.settle(tx, refund.order_id, event)
    assert settled.has_changed, refund
    await emit(tx, RefundEnded(refund.id, refund.order_id, is_made=is_made))
