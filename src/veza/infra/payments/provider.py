"""The protocol of payment providers.

Payment and refund ids are ours, derived from the order and the refund. Repeating a call with the
same id has no further effect, so calls can be retried. Amounts are in cents.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct


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
    """A payment to create."""

    id: str
    amount_cents: int
    currency: str
    description: str
    return_url: str | None = None


class Payment(Struct, frozen=True):
    """A payment at the provider. The buyer's browser confirms it with `client_secret`."""

    id: str
    state: PaymentState
    amount_cents: int
    currency: str
    client_secret: str | None = None
    reason: str | None = None


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
