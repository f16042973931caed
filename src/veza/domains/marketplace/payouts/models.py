"""Transfers and reversals as they are stored and shown, payout steps, and provider calls."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import OrderId, ReversalId, SubjectId, TransferId, UserId
from veza.core.money_mode import MoneyMode
from veza.core.pages import RowRange


class TransferStatus(StrEnum):
    """Status of a transfer; `processing` while it is unknown whether the provider paid."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    REVERSED = "reversed"


class ReversalStatus(StrEnum):
    """Status of a reversal. The amount of a `failed` one is deducted from the seller's next sales.

    A reversal that was cancelled because it is no longer needed is also `failed`, but nothing is
    withheld.
    """

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class StoredTransfer(Struct, frozen=True, kw_only=True):
    """A part of a seller's payout for an order, in the mode of the order's payment.

    `withheld_cents` of the amount due are settled without the provider: withheld to cover the
    seller's debt or, if negative, a debt of the seller that later transfers withhold. A transfer
    was paid if it has a `provider_ref`. While `key_used_at` is set, the provider was called with
    that idempotency key and the outcome is unknown.
    """

    id: TransferId
    order_id: OrderId
    seller_id: UserId | None
    seller_subject: SubjectId
    part: int
    payment_provider: str
    mode: MoneyMode
    provider: str | None
    account_ref: str | None
    due_cents: int
    withheld_cents: int
    amount_cents: int | None
    reversed_cents: int
    platform_fee_cents: int
    currency: str
    status: TransferStatus
    key_number: int
    key_used_at: datetime | None
    provider_ref: str | None
    tries: int
    retry_count: int
    retry_id: UUID | None
    next_retry_at: datetime | None
    reason: str | None
    created_at: datetime
    completed_at: datetime | None


class LockedTransfer(StoredTransfer, frozen=True, kw_only=True):
    """A transfer locked at `locked_at` (database clock); `is_due` if it may proceed."""

    locked_at: datetime
    is_due: bool


class StoredReversal(Struct, frozen=True, kw_only=True):
    """An amount to reverse of a transfer."""

    id: ReversalId
    transfer_id: TransferId
    amount_cents: int
    status: ReversalStatus
    key_number: int
    key_used_at: datetime | None
    provider_ref: str | None = None
    reason: str | None = None


# The steps of a payout: `rules.steps.next_step` chooses one.


class DoNothing(Struct, frozen=True):
    """The transfer is settled, or waits for an admin's retry."""


class CompleteUnpaid(Struct, frozen=True):
    """Nothing is due and nothing was paid: complete the transfer with an amount of 0."""


class ReleaseWithheld(Struct, frozen=True):
    """Less is due than was withheld: release this amount, which adds it to the seller's debt."""

    amount_cents: int


class CreateNextPart(Struct, frozen=True):
    """More is due than was paid. A transfer is paid once, so a new transfer pays this amount."""

    amount_cents: int


class CancelReversal(Struct, frozen=True):
    """The open reversal, which the provider hasn't made, is no longer needed."""


class PayTransfer(Struct, frozen=True):
    """Pay this amount, less what is withheld for the seller's debt."""

    amount_cents: int


class ReverseTransfer(Struct, frozen=True):
    """Reverse this amount, which was paid and isn't due."""

    amount_cents: int


class ResolveOutcome(Struct, frozen=True):
    """The outcome of the last provider call is unknown: repeat the call, or look it up."""


type PayoutStep = (
    DoNothing
    | CompleteUnpaid
    | ReleaseWithheld
    | CreateNextPart
    | CancelReversal
    | PayTransfer
    | ReverseTransfer
    | ResolveOutcome
)


class ProviderAction(StrEnum):
    """A provider call: pay or reverse, or look up whether that was done."""

    PAY = "pay"
    FIND_PAYMENT = "find_payment"
    REVERSE = "reverse"
    FIND_REVERSAL = "find_reversal"


class ProviderCall(Struct, frozen=True, kw_only=True):
    """A provider call that is recorded before it is made.

    `movement_id` is the transfer or the reversal. `known_reversed_cents` is the amount known to be
    reversed, without this call. `is_repeated` if it may have been made before with the same key.
    """

    action: ProviderAction
    transfer_id: TransferId
    order_id: OrderId
    movement_id: TransferId | ReversalId
    key_number: int
    account_ref: str = ""
    transfer_ref: str = ""
    amount_cents: int
    currency: str
    known_reversed_cents: int = 0
    is_repeated: bool = False

    @property
    def key(self) -> str:
        """Return the idempotency key. Its number rises after a refusal, and only then."""
        return f"{self.movement_id}:{self.key_number}"


class CallSucceeded(Struct, frozen=True):
    """The call succeeded; `ref` is the provider's id, if returned."""

    ref: str | None
    amount_cents: int


class CallRefused(Struct, frozen=True):
    """The provider refused the call; `is_passing` if a later call may succeed."""

    reason: str
    is_passing: bool


class CallNotFound(Struct, frozen=True):
    """A lookup found no such payment or reversal."""


class OutcomeUnknown(Struct, frozen=True):
    """It is unknown whether the provider did it."""


type CallOutcome = CallSucceeded | CallRefused | CallNotFound | OutcomeUnknown


class SettleTransfer(Struct, frozen=True):
    """Job: pay the seller the amount due, or reverse the amount no longer due."""

    transfer_id: TransferId


class RetriedTransfer(Struct, frozen=True):
    """A transfer after an admin's retry."""

    id: TransferId
    status: TransferStatus
    retry_count: int
    next_retry_at: datetime | None
    reason: str | None


class Transfer(RetriedTransfer, frozen=True):
    """A payout to a seller for an order.

    `amount_cents` was paid, or is to be paid; `reversed_cents` of it were reversed. `reason`
    explains why it isn't paid yet, or not in full. In `test` mode no real money moves.
    """

    seller_id: UserId | None
    order_id: OrderId
    amount_cents: int
    reversed_cents: int
    platform_fee_cents: int
    currency: str
    mode: MoneyMode
    created_at: datetime
    completed_at: datetime | None


class TransferQuery(RowRange, frozen=True):
    """Page and filters of a list of transfers."""

    seller_id: UserId | None = None
    status: TransferStatus | None = None
    since: datetime | None = None
    until: datetime | None = None


class TransferPage(Struct, frozen=True):
    """A page of transfers, newest first; `total` counts all pages."""

    transfers: list[Transfer]
    total: int
