"""What a company that pays sellers does for us, whichever it is.

Whatever moves money takes a key: a call that is repeated with the same key does nothing a second
time. One that is known for another call is no refusal, since that call may have been done:
ProviderUnavailable. Amounts are in cents.
"""

from collections.abc import Mapping
from typing import Protocol

from msgspec import Struct

from veza.core.money_mode import MoneyMode


class PayoutAccount(Struct, frozen=True):
    """A seller's account with the company; `reason` says what keeps it from being paid."""

    ref: str
    is_connected: bool
    reason: str | None = None


class TransferRequest(Struct, frozen=True):
    """What a seller is to get. By its group a transfer is found again, with our own id for it."""

    key: str
    transfer_id: str
    group: str
    account_ref: str
    amount_cents: int
    currency: str


class ReversalRequest(Struct, frozen=True):
    """What is to be taken back of a transfer."""

    key: str
    transfer_ref: str
    amount_cents: int


class PaidTransfer(Struct, frozen=True):
    """A transfer as the company knows it."""

    ref: str
    amount_cents: int
    currency: str
    reversed_cents: int = 0


class SellerFunds(Struct, frozen=True):
    """What a seller has with the company in one currency."""

    currency: str
    available_cents: int
    pending_cents: int


class PayoutProvider(Protocol):
    """A company that pays sellers.

    Each call raises ProviderUnavailable or ProviderRefused (`infra.providers`).
    """

    @property
    def name(self) -> str:
        """Name the company, as sellers' accounts and the ledger do."""
        ...

    async def open_account(self, key: str, *, email: str, country: str | None) -> str:
        """Open an account for a seller; give the name that the company has for it."""
        ...

    async def find_onboarding_url(
        self, account_ref: str, *, refresh_url: str, return_url: str
    ) -> str:
        """Give an address, good for once and some minutes, where a seller tells who they are."""
        ...

    async def find_account(self, account_ref: str) -> PayoutAccount:
        """Tell how a seller's account stands."""
        ...

    async def list_funds(self, account_ref: str) -> list[SellerFunds]:
        """Tell what a seller has with the company, by currency."""
        ...

    async def transfer(self, request: TransferRequest) -> PaidTransfer:
        """Pay a seller."""
        ...

    async def find_transfer(self, group: str, transfer_id: str) -> PaidTransfer | None:
        """Look for a transfer whose outcome isn't known."""
        ...

    async def reverse(self, request: ReversalRequest) -> str:
        """Take back what a seller was paid, or a part; give the company's name for it."""
        ...


# The payout providers by the mode of the money that they pay out. Of a mode without one nothing is
# paid out.
type PayoutsByMode = Mapping[MoneyMode, PayoutProvider]
