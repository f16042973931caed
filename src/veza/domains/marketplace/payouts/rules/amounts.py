"""The amounts of a transfer: due, paid, withheld, posted and shown."""

from collections.abc import Sequence

from veza.core.money import write_amount
from veza.core.structs import copy_fields
from veza.domains.marketplace.ledger.models import AccountKind, LedgerAccount, LedgerEntry
from veza.domains.marketplace.payouts.models import StoredTransfer, Transfer, TransferStatus

UNSETTLED = {TransferStatus.PENDING, TransferStatus.PROCESSING}


def is_paid(transfer: StoredTransfer) -> bool:
    """Return whether the provider paid it, even if it was reversed later."""
    return transfer.provider_ref is not None


def paid_cents(transfer: StoredTransfer) -> int:
    """Return the amount that the provider paid, less reversals."""
    if not is_paid(transfer):
        return 0
    return (transfer.amount_cents or 0) - transfer.reversed_cents


def outstanding_cents(transfer: StoredTransfer) -> int:
    """Return the amount still to be paid; if negative, the amount still to be recovered."""
    return transfer.due_cents - transfer.withheld_cents - paid_cents(transfer)


def split_for_debt(outstanding_cents: int, debt_cents: int) -> tuple[int, int]:
    """Return how much to pay a seller with a debt, and how much to withhold."""
    withheld_cents = min(outstanding_cents, max(debt_cents, 0))
    return outstanding_cents - withheld_cents, withheld_cents


def distribute_due(dues: Sequence[int], total_cents: int) -> list[int]:
    """Distribute the amount due for an order over its parts, given their previous amounts due.

    The last part changes; if it would be less than 0, the parts before it change, too.
    """
    distributed = list(dues)
    missing_cents = total_cents - sum(dues)
    for index in reversed(range(len(dues))):
        distributed[index] = max(0, dues[index] + missing_cents)
        missing_cents -= distributed[index] - dues[index]
    return distributed


def describe_adjustments(transfer: StoredTransfer) -> str | None:
    """Return why a transfer isn't paid in full, for its seller; None if it is."""
    withheld_cents = transfer.withheld_cents
    reversed_cents = transfer.reversed_cents
    adjustments = [
        (withheld_cents, "were withheld for refunds of earlier sales"),
        (reversed_cents, "were taken back for a refund or a disputed payment"),
        (-withheld_cents, "will be withheld from your next sales"),
    ]
    sentences = [
        f"{write_amount(cents, transfer.currency)} {verb}."
        for cents, verb in adjustments
        if cents > 0
    ]
    return " ".join(sentences) or None


def ledger_entries(transfer: StoredTransfer, amount_cents: int) -> list[LedgerEntry]:
    """Return the entries of a payment to a seller; with a negative amount, of a reversal."""
    currency = transfer.currency
    mode = transfer.mode
    subject = transfer.seller_subject
    earned = LedgerAccount(AccountKind.EARNED, currency, mode, subject)
    paid = LedgerAccount(AccountKind.PAID, currency, mode, subject)
    payments = LedgerAccount(
        AccountKind.PAYMENTS, currency, mode, provider=transfer.payment_provider
    )
    payouts = LedgerAccount(AccountKind.PAYOUTS, currency, mode, provider=transfer.provider)
    return [
        LedgerEntry(earned, -amount_cents),
        LedgerEntry(paid, amount_cents),
        LedgerEntry(payments, amount_cents),
        LedgerEntry(payouts, -amount_cents),
    ]


def show_transfer(transfer: StoredTransfer) -> Transfer:
    """Return a transfer as its seller and admins see it."""
    amount_cents = transfer.amount_cents
    if amount_cents is None:
        # Negative while more is withheld than is due after a refund.
        amount_cents = max(outstanding_cents(transfer), 0)
    is_retry_scheduled = transfer.status in UNSETTLED and transfer.tries > 0
    next_retry_at = transfer.next_retry_at if is_retry_scheduled else None
    return copy_fields(Transfer, transfer, amount_cents=amount_cents, next_retry_at=next_retry_at)
