"""Tiers as they are written, stored and shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import TierId, UserId
from veza.core.money import MAX_CENTS, MIN_PRICE_CENTS, Currency

MAX_OPEN_TIERS = 10
MAX_TIERS = 100

TierName = Annotated[str, Meta(min_length=1, max_length=100, examples=["Gold"])]
TierDescription = Annotated[
    str, Meta(max_length=2000, examples=["All demos, and a song on your birthday."])
]
WelcomeText = Annotated[
    str,
    Meta(
        max_length=2000,
        description="New members read it.",
        examples=["Welcome: glad that you are here."],
    ),
]
TierCents = Annotated[
    int,
    Meta(
        ge=MIN_PRICE_CENTS,
        le=MAX_CENTS,
        description="The price of a month or a year. Null if it is not offered.",
        examples=[500],
    ),
]
TierPosition = Annotated[
    int,
    Meta(
        ge=1,
        le=100,
        description="A member has all tiers of the same or a lower position.",
        examples=[1],
    ),
]
PercentOff = Annotated[
    int,
    Meta(
        ge=0,
        le=100,
        description="Taken off the prices of the profile's products, for members.",
        examples=[10],
    ),
]


class BillingInterval(StrEnum):
    """The time that a member pays for at once."""

    MONTH = "month"
    YEAR = "year"


class TierContent(Struct, frozen=True, kw_only=True):
    """The fields of a tier that can be changed. It has a price for a month, a year, or both."""

    name: TierName
    description: TierDescription = ""
    welcome: WelcomeText = ""
    monthly_cents: TierCents | None = None
    yearly_cents: TierCents | None = None
    position: TierPosition = 1
    percent_off: PercentOff = 0
    is_open: bool = True

    def find_price(self, interval: BillingInterval) -> int | None:
        """Return the price of a month or a year; None if it is not offered."""
        return self.monthly_cents if interval is BillingInterval.MONTH else self.yearly_cents


class TierForm(TierContent, frozen=True, kw_only=True):
    """A new tier."""

    currency: Currency


class TierChange(Struct, frozen=True, kw_only=True):
    """Changed fields of a tier: those left out stay as they are."""

    name: TierName | UnsetType = UNSET
    description: TierDescription | UnsetType = UNSET
    welcome: WelcomeText | UnsetType = UNSET
    monthly_cents: TierCents | UnsetType | None = UNSET
    yearly_cents: TierCents | UnsetType | None = UNSET
    position: TierPosition | UnsetType = UNSET
    percent_off: PercentOff | UnsetType = UNSET
    is_open: bool | UnsetType = UNSET


class Tier(TierContent, frozen=True, kw_only=True):
    """A tier of a profile, as its owner sees it."""

    id: TierId
    profile_id: UserId
    currency: str
    created_at: datetime
    updated_at: datetime


class CountedTier(Tier, frozen=True, kw_only=True):
    """A tier, and how many members have it now, by itself or by a higher one."""

    members_count: int


class TierList(Struct, frozen=True):
    """The tiers of the caller, by position."""

    tiers: list[CountedTier]


class OpenTier(Struct, frozen=True, kw_only=True):
    """A tier that takes members, as everybody sees it."""

    id: TierId
    name: str
    description: str
    monthly_cents: int | None
    yearly_cents: int | None
    currency: str
    position: int
    percent_off: int


class OpenTierList(Struct, frozen=True):
    """The tiers of a profile that take members, by position."""

    tiers: list[OpenTier]


class TierTarget(Struct, frozen=True):
    """A tier of a profile."""

    id: TierId
    profile_id: UserId
