"""Accounts, transfers and forms of the sandbox."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import UserId


class PaymentOutcome(StrEnum):
    """Whether the bank accepts a payment."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class LaterCharges(StrEnum):
    """The result of later charges of a kept method: `action_required` waits for the buyer."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"
    ACTION_REQUIRED = "action_required"


class PayoutOutcome(StrEnum):
    """The outcome of transfers to a seller: `failed` is a refusal, `unavailable` is no response."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNAVAILABLE = "unavailable"


class KeptMethod(Struct, frozen=True):
    """A payment method that the sandbox keeps, as its member exports it."""

    id: str
    later_charges: LaterCharges
    created_at: datetime


class KnownPayment(Struct, frozen=True):
    """A payment of a member who has or had a kept method, as they export it."""

    id: str
    amount_cents: int
    currency: str
    state: str
    method_id: str | None
    created_at: datetime


class SandboxAccount(Struct, frozen=True):
    """The payout account of a seller."""

    ref: str
    is_connected: bool
    outcome: PayoutOutcome


class PersonalSandbox(Struct, frozen=True):
    """The payments, methods and accounts of a member in the sandbox."""

    account: SandboxAccount | None
    methods: list[KeptMethod]
    payments: list[KnownPayment]


class NewOnboardingLink(Struct, frozen=True):
    """A new link to the onboarding page. Only the hash of its token is stored."""

    token_hash: bytes
    expires_at: datetime
    return_url: str


class OnboardingLink(Struct, frozen=True):
    """A valid link to the onboarding page: its account, and where the seller returns to."""

    ref: str
    return_url: str


class SandboxTransfer(Struct, frozen=True):
    """A transfer, with everything that was requested with its idempotency key."""

    ref: str
    transfer_id: str
    transfer_group: str
    account_ref: str
    amount_cents: int
    currency: str
    reversed_cents: int


class SandboxReversal(Struct, frozen=True):
    """A reversal of a transfer, as requested with its idempotency key."""

    ref: str
    transfer_ref: str
    amount_cents: int


class PaymentConfirmation(Struct, frozen=True):
    """The requested outcome of a payment; for a guest's order with its token.

    If a successful payment keeps its method, `later_charges` says how later payments by it end:
    null is `succeeded`, or what was chosen before.
    """

    outcome: PaymentOutcome
    token: Annotated[str, Meta(max_length=100, examples=[None])] | None = None
    later_charges: LaterCharges | None = None


class ConfirmedPayment(Struct, frozen=True):
    """A confirmed payment. A webhook updates its order."""

    payment_id: str
    outcome: PaymentOutcome


class PayoutOutcomeForm(Struct, frozen=True):
    """The outcome of the next transfers to a seller."""

    seller_id: UserId
    outcome: PayoutOutcome
