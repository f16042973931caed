"""Settle a transfer step by step: record a provider call before it is made, then its outcome.

The worker may crash between the two transactions. With the recorded idempotency key the next worker
finds out whether the call succeeded.
"""

import secrets
from datetime import timedelta
from uuid import uuid5

from msgspec import structs

from veza.core.ids import ReversalId, TransferId, new_id
from veza.core.money_mode import mode_of
from veza.domains.marketplace.ledger import service as ledger
from veza.domains.marketplace.ledger.models import Posting, PostingKind
from veza.domains.marketplace.orders import shared_queries as order_queries
from veza.domains.marketplace.payouts import queries
from veza.domains.marketplace.payouts.events import (
    TransferCompleted,
    TransferFailed,
    TransferReversed,
)
from veza.domains.marketplace.payouts.models import (
    CallNotFound,
    CallOutcome,
    CallRefused,
    CallSucceeded,
    CancelReversal,
    CompleteUnpaid,
    CreateNextPart,
    DoNothing,
    LockedTransfer,
    OutcomeUnknown,
    PayTransfer,
    ProviderAction,
    ProviderCall,
    ReleaseWithheld,
    ResolveOutcome,
    ReversalStatus,
    ReverseTransfer,
    StoredReversal,
    StoredTransfer,
    TransferStatus,
)
from veza.domains.marketplace.payouts.rules import amounts, steps, transitions
from veza.domains.marketplace.payouts.service.transfers import enqueue_settlement
from veza.domains.marketplace.sellers import shared_queries as seller_queries
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Tx

_NOW = timedelta(0)
_RANDOM = secrets.SystemRandom()


async def prepare_call(tx: Tx, transfer_id: TransferId, provider: str) -> ProviderCall | None:
    """Record and return the next provider call for a transfer; None if there is none for now.

    The transfer is leased for `steps.CALL_LEASE`. The provider must be of the transfer's mode: the
    database refuses any other.
    """
    transfer = await queries.lock_transfer(tx, transfer_id)
    if transfer is None or not transfer.is_due:
        return None
    assert mode_of(provider) is transfer.mode, (transfer_id, provider)
    reversal = await queries.find_open_reversal(tx, transfer_id)
    match steps.next_step(transfer, reversal):
        case (CompleteUnpaid() | CancelReversal() | ReleaseWithheld() | CreateNextPart()) as step:
            await _adjust(tx, transfer, reversal, step)
            return await prepare_call(tx, transfer_id, provider)
        case PayTransfer(amount_cents):
            return await _prepare_payment(tx, transfer, amount_cents, provider=provider)
        case ReverseTransfer() | ResolveOutcome() if transfer.provider != provider:
            # Paid by a provider that is no longer configured: wait until it is.
            await queries.update_transfer(tx, transfer, steps.BLOCKED_DELAY)
        case ReverseTransfer(amount_cents):
            return await _prepare_reversal(tx, transfer, reversal, amount_cents)
        case ResolveOutcome():
            await queries.update_transfer(tx, transfer, steps.CALL_LEASE)
            action = steps.resolving_action(transfer, reversal, transfer.locked_at)
            call = steps.build_call(action, transfer, reversal)
            return structs.replace(call, is_repeated=True)
        case DoNothing():
            await queries.update_transfer(tx, transfer, None)
    return None


async def record_outcome(tx: Tx, call: ProviderCall, outcome: CallOutcome) -> None:
    """Record the outcome of a call, with its posting, unless another worker did already."""
    transfer = await queries.lock_transfer(tx, call.transfer_id)
    assert transfer is not None
    if call.action in {ProviderAction.PAY, ProviderAction.FIND_PAYMENT}:
        if transfer.key_used_at is not None and transfer.key_number == call.key_number:
            await _record_payment(tx, transfer, outcome)
        return
    reversal = await queries.find_open_reversal(tx, call.transfer_id)
    if reversal is not None and (reversal.id, reversal.key_number, reversal.status) == (
        call.movement_id,
        call.key_number,
        ReversalStatus.PROCESSING,
    ):
        await _record_reversal(tx, transfer, reversal, outcome)


async def _adjust(
    tx: Tx,
    transfer: LockedTransfer,
    reversal: StoredReversal | None,
    step: CompleteUnpaid | CancelReversal | ReleaseWithheld | CreateNextPart,
) -> None:
    """Take a step that needs no provider call."""
    match step:
        case CompleteUnpaid():
            await queries.update_transfer(tx, transitions.mark_completed_unpaid(transfer), None)
        case CancelReversal():
            assert reversal is not None
            reason = transitions.REVERSAL_NOT_NEEDED
            cancelled = structs.replace(reversal, status=ReversalStatus.FAILED, reason=reason)
            await queries.update_reversal(tx, cancelled)
        case ReleaseWithheld(amount_cents):
            released = transitions.release_withheld(transfer, amount_cents)
            await queries.update_transfer(tx, released, _NOW)
        case CreateNextPart(amount_cents):
            reduced = structs.replace(transfer, due_cents=transfer.due_cents - amount_cents)
            await queries.update_transfer(tx, reduced, _NOW)
            part_id = TransferId(new_id())
            await queries.insert_next_part(
                tx, part_id, transfer_id=transfer.id, due_cents=amount_cents
            )
            await enqueue_settlement(tx, part_id)


async def _prepare_payment(
    tx: Tx, transfer: LockedTransfer, outstanding_cents: int, *, provider: str
) -> ProviderCall | None:
    """Prepare to pay the amount due, less the seller's debt, once it is in the ledger.

    Nothing of an order is paid to a seller before their pre-orders in it are delivered, so that
    these can be refunded from the payment.
    """
    if await order_queries.has_undelivered(tx, transfer.order_id, transfer.seller_subject):
        waiting = transitions.mark_waiting(transfer, transitions.UNDELIVERED)
        await queries.update_transfer(tx, waiting, steps.BLOCKED_DELAY)
        return None
    account = None
    if transfer.seller_id is not None:
        account = await seller_queries.find_payout_account(tx, transfer.seller_id, transfer.mode)
    reason = steps.unpayable_reason(account, provider)
    if reason is not None:
        waiting = transitions.mark_waiting(transfer, reason)
        await queries.update_transfer(tx, waiting, steps.BLOCKED_DELAY)
        return None
    assert account is not None
    earned_cents, debt_cents = await _lock_funds(tx, transfer)
    amount_cents, withheld_cents = amounts.split_for_debt(outstanding_cents, debt_cents)
    transfer = structs.replace(
        transfer,
        provider=provider,
        account_ref=account.account_ref,
        withheld_cents=transfer.withheld_cents + withheld_cents,
    )
    if amount_cents == 0:
        await queries.update_transfer(tx, transitions.mark_completed_unpaid(transfer), None)
        return None
    if amount_cents > earned_cents:
        # A refund is in the ledger: its event is on its way, or its reversal is running.
        waiting = transitions.mark_waiting(transfer, transitions.REFUND_UNSETTLED)
        await queries.update_transfer(tx, waiting, steps.REFUND_DELAY)
        return None
    paying = transitions.mark_processing(transfer, amount_cents)
    await queries.update_transfer(tx, paying, steps.CALL_LEASE)
    return steps.build_call(ProviderAction.PAY, paying, None)


async def _lock_funds(tx: Tx, transfer: LockedTransfer) -> tuple[int, int]:
    """Lock and return a seller's earnings that aren't being paid, and their debt, in cents.

    Until the commit no other transaction can pay this seller.
    """
    seller = transfer.seller_subject
    currency = transfer.currency
    mode = transfer.mode
    earned_cents = await ledger.lock_earned(tx, seller, currency, mode=mode)
    unresolved_cents = await queries.sum_unresolved(tx, seller, currency, mode=mode)
    debt_cents = await queries.sum_debts(tx, seller, currency, mode=mode)
    return earned_cents - unresolved_cents, debt_cents


async def _prepare_reversal(
    tx: Tx, transfer: LockedTransfer, reversal: StoredReversal | None, amount_cents: int
) -> ProviderCall:
    started = StoredReversal(
        id=ReversalId(new_id()) if reversal is None else reversal.id,
        transfer_id=transfer.id,
        amount_cents=amount_cents,
        status=ReversalStatus.PROCESSING,
        key_number=1 if reversal is None else reversal.key_number,
        key_used_at=transfer.locked_at,
    )
    write = queries.insert_reversal if reversal is None else queries.update_reversal
    await write(tx, started)
    await queries.update_transfer(tx, transfer, steps.CALL_LEASE)
    return steps.build_call(ProviderAction.REVERSE, transfer, started)


async def _record_payment(tx: Tx, transfer: LockedTransfer, outcome: CallOutcome) -> None:
    match outcome:
        case CallSucceeded(ref, amount_cents):
            paid = transitions.mark_paid(transfer, ref or "", amount_cents)
            await queries.update_transfer(tx, paid, _NOW)
            entries = amounts.ledger_entries(transfer, amount_cents)
            await ledger.post(tx, Posting(PostingKind.TRANSFER, transfer.id, entries))
            await _emit_status(tx, transfer, paid)
        case CallRefused():
            refused = transitions.mark_refused(transfer, outcome)
            has_failed = refused.status is TransferStatus.FAILED
            await queries.update_transfer(tx, refused, _NOW if has_failed else _delay(refused))
            await _emit_status(tx, transfer, refused)
        case CallNotFound() if transfer.status is TransferStatus.FAILED:
            await queries.update_transfer(tx, transfer, None)
        case CallNotFound():
            # The provider forgot the key, or never received it: restart its lifetime.
            renewed = structs.replace(transfer, key_used_at=transfer.locked_at)
            await queries.update_transfer(tx, renewed, _NOW)
        case OutcomeUnknown():
            unanswered = transitions.mark_unanswered(transfer)
            await queries.update_transfer(tx, unanswered, _delay(unanswered))
            await _emit_status(tx, transfer, unanswered)


async def _record_reversal(
    tx: Tx, transfer: LockedTransfer, reversal: StoredReversal, outcome: CallOutcome
) -> None:
    match outcome:
        case CallSucceeded(ref, amount_cents):
            completed = structs.replace(
                reversal, status=ReversalStatus.COMPLETED, key_used_at=None, provider_ref=ref
            )
            await queries.update_reversal(tx, completed)
            reversed_transfer = transitions.mark_reversed(transfer, amount_cents)
            await queries.update_transfer(tx, reversed_transfer, _NOW)
            entries = amounts.ledger_entries(transfer, -amount_cents)
            await ledger.post(tx, Posting(PostingKind.REVERSAL, reversal.id, entries))
            if transfer.seller_id is not None:
                ids = (transfer.id, transfer.order_id, transfer.seller_id, reversal.id)
                await emit(tx, TransferReversed(*ids))
        case CallRefused():
            refused = transitions.mark_reversal_refused(transfer, reversal, outcome)
            await queries.update_reversal(tx, refused)
            if refused.status is ReversalStatus.FAILED:
                indebted = transitions.add_debt(transfer, refused)
                await queries.update_transfer(tx, indebted, _NOW)
            else:
                await _retry_reversal_later(tx, transfer)
        case CallNotFound():
            renewed = structs.replace(reversal, key_used_at=transfer.locked_at)
            await queries.update_reversal(tx, renewed)
            await queries.update_transfer(tx, transfer, _NOW)
        case OutcomeUnknown():
            await _retry_reversal_later(tx, transfer)


async def _retry_reversal_later(tx: Tx, transfer: LockedTransfer) -> None:
    updated = structs.replace(transfer, tries=transfer.tries + 1)
    await queries.update_transfer(tx, updated, _delay(updated))


async def _emit_status(tx: Tx, before: StoredTransfer, after: StoredTransfer) -> None:
    """Announce to a seller that a transfer was completed, or has failed."""
    if before.seller_id is None or before.status is after.status:
        return
    if after.status is TransferStatus.COMPLETED:
        await emit(tx, TransferCompleted(after.id, after.order_id, before.seller_id))
    elif after.status is TransferStatus.FAILED:
        # A failure after an admin's retry is also announced.
        failure_id = uuid5(after.id, f"{after.key_number}:{after.retry_count}")
        await emit(tx, TransferFailed(after.id, after.order_id, before.seller_id, failure_id))


def _delay(transfer: StoredTransfer) -> timedelta:
    return steps.retry_delay(transfer.tries, _RANDOM.random())
