"""Profiles, payout accounts and balances of sellers."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import UserId
from veza.core.money import Currency
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.taxes.models import VatRegime

DEFAULT_CURRENCY = "EUR"

LegalName = Annotated[str, Meta(min_length=1, max_length=200, examples=["Night Ferry Records"])]
Address = Annotated[str, Meta(min_length=1, max_length=1000, examples=["1 Quay Street, Cork"])]
Country = Annotated[
    str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1, two letters.", examples=["IE"])
]
VatId = Annotated[str, Meta(min_length=1, max_length=30, examples=["IE1234567FA"])]
VatRate = Annotated[
    float, Meta(ge=0, le=1, description="VAT as a share of the net price: 0.20 is 20 %.")
]


class SellerSettings(Struct, frozen=True):
    """The URL of the front end that sellers return to, if configured, and the platform's fee."""

    front_end: str | None
    fee_rate: Decimal


class PayoutAccountStatus(StrEnum):
    """Status of a payout account: whether the seller can be paid, not yet, or no longer."""

    ONBOARDING = "onboarding"
    CONNECTED = "connected"
    RESTRICTED = "restricted"


class SellerProfileChange(Struct, frozen=True):
    """Changed fields of a profile: those left out stay as they are, null removes them.

    Without a `vat_regime`, a `vat_rate` makes it `domestic`, unless it is `destination`, which
    needs your country. Only `domestic` has a rate.
    """

    legal_name: LegalName | UnsetType | None = UNSET
    address: Address | UnsetType | None = UNSET
    country: Country | UnsetType | None = UNSET
    vat_id: VatId | UnsetType | None = UNSET
    vat_regime: VatRegime | UnsetType = UNSET
    vat_rate: VatRate | UnsetType | None = UNSET
    currency: Currency | UnsetType = UNSET


class StoredSellerProfile(Struct, frozen=True):
    """A seller's profile. A rate of 0.2 is 20 % of the net price; prices include it.

    `vat_by_destination`: the seller declares the tax of the buyer's country.
    """

    legal_name: str | None = None
    address: str | None = None
    country: str | None = None
    vat_id: str | None = None
    vat_rate: Decimal | None = None
    vat_by_destination: bool = False
    currency: str = DEFAULT_CURRENCY


class SellerProfile(Struct, frozen=True):
    """A seller's profile. Invoices show it as it was when they were issued."""

    legal_name: str | None
    address: str | None
    country: str | None
    vat_id: str | None
    vat_regime: VatRegime
    vat_rate: float | None
    currency: str


class SellerTerms(StoredSellerProfile, frozen=True, kw_only=True):
    """A seller's profile, and whose it is."""

    user_id: UserId


class StoredPayoutAccount(Struct, frozen=True):
    """A seller's account with a payout provider; `reason` explains why they can't be paid."""

    user_id: UserId
    provider: str
    account_ref: str
    status: PayoutAccountStatus
    reason: str | None
    connected_at: datetime | None


class PayoutAccountState(Struct, frozen=True):
    """An account before an update: `check_count` detects concurrent updates."""

    user_id: UserId
    status: PayoutAccountStatus
    check_count: int
    onboarding_started_at: datetime


class PayoutAccountUpdate(Struct, frozen=True):
    """The status of an account that the provider returned."""

    status: PayoutAccountStatus
    reason: str | None


class RefreshPayoutAccount(Struct, frozen=True):
    """Job: fetch the status of an account from the payout provider of a mode."""

    account_ref: str
    mode: MoneyMode


class Onboarding(Struct, frozen=True):
    """The URL where the payout provider onboards a seller; it works once, for some minutes."""

    onboarding_url: str


class CurrencyBalance(Struct, frozen=True):
    """A seller's balance in a currency, in cents."""

    currency: str
    available: int
    pending: int


class OtherModeBalance(Struct, frozen=True):
    """A seller's balance in the mode that isn't current."""

    mode: MoneyMode
    by_currency: list[CurrencyBalance]


class SellerBalance(Struct, frozen=True):
    """The balance of all earnings of a seller, in cents.

    `available` was transferred to their account, less reversals. `pending` isn't transferred yet,
    and negative if a refund is withheld from the next sales. Both are in the seller's currency;
    `by_currency` has all currencies. `account_reason` explains why the account can't be paid. All
    amounts are of the same `mode`: `live` is real money, `test` is the sandbox's. `other_mode` has
    the balance in the other mode, if anything was sold in it. `fee_rate` is the platform's share of
    each price that is sold now: 0.1 is a tenth.
    """

    connected: bool
    available: int
    pending: int
    currency: str
    by_currency: list[CurrencyBalance]
    account_status: PayoutAccountStatus | None
    account_reason: str | None
    mode: MoneyMode
    other_mode: OtherModeBalance | None
    fee_rate: float


class SellerPersonalData(Struct, frozen=True):
    """Personal data of a seller."""

    profile: StoredSellerProfile | None
    payout_accounts: list[StoredPayoutAccount]
