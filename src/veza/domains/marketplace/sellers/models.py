"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import UserId
from veza.core.money import Currency
from veza.core.money_mode import MoneyMode

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
    """The address of the front end that sellers return to, where there is one."""

    front_end: str | None


class AccountStatus(StrEnum):
    """Whether a seller can be paid: not yet, yes, or no longer."""

    ONBOARDING = "onboarding"
    CONNECTED = "connected"
    RESTRICTED = "restricted"


class ProfileChange(Struct, frozen=True):
    """What is to be changed; what is left out stays as it is, and null takes it back."""

    legal_name: LegalName | UnsetType | None = UNSET
    address: Address | UnsetType | None = UNSET
    country: Country | UnsetType | None = UNSET
    vat_id: VatId | UnsetType | None = UNSET
    vat_rate: VatRate | UnsetType | None = UNSET
    currency: Currency | UnsetType = UNSET


class SellerProfile(Struct, frozen=True):
    """Who a seller is on invoices. A rate of 0.2 is 20 % of the net price; prices include it."""

    legal_name: str | None = None
    address: str | None = None
    country: str | None = None
    vat_id: str | None = None
    vat_rate: Decimal | None = None
    currency: str = DEFAULT_CURRENCY


class ShownProfile(Struct, frozen=True):
    """What a seller said of themselves. Invoices have it as it was when they were made."""

    legal_name: str | None
    address: str | None
    country: str | None
    vat_id: str | None
    vat_rate: float | None
    currency: str


class PayoutAccountRow(Struct, frozen=True):
    """Where a seller is paid; `reason` says what keeps them from it, in the company's words."""

    user_id: UserId
    provider: str
    account_ref: str
    status: AccountStatus
    reason: str | None
    connected_at: datetime | None


class KnownAccount(Struct, frozen=True):
    """An account as we know it, and how often the company was asked of it."""

    user_id: UserId
    status: AccountStatus
    asked_count: int
    onboarded_at: datetime


class AccountNews(Struct, frozen=True):
    """What was learnt of an account."""

    status: AccountStatus
    reason: str | None


class LearnAccount(Struct, frozen=True):
    """Have the payout provider of a mode asked how an account stands."""

    account_ref: str
    # Jobs of the version before don't name it; the clock asks again of what they are lost for.
    mode: MoneyMode = MoneyMode.LIVE


class Onboarding(Struct, frozen=True):
    """Where a seller tells the payout provider who they are: good for once, and some minutes."""

    onboarding_url: str


class CurrencyBalance(Struct, frozen=True):
    """What a seller has in one currency, in cents."""

    currency: str
    available: int
    pending: int


class OtherBalance(Struct, frozen=True):
    """What a seller has in the mode that isn't current: no part of the balance beside it."""

    mode: MoneyMode
    by_currency: list[CurrencyBalance]


class SellerBalance(Struct, frozen=True):
    """What a seller has, in cents: together their net of all that was sold.

    `available` was transferred to their account, less what was taken back; `pending` is earned and
    not transferred yet, and below zero where a refund is to be taken from the next sales. Both in
    the seller's currency; `by_currency` has the others too. `account_reason` says what keeps the
    account from being paid. All of this is of one `mode`: `live` is real money, `test` is the
    sandbox's; if anything was sold in the other one, `other_mode` has it.
    """

    connected: bool
    available: int
    pending: int
    currency: str
    by_currency: list[CurrencyBalance]
    account_status: AccountStatus | None
    account_reason: str | None
    mode: MoneyMode
    other_mode: OtherBalance | None


class PersonalSeller(Struct, frozen=True):
    """What this domain hands out of a member."""

    profile: SellerProfile | None
    payout_accounts: list[PayoutAccountRow]
