"""Transfers and reversals by plain values, for tests of rules."""

from datetime import UTC, datetime
from uuid import UUID

from msgspec import structs

from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.payouts.models import (
    LockedTransfer,
    ReversalStatus,
    StoredReversal,
    TransferStatus,
)

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
_PENDING = LockedTransfer(
    id=UUID(int=1),
    order_id=UUID(int=2),
    seller_id=UUID(int=3),
    seller_subject=UUID(int=4),
    part=1,
    payment_provider="hyperswitch",
    mode=MoneyMode.LIVE,
    provider=None,
    account_ref=None,
    due_cents=900,
    withheld_cents=0,
    amount_cents=None,
    reversed_cents=0,
    platform_fee_cents=100,
    currency="EUR",
    status=TransferStatus.PENDING,
    key_number=1,
    key_used_at=None,
    provider_ref=None,
    tries=0,
    retry_count=0,
    retry_id=None,
    next_retry_at=NOON,
    reason=None,
    created_at=NOON,
    completed_at=None,
    locked_at=NOON,
    is_due=True,
)


def pending(**changes):
    return structs.replace(_PENDING, **changes)


def processing(**changes):
    return structs.replace(
        _PENDING,
        **{
            "status": TransferStatus.PROCESSING,
            "provider": "stripe",
            "account_ref": "acct_1",
            "amount_cents": 900,
            "key_used_at": NOON,
        }
        | changes,
    )


def paid(**changes):
    known = {"status": TransferStatus.COMPLETED, "key_used_at": None, "provider_ref": "tr_1"}
    return processing(**known | changes)


def failed(**changes):
    return pending(**{"status": TransferStatus.FAILED, "tries": 1, "retry_count": 1} | changes)


def reversal(**changes):
    begun = StoredReversal(
        id=UUID(int=5),
        transfer_id=UUID(int=1),
        amount_cents=900,
        status=ReversalStatus.PROCESSING,
        key_number=1,
        key_used_at=NOON,
    )
    return structs.replace(begun, **changes)


def waiting_reversal(**changes):
    return reversal(**{"status": ReversalStatus.PENDING, "key_used_at": None} | changes)
