"""Transfers as sellers and admins see them."""

from veza.domains.marketplace.payouts.models import (
    RetriedTransfer,
    StoredTransfer,
    Transfer,
    TransferStatus,
)
from veza.domains.marketplace.payouts.rules.amounts import outstanding_cents

_UNSETTLED = {TransferStatus.PENDING, TransferStatus.PROCESSING}


def show_transfer(transfer: StoredTransfer) -> Transfer:
    """Return a transfer as its seller and admins see it."""
    amount_cents = transfer.amount_cents
    is_retry_scheduled = transfer.status in _UNSETTLED and transfer.tries > 0
    return Transfer(
        id=transfer.id,
        seller_id=transfer.seller_id,
        order_id=transfer.order_id,
        # Negative while more is withheld than is due after a refund.
        amount_cents=max(outstanding_cents(transfer), 0) if amount_cents is None else amount_cents,
        reversed_cents=transfer.reversed_cents,
        platform_fee_cents=transfer.platform_fee_cents,
        currency=transfer.currency,
        mode=transfer.mode,
        status=transfer.status,
        retry_count=transfer.retry_count,
        next_retry_at=transfer.next_retry_at if is_retry_scheduled else None,
        reason=transfer.reason,
        created_at=transfer.created_at,
        completed_at=transfer.completed_at,
    )


def show_retried(transfer: StoredTransfer) -> RetriedTransfer:
    """Return a transfer after a retry."""
    shown = show_transfer(transfer)
    return RetriedTransfer(
        shown.id, shown.status, shown.retry_count, shown.next_retry_at, shown.reason
    )


def has_first_try_ended(transfer: StoredTransfer) -> bool:
    """Return whether a retry is paid, has failed once, or waits for something else."""
    return transfer.status not in _UNSETTLED or transfer.tries > 0 or transfer.reason is not None
