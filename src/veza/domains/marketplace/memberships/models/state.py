"""Memberships and their periods as they are stored."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import MembershipId, OrderId, OrderItemId, TierId, UserId
from veza.core.vat_ids import VatIdCheck
from veza.domains.marketplace.taxes.models import BillingDetails
from veza.domains.marketplace.tiers.models import BillingInterval


class MembershipState(StrEnum):
    """The state of a membership. A `pending` one waits for its first payment."""

    PENDING = "pending"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    ENDED = "ended"


class EndReason(StrEnum):
    """The reason why a membership ends, or has ended."""

    CANCELLED = "cancelled"
    DECLINED = "declined"
    RETURNED = "returned"
    CLOSED = "closed"
    UNPAID = "unpaid"
    ERASED = "erased"


class PeriodKind(StrEnum):
    """The kind of a period: the first one, one that follows, or one that replaces the rest."""

    START = "start"
    RENEWAL = "renewal"
    UPGRADE = "upgrade"


class Terms(Struct, frozen=True):
    """The tier of a membership and the price of a period; a monthly tip has no tier.

    `tier_name` is that of the profile, if there is no tier.
    """

    tier_id: TierId | None
    tier_name: str
    interval: BillingInterval
    price_cents: int


class ProfileMembership(Struct, frozen=True, kw_only=True):
    """Everything about a membership that decides its next transition.

    `price_cents` is agreed for the periods to come, and the `next_` terms replace the present ones
    at the renewal. `paid_until` is the end of the last paid period. `access_until` alone decides
    whether the member has what the tier gives: while a renewal is tried it is later. `attempts`
    counts those that were declined for the period that is due, `last_number` the paid periods.
    Payments are charged to `method_id`, or if that is not known yet, to the method that the payment
    of `method_order_id` kept.
    """

    id: MembershipId
    member_id: UserId | None
    profile_id: UserId | None
    currency: str
    state: MembershipState
    tier_id: TierId | None
    tier_name: str
    interval: BillingInterval
    price_cents: int
    next_tier_id: TierId | None = None
    next_tier_name: str | None = None
    next_interval: BillingInterval | None = None
    next_price_cents: int | None = None
    anchor_day: int = 1
    last_number: int = 0
    started_at: datetime | None = None
    paid_until: datetime | None = None
    access_until: datetime | None = None
    next_charge_at: datetime | None = None
    attempts: int = 0
    past_due_since: datetime | None = None
    paused_until: datetime | None = None
    cancelled_at: datetime | None = None
    ended_at: datetime | None = None
    end_reason: EndReason | None = None
    provider: str
    customer_id: str
    method_id: str | None = None
    method_order_id: OrderId | None = None

    @property
    def terms(self) -> Terms:
        """Return the present terms."""
        return Terms(self.tier_id, self.tier_name, self.interval, self.price_cents)

    @property
    def next_terms(self) -> Terms | None:
        """Return the terms from the renewal on, if they are others."""
        if self.next_tier_name is None or self.next_interval is None:
            return None
        assert self.next_price_cents is not None
        return Terms(
            self.next_tier_id, self.next_tier_name, self.next_interval, self.next_price_cents
        )


class OrderedPeriod(Struct, frozen=True):
    """A period to order. `credit_cents` of its price are for the rest of the one it replaces.

    `attempt` counts those to charge it without the member, who else pays on session. `billing` is
    what the member declares with the first one, and `vat_check` what was found about it. `message`
    are the words with a monthly tip.
    """

    membership_id: MembershipId
    profile_id: UserId
    number: int
    kind: PeriodKind
    terms: Terms
    currency: str
    credit_cents: int = 0
    attempt: int | None = None
    billing: BillingDetails | None = None
    vat_check: VatIdCheck | None = None
    message: str | None = None

    @property
    def keeps_method(self) -> bool:
        """Return whether the payment keeps its method, because the member makes it."""
        return self.attempt is None


class NewPeriod(Struct, frozen=True):
    """A period to insert with the line that pays it."""

    item_id: OrderItemId
    membership_id: MembershipId
    number: int
    kind: PeriodKind
    tier_id: TierId | None
    tier_name: str
    interval: BillingInterval
    price_cents: int
    attempt: int | None
    keeps_method: bool


class StoredPeriod(NewPeriod, frozen=True):
    """A period; its times are known once it was paid. An upgrade has cut it at `cut_at`."""

    order_id: OrderId
    provider: str
    starts_at: datetime | None
    ends_at: datetime | None
    cut_at: datetime | None
    is_paid: bool
    is_returned: bool

    @property
    def terms(self) -> Terms:
        """Return the terms of the period."""
        return Terms(self.tier_id, self.tier_name, self.interval, self.price_cents)


class PeriodTimes(Struct, frozen=True):
    """The times of a period, and the day of the month on which periods end."""

    starts_at: datetime
    ends_at: datetime
    anchor_day: int


class ForgetMethod(Struct, frozen=True):
    """Job: delete a method at its provider, or the one that the payment of an order kept."""

    provider: str
    customer_id: str
    method_id: str | None
    order_id: OrderId | None


class OpenOrder(Struct, frozen=True):
    """An order of a period that may still be paid; `is_payable` if it is the member's turn."""

    id: OrderId
    provider: str
    attempt: int | None
    kind: PeriodKind
    tier_id: TierId | None
    interval: BillingInterval
    is_payable: bool


class MembershipMethod(Struct, frozen=True):
    """The method that a membership is charged to, or the order whose payment kept it."""

    membership_id: MembershipId
    provider: str
    method_id: str | None
    method_order_id: OrderId | None


class MemberNotice(StrEnum):
    """The kind of a mail about a membership."""

    WELCOME = "welcome"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ENDED = "ended"
    PRICE = "price"


class MailMember(Struct, frozen=True):
    """Job: mail a notice to a member. `number` tells it from others of the same kind."""

    membership_id: MembershipId
    notice: MemberNotice
    number: str


class AskMembers(Struct, frozen=True):
    """Job: ask the next members of a tier, ordered by id, whether they agree to a higher price."""

    tier_id: TierId
    after: MembershipId | None = None


class AskedMember(Struct, frozen=True):
    """A member who pays less than their tier costs."""

    id: MembershipId
    asked_cents: int
