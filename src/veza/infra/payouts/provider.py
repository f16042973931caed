"""The protocol of payout providers.

Calls that move money take an idempotency key: repeating a call with the same key has no further
effect. A key that was used for a different call raises ProviderUnavailable, not ProviderRefused,
because that call may have been processed. Amounts are in cents.
"""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from veza.core.money_mode import MoneyMode

# The name of the provider of `infra.payouts.stripe`.
STRIPE = "stripe"


class PayoutAccount(Struct, frozen=True):
    """A seller's account at the provider; `reason` is why it can't be paid."""

    ref: str
    is_connected: bool
    reason: str | None = None


class TransferRequest(Struct, frozen=True):
    """A transfer to create. It can be found again by `group` and `transfer_id`, our own id."""

    key: str
    transfer_id: str
    group: str
    account_ref: str
    amount_cents: int
    currency: str


class ReversalRequest(Struct, frozen=True):
    """A full or partial reversal of a transfer."""

    key: str
    transfer_ref: str
    amount_cents: int


class PaidTransfer(Struct, frozen=True):
    """A transfer at the provider."""

    ref: str
    amount_cents: int
    currency: str
    reversed_cents: int = 0


class SellerFunds(Struct, frozen=True):
    """A seller's balance at the provider in one currency."""

    currency: str
    available_cents: int
    pending_cents: int


class PayoutProvider(Protocol):
    """Pays sellers. Each call may raise ProviderUnavailable or ProviderRefused."""

    @property
    def name(self) -> str:
        """The name of the provider in sellers' accounts and the ledger."""
        ...

    async def open_account(self, key: str, *, email: str | None, country: str | None) -> str:
        """Open an account for a seller; return the provider's id of it."""
        ...

    async def find_onboarding_url(
        self, account_ref: str, *, refresh_url: str, return_url: str
    ) -> str:
        """Return the URL of the onboarding page, which works once and for a few minutes."""
        ...

    async def find_account(self, account_ref: str) -> PayoutAccount:
        """Return a seller's account."""
        ...

    async def list_funds(self, account_ref: str) -> list[SellerFunds]:
        """Return a seller's balance in each currency."""
        ...

    async def transfer(self, request: TransferRequest) -> PaidTransfer:
        """Pay a seller."""
        ...

    async def find_transfer(self, group: str, transfer_id: str) -> PaidTransfer | None:
        """Return a transfer whose outcome is unknown, or None if it doesn't exist."""
        ...

    async def reverse(self, request: ReversalRequest) -> str:
        """Reverse a transfer, in full or in part; return the provider's id of the reversal."""
        ...


# Modes without a provider pay nothing out.
type PayoutsByMode = Mapping[MoneyMode, PayoutProvider]


class PayoutProviders(Struct, frozen=True):
    """The payout provider of each mode."""

    by_mode: PayoutsByMode
