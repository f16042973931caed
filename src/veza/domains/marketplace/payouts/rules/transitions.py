"""Transfers and reversals after a change."""

from uuid import UUID

from msgspec import structs

from veza.domains.marketplace.orders.models.provider_reasons import clean_reason
from veza.domains.marketplace.payouts.models import (
    CallRefused,
    LockedTransfer,
    ReversalStatus,
    StoredReversal,
    StoredTransfer,
    TransferStatus,
)
from veza.domains.marketplace.payouts.rules.amounts import describe_adjustments, is_paid
from veza.domains.marketplace.payouts.rules.steps import MAX_TRIES

# After so many refusals for now a reversal is given up and its amount withheld from the next sales,
# which would have to wait for it.
MAX_REVERSAL_TRIES = 3

REVERSAL_NOT_NEEDED = "It is no longer needed."
REFUNDED = "The buyer was refunded: nothing is left to be paid."
REFUND_UNSETTLED = "It is paid as soon as the refunds of earlier sales are settled."
UNDELIVERED = "It is paid when the release is published, or the service is accepted."
UNANSWERED = "The payout provider didn't answer: whether it paid isn't known yet."


def set_due(transfer: StoredTransfer, due_cents: int, fee_cents: int) -> StoredTransfer:
    """Change the amount due. The fee changes only while the first part isn't paid."""
    is_first_unpaid = transfer.part == 1 and transfer.amount_cents is None
    fee_cents = fee_cents if is_first_unpaid else transfer.platform_fee_cents
    return structs.replace(transfer, due_cents=due_cents, platform_fee_cents=fee_cents)


def mark_waiting(transfer: StoredTransfer, reason: str) -> StoredTransfer:
    """Set a transfer that can't be paid yet back to pending, with the reason."""
    return structs.replace(
        transfer,
        status=TransferStatus.PENDING,
        amount_cents=None,
        reason=reason,
        completed_at=None,
    )


def mark_processing(transfer: LockedTransfer, amount_cents: int) -> LockedTransfer:
    """Start paying an amount: from now on the outcome is unknown."""
    return structs.replace(
        transfer,
        status=TransferStatus.PROCESSING,
        amount_cents=amount_cents,
        key_used_at=transfer.locked_at,
        reason=None,
        completed_at=None,
    )


def mark_paid(transfer: LockedTransfer, ref: str, amount_cents: int) -> StoredTransfer:
    """Complete a transfer that the provider paid."""
    return structs.replace(
        transfer,
        status=TransferStatus.COMPLETED,
        amount_cents=amount_cents,
        key_used_at=None,
        provider_ref=ref,
        tries=0,
        reason=describe_adjustments(transfer),
        completed_at=transfer.locked_at,
    )


def mark_completed_unpaid(transfer: LockedTransfer) -> StoredTransfer:
    """Complete a transfer with nothing left to pay."""
    return structs.replace(
        transfer,
        status=TransferStatus.COMPLETED,
        amount_cents=0,
        tries=0,
        reason=describe_adjustments(transfer) or REFUNDED,
        completed_at=transfer.locked_at,
    )


def mark_refused(transfer: StoredTransfer, refusal: CallRefused) -> StoredTransfer:
    """Record a refusal. The next call has another idempotency key."""
    tries = transfer.tries + 1
    is_retried = refusal.is_passing and tries < MAX_TRIES
    return structs.replace(
        transfer,
        status=TransferStatus.PENDING if is_retried else TransferStatus.FAILED,
        amount_cents=None,
        key_number=transfer.key_number + 1,
        key_used_at=None,
        tries=tries,
        retry_count=_count_retry(transfer),
        reason=refusal.reason,
    )


def mark_unanswered(transfer: StoredTransfer) -> StoredTransfer:
    """Record that the provider didn't answer. The next call has the same idempotency key."""
    tries = transfer.tries + 1
    return structs.replace(
        transfer,
        status=TransferStatus.PROCESSING if tries < MAX_TRIES else TransferStatus.FAILED,
        tries=tries,
        retry_count=_count_retry(transfer),
        reason=UNANSWERED,
    )


def _count_retry(transfer: StoredTransfer) -> int:
    # An admin's retry was counted when it was requested.
    is_requested = transfer.tries == 0 and transfer.retry_count > 0
    return transfer.retry_count + (0 if is_requested else 1)


def restart(transfer: StoredTransfer, retry_id: UUID) -> StoredTransfer:
    """Retry a failed transfer, with as many tries as at first."""
    is_outcome_known = transfer.key_used_at is None
    return structs.replace(
        transfer,
        status=TransferStatus.PENDING if is_outcome_known else TransferStatus.PROCESSING,
        tries=0,
        retry_count=transfer.retry_count + 1,
        retry_id=retry_id,
        reason=None,
    )


def mark_reversed(transfer: StoredTransfer, amount_cents: int) -> StoredTransfer:
    """Record a partial or full reversal of the amount paid."""
    reversed_cents = transfer.reversed_cents + amount_cents
    is_full = reversed_cents == transfer.amount_cents
    changed = structs.replace(
        transfer,
        status=TransferStatus.REVERSED if is_full else TransferStatus.COMPLETED,
        reversed_cents=reversed_cents,
        tries=0,
    )
    return structs.replace(changed, reason=describe_adjustments(changed))


def mark_reversal_refused(
    transfer: StoredTransfer, reversal: StoredReversal, refusal: CallRefused
) -> StoredReversal:
    """Record the refusal of a reversal. The next call has another idempotency key."""
    is_retried = refusal.is_passing and transfer.tries + 1 < MAX_REVERSAL_TRIES
    return structs.replace(
        reversal,
        status=ReversalStatus.PENDING if is_retried else ReversalStatus.FAILED,
        key_number=reversal.key_number + 1,
        key_used_at=None,
        reason=refusal.reason,
    )


def add_debt(transfer: StoredTransfer, reversal: StoredReversal) -> StoredTransfer:
    """Turn the amount of a failed reversal into a debt of the seller."""
    withheld_cents = transfer.withheld_cents - reversal.amount_cents
    changed = structs.replace(transfer, withheld_cents=withheld_cents, tries=0)
    reason = f"{describe_adjustments(changed)} The payout provider says: {reversal.reason}"
    return structs.replace(changed, reason=clean_reason(reason))


def release_withheld(transfer: StoredTransfer, amount_cents: int) -> StoredTransfer:
    """Withhold less than before."""
    changed = structs.replace(transfer, withheld_cents=transfer.withheld_cents - amount_cents)
    if not is_paid(changed):
        return changed
    return structs.replace(changed, reason=describe_adjustments(changed))
