"""Transfers as sellers and admins see them."""

from veza.core.structs import copy_fields
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
    if amount_cents is None:
        # Negative while more is withheld than is due after a refund.
        amount_cents = max(outstanding_cents(transfer), 0)
    is_retry_scheduled = transfer.status in _UNSETTLED and transfer.tries > 0
    next_retry_at = transfer.next_retry_at if is_retry_scheduled else None
    return copy_fields(Transfer, transfer, amount_cents=amount_cents, next_retry_at=next_retry_at)


def show_retried(transfer: StoredTransfer) -> RetriedTransfer:
    """Return a transfer after a retry."""
    return copy_fields(RetriedTransfer, show_transfer(transfer))


def has_first_try_ended(transfer: StoredTransfer) -> bool:
    """Return whether a retry is paid, has failed once, or waits for something else."""
    return transfer.status not in _UNSETTLED or transfer.tries > 0 or transfer.reason is not None
