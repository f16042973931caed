"""The next step of a transfer, the provider call for it, and the time of the next attempt."""

from datetime import datetime, timedelta

from veza.domains.marketplace.orders.models.provider_reasons import clean_reason
from veza.domains.marketplace.payouts.models import (
    CancelReversal,
    CompleteUnpaid,
    CreateNextPart,
    DoNothing,
    PayoutStep,
    PayTransfer,
    ProviderAction,
    ProviderCall,
    ReleaseWithheld,
    ResolveOutcome,
    ReverseTransfer,
    StoredReversal,
    StoredTransfer,
    TransferStatus,
)
from veza.domains.marketplace.payouts.rules.amounts import is_paid, outstanding_cents, paid_cents
from veza.domains.marketplace.sellers.models import PayoutAccountStatus, StoredPayoutAccount

MAX_TRIES = 8
# Providers remember an idempotency key for a day. After this time the outcome is looked up instead.
LOOKUP_AFTER = timedelta(hours=20)
# A provider call takes 30 seconds at most: after the lease its worker has finished, or died.
CALL_LEASE = timedelta(minutes=2)
# A refund is in the ledger a moment before its event changes what is due.
REFUND_DELAY = timedelta(minutes=1)
# Blocked transfers are resumed by an event; this is the fallback.
BLOCKED_DELAY = timedelta(days=1)
_FIRST_DELAY = timedelta(minutes=1)
_MAX_DELAY = timedelta(hours=12)

NOT_CONNECTED = "Connect a payout account to be paid."
NOT_READY = "The payout account can't be paid yet: see what its provider asks for."


def next_step(transfer: StoredTransfer, reversal: StoredReversal | None) -> PayoutStep:
    """Return the next step of a transfer. An unknown outcome is resolved before anything else."""
    if transfer.key_used_at is not None or (reversal and reversal.key_used_at is not None):
        return ResolveOutcome()
    outstanding = outstanding_cents(transfer)
    if reversal is not None and min(-outstanding, paid_cents(transfer)) <= 0:
        return CancelReversal()
    if outstanding < 0:
        return _recover(transfer, -outstanding)
    if outstanding > 0:
        return _pay(transfer, outstanding)
    is_over = is_paid(transfer) or transfer.status is TransferStatus.COMPLETED
    return DoNothing() if is_over else CompleteUnpaid()


def _recover(transfer: StoredTransfer, excess_cents: int) -> PayoutStep:
    if transfer.withheld_cents > 0:
        return ReleaseWithheld(min(excess_cents, transfer.withheld_cents))
    return ReverseTransfer(min(excess_cents, paid_cents(transfer)))


def _pay(transfer: StoredTransfer, outstanding: int) -> PayoutStep:
    if is_paid(transfer):
        return CreateNextPart(outstanding)
    return DoNothing() if transfer.status is TransferStatus.FAILED else PayTransfer(outstanding)


def unpayable_reason(account: StoredPayoutAccount | None, provider: str) -> str | None:
    """Return why a provider can't pay a seller, for the seller; None if it can."""
    if account is None or account.provider != provider:
        return NOT_CONNECTED
    if account.status is PayoutAccountStatus.CONNECTED:
        return None
    if account.status is PayoutAccountStatus.ONBOARDING or not account.reason:
        return NOT_READY
    return clean_reason(f"{NOT_READY} The payout provider says: {account.reason}")


def resolving_action(
    transfer: StoredTransfer, reversal: StoredReversal | None, moment: datetime
) -> ProviderAction:
    """Return the call that resolves an unknown outcome.

    While the provider certainly remembers the idempotency key, the call is repeated with it, which
    has no further effect. Later the outcome is looked up. A failed transfer is only looked up: it
    is paid again when an admin retries it.
    """
    if transfer.key_used_at is not None:
        has_failed = transfer.status is TransferStatus.FAILED
        is_old = moment - transfer.key_used_at >= LOOKUP_AFTER
        return ProviderAction.FIND_PAYMENT if has_failed or is_old else ProviderAction.PAY
    assert reversal is not None
    assert reversal.key_used_at is not None
    is_old = moment - reversal.key_used_at >= LOOKUP_AFTER
    return ProviderAction.FIND_REVERSAL if is_old else ProviderAction.REVERSE


def build_call(
    action: ProviderAction, transfer: StoredTransfer, reversal: StoredReversal | None
) -> ProviderCall:
    """Return the provider call for an action."""
    is_payment = action in {ProviderAction.PAY, ProviderAction.FIND_PAYMENT}
    movement = transfer if is_payment else reversal
    assert movement is not None
    assert movement.amount_cents is not None
    return ProviderCall(
        action=action,
        transfer_id=transfer.id,
        order_id=transfer.order_id,
        movement_id=movement.id,
        key_number=movement.key_number,
        account_ref=transfer.account_ref or "",
        transfer_ref=transfer.provider_ref or "",
        amount_cents=movement.amount_cents,
        currency=transfer.currency,
        known_reversed_cents=transfer.reversed_cents,
    )


def retry_delay(tries: int, jitter: float) -> timedelta:
    """Return how long to wait after so many failed tries; `jitter` is between 0 and 1."""
    delay = min(_FIRST_DELAY * 3 ** (min(tries, MAX_TRIES) - 1), _MAX_DELAY)
    return delay * (0.5 + jitter / 2)
