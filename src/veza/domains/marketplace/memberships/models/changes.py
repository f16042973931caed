"""The events that change memberships."""

from datetime import datetime

from msgspec import Struct

from veza.domains.marketplace.memberships.models.state import (
    EndReason,
    PeriodKind,
    PeriodTimes,
    Terms,
)


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
