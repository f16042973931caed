"""Memberships and their periods, and the events that change them."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import MembershipId, OrderId, OrderItemId, TierId, UserId
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
    """What a member pays for: a tier, or without one a monthly tip, and the price of a period.

    `tier_name` is that of the profile, if there is no tier.
    """

    tier_id: TierId | None
    tier_name: str
    interval: BillingInterval
    price_cents: int


class Membership(Struct, frozen=True, kw_only=True):
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
    """A period to order. `credit_cents` of its price are for the rest of the one it replaces."""

    membership_id: MembershipId
    profile_id: UserId
    number: int
    kind: PeriodKind
    terms: Terms
    currency: str
    credit_cents: int = 0
    # Whether the payment keeps its method, which later ones are charged to.
    keeps_method: bool = False


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
    keeps_method: bool


class StoredPeriod(NewPeriod, frozen=True):
    """A period; its times are known once it was paid. An upgrade has cut it at `cut_at`."""

    order_id: OrderId
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


class PeriodPaid(Struct, frozen=True):
    """A period was paid, and has these times."""

    kind: PeriodKind
    terms: Terms
    times: PeriodTimes


class ChargeDeclined(Struct, frozen=True):
    """The attempt with this number took no money, or waits for the member."""

    attempt: int


class CancelRequested(Struct, frozen=True):
    """The member wants no further period; or nobody offers one, for a `reason`."""

    reason: EndReason = EndReason.CANCELLED


class CancelTakenBack(Struct, frozen=True):
    """The member stays."""


class PauseRequested(Struct, frozen=True):
    """The member pauses for so many months after what is paid."""

    months: int


class Resumed(Struct, frozen=True):
    """The member ends their pause."""


class TierChanged(Struct, frozen=True):
    """The member wants other terms from the renewal on."""

    terms: Terms


class PriceAccepted(Struct, frozen=True):
    """The member agrees to the present price of their tier."""

    price_cents: int


class PeriodReturned(Struct, frozen=True):
    """The price of a period that ends then was returned.

    `paid_until` is the end of what else is paid, on these terms.
    """

    ends_at: datetime
    paid_until: datetime | None
    terms: Terms | None


class Postponed(Struct, frozen=True):
    """A renewal can't be tried now, for no fault of the member."""


class PeriodOver(Struct, frozen=True):
    """The time of a cancelled membership may have come."""


class MemberErased(Struct, frozen=True):
    """The member's account is erased."""


type MembershipEvent = (
    PeriodPaid
    | ChargeDeclined
    | CancelRequested
    | CancelTakenBack
    | PauseRequested
    | Resumed
    | TierChanged
    | PriceAccepted
    | PeriodReturned
    | Postponed
    | PeriodOver
    | MemberErased
)
