"""What the companies of the sandbox keep, and what is told them."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import UserId


class PaymentOutcome(StrEnum):
    """How a payment ends: the bank says yes, or no."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PayoutOutcome(StrEnum):
    """How transfers to a seller end: well, by a refusal, or without any answer."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"


class SandboxAccount(Struct, frozen=True):
    """A seller's account, as it stands."""

    ref: str
    is_connected: bool
    outcome: PayoutOutcome


class NewLink(Struct, frozen=True):
    """A link where a seller tells who they are: only the hash of its token is kept."""

    token_hash: bytes
    expires_at: datetime
    return_url: str


class StoredTransfer(Struct, frozen=True):
    """A transfer, with all that was asked for under its key."""

    ref: str
    transfer_id: str
    transfer_group: str
    account_ref: str
    amount_cents: int
    currency: str
    reversed_cents: int


class StoredReversal(Struct, frozen=True):
    """What was taken back of a transfer, as it was asked for under its key."""

    ref: str
    transfer_ref: str
    amount_cents: int


class Confirmation(Struct, frozen=True):
    """What a buyer does in the sandbox instead of paying."""

    outcome: PaymentOutcome


class Confirmed(Struct, frozen=True):
    """That a payment is confirmed: how the order stands, a webhook tells."""

    payment_id: str
    outcome: PaymentOutcome


class PayoutWish(Struct, frozen=True):
    """How a seller's next transfers shall end."""

    seller_id: UserId
    outcome: PayoutOutcome


class OpenLink(Struct, frozen=True):
    """A link that still holds: of which account, and where its owner goes on."""

    ref: str
    return_url: str
