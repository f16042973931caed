"""What a company that takes buyers' money does for us, whichever it is.

Ids are ours, made from the order's and the refund's: a call that is repeated with the same id does
nothing a second time, so that whatever was lost on the way can simply be tried again. Amounts are
in cents.
"""

from datetime import datetime
from enum import StrEnum
from typing import Protocol

from msgspec import Struct


class PaymentState(StrEnum):
    """How a payment stands with the company. Only `pending` ever changes, but for refunds."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class RefundState(StrEnum):
    """How a refund stands with the company."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class PaymentRequest(Struct, frozen=True):
    """What a buyer is to pay."""

    id: str
    amount_cents: int
    currency: str
    description: str
    return_url: str | None = None


class Payment(Struct, frozen=True):
    """A payment as the company knows it. With `client_secret` the buyer's browser confirms it."""

    id: str
    state: PaymentState
    amount_cents: int
    currency: str
    client_secret: str | None = None
    reason: str | None = None


class RefundRequest(Struct, frozen=True):
    """What a buyer is to get back of a payment."""

    id: str
    payment_id: str
    amount_cents: int
    currency: str
    reason: str


class PaymentRefund(Struct, frozen=True):
    """A refund as the company knows it."""

    id: str
    payment_id: str
    state: RefundState
    amount_cents: int
    currency: str
    reason: str | None = None


class DisputeState(StrEnum):
    """How a dispute stands with the provider: while it is open, the money is gone."""

    OPEN = "open"
    WON = "won"
    LOST = "lost"


class PaymentDispute(Struct, frozen=True):
    """A dispute of a payment as the provider knows it; the id is the provider's."""

    id: str
    payment_id: str
    state: DisputeState
    amount_cents: int
    currency: str


class PaymentProvider(Protocol):
    """A company that takes buyers' money.

    Each call raises ProviderUnavailable (`infra.providers`).
    """

    @property
    def name(self) -> str:
        """Name the company, as orders and the ledger do."""
        ...

    async def create_payment(self, request: PaymentRequest) -> Payment:
        """Begin a payment, or give the one of this id. Raises ProviderRefused."""
        ...

    async def find_payment(self, payment_id: str) -> Payment | None:
        """Tell how a payment stands, having asked the bank where that is needed."""
        ...

    async def cancel_payment(self, payment_id: str) -> Payment:
        """Have a payment come to nothing, unless it is made; tell how it stands then."""
        ...

    async def refund(self, request: RefundRequest) -> PaymentRefund:
        """Give money back, or give the refund of this id. Raises ProviderRefused."""
        ...

    async def find_refund(self, refund_id: str) -> PaymentRefund | None:
        """Tell how a refund stands."""
        ...

    async def list_disputes(
        self, since: datetime, *, limit: int, offset: int
    ) -> list[PaymentDispute]:
        """List the disputes that began since then, of all payments: a page, in a stable order."""
        ...

    async def find_dispute(self, dispute_id: str) -> PaymentDispute | None:
        """Tell how a dispute stands."""
        ...


class PaymentProviders(Struct, frozen=True):
    """The payment provider that takes money now, and those of which orders are left.

    What belongs to an order is asked of the provider that has its payment.
    """

    current: PaymentProvider
    others: tuple[PaymentProvider, ...] = ()

    def find(self, name: str) -> PaymentProvider | None:
        """Return the provider of this name; None where it isn't connected."""
        return next((one for one in (self.current, *self.others) if one.name == name), None)
