"""Transfers as sellers and admins see them."""

from veza.core.structs import copy_fields
from veza.domains.marketplace.payouts.models import (
    StoredTransfer,
    Transfer,
    TransferStatus,
)
from veza.domains.marketplace.payouts.rules.amounts import outstanding_cents

UNSETTLED = {TransferStatus.PENDING, TransferStatus.PROCESSING}


def show_transfer(transfer: StoredTransfer) -> Transfer:
    """Return a transfer as its seller and admins see it."""
    amount_cents = transfer.amount_cents
    if amount_cents is None:
        # Negative while more is withheld than is due after a refund.
        amount_cents = max(outstanding_cents(transfer), 0)
    is_retry_scheduled = transfer.status in UNSETTLED and transfer.tries > 0
    next_retry_at = transfer.next_retry_at if is_retry_scheduled else None
    return copy_fields(Transfer, transfer, amount_cents=amount_cents, next_retry_at=next_retry_at)
