"""The number, times and price of the period that a payment buys."""

from datetime import datetime, timedelta
from fractions import Fraction

from veza.core.money import MIN_PRICE_CENTS, take_share
from veza.domains.marketplace.memberships.models.state import (
    MembershipState,
    PeriodKind,
    PeriodTimes,
    ProfileMembership,
    StoredPeriod,
    Terms,
)
from veza.domains.marketplace.memberships.rules.calendar import period_end
from veza.domains.marketplace.tiers.models import BillingInterval

_SECOND = timedelta(seconds=1)
_RENEWABLE = frozenset({MembershipState.ACTIVE, MembershipState.PAST_DUE, MembershipState.PAUSED})


def can_buy(membership: ProfileMembership, kind: PeriodKind, number: int) -> bool:
    """Return whether a payment still buys a period: once each, and none after a cancel."""
    if number != membership.last_number + 1:
        return False
    if kind is PeriodKind.START:
        return membership.state is MembershipState.PENDING
    if membership.cancelled_at is not None:
        return False
    if kind is PeriodKind.UPGRADE:
        return membership.state is MembershipState.ACTIVE
    return membership.state in _RENEWABLE


def is_due(membership: ProfileMembership, moment: datetime) -> bool:
    """Return whether the next period is to be charged now, without the member."""
    due_at = membership.next_charge_at
    return _may_renew(membership) and due_at is not None and due_at <= moment


def can_pay(membership: ProfileMembership, moment: datetime) -> bool:
    """Return whether the member may pay the next period on session: at any time after a decline."""
    is_behind = membership.state is MembershipState.PAST_DUE
    return is_due(membership, moment) or (is_behind and _may_renew(membership))


def plan_times(
    membership: ProfileMembership, kind: PeriodKind, interval: BillingInterval, moment: datetime
) -> PeriodTimes:
    """Return the times of a period that is paid now.

    A renewal follows what was paid, if the member had access until now. Otherwise it starts now, so
    that nobody pays for days that they did not have.
    """
    access, paid = membership.access_until, membership.paid_until
    if kind is PeriodKind.RENEWAL and access is not None and paid is not None and moment <= access:
        starts_at, day = paid, membership.anchor_day
    else:
        starts_at, day = moment, moment.day
    return PeriodTimes(starts_at, period_end(starts_at, interval, day), day)


def renewal_terms(membership: ProfileMembership, offered_cents: int | None) -> Terms:
    """Return the terms of the next period. A price that fell holds at once.

    One that rose does not, before the member agrees. `offered_cents` is the tier's present price.
    """
    terms = membership.next_terms or membership.terms
    cents = terms.price_cents if offered_cents is None else min(terms.price_cents, offered_cents)
    return Terms(terms.tier_id, terms.tier_name, terms.interval, cents)


def is_upgrade(current: Terms, wanted: Terms) -> bool:
    """Return whether other terms hold at once: dearer ones, and not for a shorter time."""
    is_shorter = (current.interval, wanted.interval) == (
        BillingInterval.YEAR,
        BillingInterval.MONTH,
    )
    return not is_shorter and wanted.price_cents > current.price_cents


def credit_cents(period: StoredPeriod, price_cents: int, moment: datetime) -> int:
    """Return what the rest of a paid period takes off the price of the one that replaces it.

    What is left of the price can be paid.
    """
    assert period.starts_at is not None
    assert period.ends_at is not None
    whole = period.ends_at - period.starts_at
    rest = max(timedelta(), min(whole, period.ends_at - moment))
    unused = take_share(period.price_cents, Fraction(rest // _SECOND, whole // _SECOND))
    return max(0, min(unused, price_cents - MIN_PRICE_CENTS))


def _may_renew(membership: ProfileMembership) -> bool:
    return membership.state in _RENEWABLE and membership.cancelled_at is None
