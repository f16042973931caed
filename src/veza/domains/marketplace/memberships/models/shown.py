"""Memberships as their members and profiles see them, and what members send."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import MembershipId, OrderId, TierId, UserId
from veza.core.money import MAX_CENTS, MIN_PRICE_CENTS
from veza.core.people import Appearance
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.marketplace.memberships.models.state import EndReason, MembershipState
from veza.domains.marketplace.tiers.models import BillingInterval


class PauseForm(Struct, frozen=True):
    """A pause of some months after what is paid."""

    months: Annotated[int, Meta(ge=1, le=3, examples=[1])] = 1


class PriceConsent(Struct, frozen=True):
    """The price that a member has seen, and agrees to."""

    price_cents: Annotated[int, Meta(ge=MIN_PRICE_CENTS, le=MAX_CENTS, examples=[700])]


class NextTerms(Struct, frozen=True):
    """The tier, interval and price from the renewal on."""

    tier_id: TierId | None
    name: str
    interval: BillingInterval
    price_cents: int


class MembershipRow(Struct, frozen=True, kw_only=True):
    """The row of a membership, as read for its member."""

    id: MembershipId
    profile_id: UserId | None
    username: str | None
    appearance: Appearance
    tier_id: TierId | None
    tier_name: str
    interval: BillingInterval
    price_cents: int
    currency: str
    asked_cents: int | None
    next_tier_id: TierId | None
    next_tier_name: str | None
    next_interval: BillingInterval | None
    next_price_cents: int | None
    welcome: str | None
    state: MembershipState
    started_at: datetime | None
    paid_until: datetime | None
    access_until: datetime | None
    next_charge_at: datetime | None
    attempts: int
    paused_until: datetime | None
    cancelled_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    created_at: datetime


class OwnMembership(Struct, frozen=True, kw_only=True):
    """A membership, as its member sees it. A monthly tip has no tier, and the profile's name.

    `price_cents` is agreed for the periods to come; with `asked_cents` the tier costs more
    meanwhile, which holds for you if you agree. After a payment failed, `next_charge_at` is when it
    is tried again: what you have stays until `access_until`. With `cancelled_at` it ends at
    `paid_until`.
    """

    id: MembershipId
    profile: NamedMember | None
    tier_id: TierId | None
    name: str
    interval: BillingInterval
    price_cents: int
    currency: str
    asked_cents: int | None
    next: NextTerms | None
    welcome: str | None
    state: MembershipState
    started_at: datetime | None
    paid_until: datetime | None
    access_until: datetime | None
    next_charge_at: datetime | None
    failed_attempts: int
    paused_until: datetime | None
    cancelled_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None
    created_at: datetime


class OwnMembershipPage(Struct, frozen=True):
    """Your memberships, newest first."""

    memberships: list[OwnMembership]
    next_cursor: str | None
    has_more: bool


class MemberRow(Struct, frozen=True, kw_only=True):
    """The row of a member of a profile."""

    id: MembershipId
    member_id: UserId | None
    username: str | None
    appearance: Appearance
    tier_id: TierId | None
    tier_name: str
    interval: BillingInterval
    price_cents: int
    currency: str
    state: MembershipState
    started_at: datetime | None
    paid_until: datetime | None
    cancelled_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    message: str | None


class TierMember(Struct, frozen=True, kw_only=True):
    """A member of your profile; null once their account is erased.

    The `message` is that of a monthly tip, unless you muted its member.
    """

    id: MembershipId
    member: NamedMember | None
    tier_id: TierId | None
    name: str
    interval: BillingInterval
    price_cents: int
    currency: str
    state: MembershipState
    started_at: datetime | None
    paid_until: datetime | None
    cancelled_at: datetime | None
    ended_at: datetime | None
    message: str | None


class TierMemberPage(Struct, frozen=True):
    """The members of your profile, newest first."""

    members: list[TierMember]
    next_cursor: str | None
    has_more: bool


class PersonalMembership(Struct, frozen=True):
    """A membership, exported for its member."""

    id: MembershipId
    name: str
    interval: BillingInterval
    price_cents: int
    currency: str
    state: MembershipState
    started_at: datetime | None
    paid_until: datetime | None
    ended_at: datetime | None
    order_ids: list[OrderId]
