"""The protocol of payment providers.

Payment and refund ids are ours, derived from the order and the refund. Repeating a call with the
same id has no further effect, so calls can be retried. Amounts are in cents.

A provider keeps a buyer's payment method if the first payment asks for it (`keeps_method`). Later
payments are charged to it by its id, without the buyer. Nothing else of a method is known here.
"""

import hashlib
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from veza.core.ids import UserId

MAX_CUSTOMER_ID = 64


class PaymentState(StrEnum):
    """The state of a payment. Only `pending` changes, except by refunds."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RefundState(StrEnum):
    """The state of a refund."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PaymentRequest(Struct, frozen=True):
    """A payment to create, which its buyer confirms.

    With `keeps_method` the buyer has agreed that the provider keeps the payment method of this
    payment, and that it is charged later without them. `customer_id` is from `derive_customer_id`.
    """

    id: str
    amount_cents: int
    currency: str
    description: str
    return_url: str | None = None
    customer_id: str | None = None
    keeps_method: bool = False

    def __post_init__(self) -> None:
        assert self.customer_id is None or 0 < len(self.customer_id) <= MAX_CUSTOMER_ID
        assert self.customer_id is not None or not self.keeps_method


class ChargeRequest(Struct, frozen=True):
    """A payment to charge to a kept method of a customer, without the buyer.

    To `return_url` the buyer comes back if the bank wants them to confirm it.
    """

    id: str
    amount_cents: int
    currency: str
    description: str
    customer_id: str
    method_id: str
    return_url: str | None = None


class Payment(Struct, frozen=True):
    """A payment at the provider. The buyer's browser confirms it with `client_secret`.

    `method_id` is the provider's id of the method that was kept, or charged without the buyer: it
    is None before the payment succeeded, and in payments that didn't ask for it. A pending payment
    with `is_action_required` waits for the buyer to confirm it at their bank (3-D Secure), and
    another pending one for the bank. `country` is that of the card's issuer, ISO 3166-1, if the
    provider tells it.
    """

    id: str
    state: PaymentState
    amount_cents: int
    currency: str
    client_secret: str | None = None
    reason: str | None = None
    method_id: str | None = None
    is_action_required: bool = False
    country: str | None = None


class RefundRequest(Struct, frozen=True):
    """A refund to create."""

    id: str
    payment_id: str
    amount_cents: int
    currency: str
    reason: str


class PaymentRefund(Struct, frozen=True):
    """A refund at the provider."""

    id: str
    payment_id: str
    state: RefundState
    amount_cents: int
    currency: str
    reason: str | None = None


class DisputeState(StrEnum):
    """The state of a dispute. The provider withholds the money while it is open."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class PaymentDispute(Struct, frozen=True):
    """A dispute of a payment; `id` is the provider's."""

    id: str
    payment_id: str
    state: DisputeState
    amount_cents: int
    currency: str


class PaymentProvider(Protocol):
    """Takes buyers' payments. Each call may raise ProviderUnavailable."""

    @property
    def name(self) -> str:
        """The name of the provider in orders and the ledger."""
        ...

    async def create_payment(self, request: PaymentRequest) -> Payment:
        """Create a payment, or return the existing one with this id. Raises ProviderRefused."""
        ...

    async def charge(self, request: ChargeRequest) -> Payment:
        """Charge a kept method without the buyer, or return the existing payment with this id.

        The state is SUCCEEDED, FAILED or PENDING. FAILED, with a reason, is everything by which no
        money is taken: a decline, a method that the provider no longer knows or that is another
        customer's, and a payment with this id that was cancelled. Another attempt needs another id.
        PENDING ends later, as in other payments: with `is_action_required` when the buyer confirms
        it on session with its `client_secret`. Raises only ProviderUnavailable: then the money may
        have been taken, and the same call says later whether it was.
        """
        ...

    async def forget_method(self, customer_id: str, method_id: str) -> None:
        """Delete a kept method; one that is unknown, or was deleted before, is fine.

        A customer's payments by the same card may have kept one method: it is deleted for all.
        Raises ProviderRefused if the provider keeps it nevertheless.
        """
        ...

    async def find_payment(self, payment_id: str) -> Payment | None:
        """Return a payment, with a state that the provider has confirmed with the bank."""
        ...

    async def cancel_payment(self, payment_id: str) -> Payment:
        """Cancel a payment unless it has succeeded; return it."""
        ...

    async def refund(self, request: RefundRequest) -> PaymentRefund:
        """Create a refund, or return the existing one with this id. Raises ProviderRefused."""
        ...

    async def find_refund(self, refund_id: str) -> PaymentRefund | None:
        """Return a refund."""
        ...

    async def list_disputes(
        self, since: datetime, *, limit: int, offset: int
    ) -> list[PaymentDispute]:
        """Return a page of the disputes opened since a moment, in a stable order."""
        ...

    async def find_dispute(self, dispute_id: str) -> PaymentDispute | None:
        """Return a dispute."""
        ...


class PaymentProviders(Struct, frozen=True):
    """The current payment provider, and former ones that still have payments of orders."""

    current: PaymentProvider
    others: tuple[PaymentProvider, ...] = ()

    def find(self, name: str) -> PaymentProvider | None:
        """Return the provider with this name, or None if it isn't connected."""
        providers = (self.current, *self.others)
        return next((provider for provider in providers if provider.name == name), None)


def derive_customer_id(user_id: UserId) -> str:
    """Return the id by which providers know a member: the same each time, and no other data."""
    return hashlib.sha256(f"customer:{user_id}".encode()).hexdigest()[:32]
