"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import OrderId, ReversalId, SubjectId, TransferId, UserId
from veza.core.money_mode import MoneyMode


class NewPart(Struct, frozen=True):
    """What is paid by a transfer of its own, because one is paid once."""

    of_id: TransferId
    due_cents: int


class TransferStatus(StrEnum):
    """How a transfer stands: `processing` while nobody knows whether the company paid."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    REVERSED = "reversed"


class ReversalStatus(StrEnum):
    """How a reversal stands; what `failed` is taken from the seller's next sales instead."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class StoredTransfer(Struct, frozen=True, kw_only=True):
    """What a seller gets for an order, as it is stored; its mode is the one of its order's payment.

    Of what is due, `netted_cents` are settled without the company: kept back for what the seller
    owes; below zero, owed by the seller. It is paid once there is a `provider_ref`. While there is
    a `key_used_at`, the company was asked under that key, and what came of it isn't known.
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
    netted_cents: int
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
    """A transfer that is locked, at this moment; `is_free` where its time has come."""

    moment: datetime
    is_free: bool


class StoredReversal(Struct, frozen=True, kw_only=True):
    """What is to be taken back of a transfer, as it is stored."""

    id: ReversalId
    transfer_id: TransferId
    amount_cents: int
    status: ReversalStatus
    key_number: int
    key_used_at: datetime | None
    provider_ref: str | None = None
    reason: str | None = None


# What a transfer needs next. Each is a decision of the rules.


class Rest(Struct, frozen=True):
    """Nothing is to be done."""


class Finish(Struct, frozen=True):
    """Nothing is due and nothing was paid: that is all."""


class Unnet(Struct, frozen=True):
    """Less is due than was kept back for other debts, which the seller owes again."""

    amount_cents: int


class Split(Struct, frozen=True):
    """More is due than was paid: a transfer is paid once, so another one pays the rest."""

    amount_cents: int


class Drop(Struct, frozen=True):
    """A reversal that wasn't made is needed no more."""


class Pay(Struct, frozen=True):
    """So much is due that wasn't paid."""

    amount_cents: int


class TakeBack(Struct, frozen=True):
    """So much was paid that isn't due."""

    amount_cents: int


class FindOut(Struct, frozen=True):
    """The company was asked to pay, or to take back, and what came of it isn't known."""


type Step = Rest | Finish | Unnet | Split | Drop | Pay | TakeBack | FindOut


class Action(StrEnum):
    """What the company is asked: to do something, or whether it was done."""

    PAY = "pay"
    LOOK = "look"
    REVERSE = "reverse"
    LOOK_REVERSED = "look_reversed"


class Call(Struct, frozen=True, kw_only=True):
    """A question to the company, as it is written down before it is asked.

    `known_reversed_cents` is what we know to be taken back, not counting this.
    """

    action: Action
    transfer_id: TransferId
    order_id: OrderId
    movement_id: TransferId | ReversalId
    key_number: int
    account_ref: str = ""
    transfer_ref: str = ""
    amount_cents: int
    currency: str
    known_reversed_cents: int = 0

    @property
    def key(self) -> str:
        """Name the call. The number rises when the company refused, and at no other time."""
        return f"{self.movement_id}:{self.key_number}"


class Done(Struct, frozen=True):
    """The company did it; `ref` is its name for that, where it told it."""

    ref: str | None
    amount_cents: int


class Refused(Struct, frozen=True):
    """The company did nothing, and says why."""

    reason: str
    is_passing: bool


class NotFound(Struct, frozen=True):
    """The company knows of nothing like that."""


class Unknown(Struct, frozen=True):
    """Nobody knows whether it was done."""


type Outcome = Done | Refused | NotFound | Unknown


class SettleTransfer(Struct, frozen=True):
    """Have a seller be paid what is due, or have it taken back what isn't any more."""

    transfer_id: TransferId


class Transfer(Struct, frozen=True):
    """What a seller gets for an order, as it is shown.

    `amount_cents` is what was paid, or is to be paid; `reversed_cents` of it were taken back. The
    `reason` says why it isn't paid yet, or not whole. Of the mode `test` no money is real.
    """

    id: TransferId
    seller_id: UserId | None
    order_id: OrderId
    amount_cents: int
    reversed_cents: int
    platform_fee_cents: int
    currency: str
    mode: MoneyMode
    status: TransferStatus
    retry_count: int
    next_retry_at: datetime | None
    reason: str | None
    created_at: datetime
    completed_at: datetime | None


class TransferQuery(Struct, frozen=True):
    """Which transfers are asked for."""

    limit: int
    offset: int = 0
    seller_id: UserId | None = None
    status: TransferStatus | None = None
    since: datetime | None = None
    until: datetime | None = None


class TransferPage(Struct, frozen=True):
    """One page of transfers, newest first, and how many there are in all."""

    transfers: list[Transfer]
    total: int


class RetriedTransfer(Struct, frozen=True):
    """How a transfer stands after it was tried again."""

    id: TransferId
    status: TransferStatus
    retry_count: int
    next_retry_at: datetime | None
    reason: str | None
