"""The calendar of periods, and the transitions, in any order of events."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from veza.core.errors import VezaError
from veza.core.ids import MembershipId, OrderItemId, TierId, UserId
from veza.domains.marketplace.memberships.models.changes import (
    CancelRequested,
    CancelTakenBack,
    ChargeDeclined,
    PauseRequested,
    PeriodOver,
    PeriodPaid,
    PeriodReturned,
    Postponed,
    PriceAccepted,
    Resumed,
    TierChanged,
)
from veza.domains.marketplace.memberships.models.state import (
    EndReason,
    MembershipState,
    PeriodKind,
    ProfileMembership,
    StoredPeriod,
    Terms,
)
from veza.domains.marketplace.memberships.rules.calendar import add_months
from veza.domains.marketplace.memberships.rules.periods import (
    can_buy,
    credit_cents,
    is_due,
    is_upgrade,
    plan_times,
    renewal_terms,
)
from veza.domains.marketplace.memberships.rules.transitions import RETRY_DAYS, transition
from veza.domains.marketplace.tiers.models import BillingInterval

START = datetime(2026, 1, 31, 12, tzinfo=UTC)
MONTH, YEAR = BillingInterval.MONTH, BillingInterval.YEAR
DAY = timedelta(days=1)


def terms(cents=500, interval=MONTH):
    return Terms(TierId(uuid4()), "Gold", interval, cents)


def pending():
    return ProfileMembership(
        id=MembershipId(uuid4()),
        member_id=UserId(uuid4()),
        profile_id=UserId(uuid4()),
        currency="EUR",
        state=MembershipState.PENDING,
        provider="p",
        customer_id="c",
        **structs.asdict(terms()),
    )


def pay(membership, moment, kind=PeriodKind.RENEWAL, paid=None):
    chosen = paid or membership.terms
    assert can_buy(membership, kind, membership.last_number + 1)
    times = plan_times(membership, kind, chosen.interval, moment)
    return transition(membership, PeriodPaid(kind, chosen, times), moment)


def active(moment=START):
    return pay(pending(), moment, PeriodKind.START)


def decline(membership, moment):
    return transition(membership, ChargeDeclined(membership.attempts), moment)


def test_months_end_on_the_day_on_which_the_membership_started():
    membership, ends = active(), []
    for _ in range(4):
        ends.append(f"{membership.paid_until:%m-%d}")
        membership = pay(membership, membership.paid_until)
    assert ends == ["02-28", "03-31", "04-30", "05-31"]
    leap = datetime(2028, 2, 29, tzinfo=UTC)
    assert [f"{add_months(leap, months, 29):%Y-%m-%d}" for months in (12, 48)] == [
        "2029-02-28",
        "2032-02-29",
    ]


def test_access_is_kept_while_a_renewal_is_tried_and_ends_with_the_last_attempt():
    membership = active()
    due = membership.paid_until
    days = []
    while membership.state is not MembershipState.ENDED:
        at = membership.next_charge_at
        days.append((at - due).days)
        assert is_due(membership, at)
        assert membership.access_until > at
        membership = decline(membership, at)
    assert days == [0, *RETRY_DAYS]
    assert membership.end_reason is EndReason.DECLINED
    assert membership.access_until == due + 14 * DAY


def test_what_is_paid_late_follows_what_was_paid_and_after_a_pause_starts_now():
    membership = active()
    due = membership.paid_until
    late = pay(decline(membership, due), due + 5 * DAY)
    assert (late.state, late.paid_until) == (MembershipState.ACTIVE, add_months(due, 1, 31))
    paused = transition(membership, PauseRequested(2), START + DAY)
    assert (paused.access_until, paused.next_charge_at) == (due, add_months(due, 2, 31))
    again = pay(paused, paused.next_charge_at + DAY)
    assert again.paid_until == add_months(paused.next_charge_at + DAY, 1, 1)


def test_a_cancel_ends_with_what_is_paid_and_at_once_what_is_not():
    membership = active()
    cancelled = transition(membership, CancelRequested(), START + DAY)
    assert cancelled.access_until == membership.paid_until
    assert not is_due(cancelled, membership.paid_until)
    assert not can_buy(cancelled, PeriodKind.RENEWAL, 2)
    back = transition(cancelled, CancelTakenBack(), START + 2 * DAY)
    assert back == membership
    over = transition(cancelled, PeriodOver(), membership.paid_until)
    assert (over.state, over.access_until) == (MembershipState.ENDED, membership.paid_until)
    behind = decline(membership, membership.paid_until)
    ended = transition(behind, CancelRequested(), membership.paid_until + DAY)
    assert ended.state is MembershipState.ENDED
    assert not can_buy(ended, PeriodKind.RENEWAL, 2)


def test_a_returned_period_takes_only_its_own_days():
    membership = active()
    upgraded = pay(membership, START + DAY, PeriodKind.UPGRADE, terms(900))
    returned = PeriodReturned(upgraded.paid_until, membership.paid_until, membership.terms)
    kept = transition(upgraded, returned, START + 2 * DAY)
    assert (kept.state, kept.access_until) == (MembershipState.ACTIVE, membership.paid_until)
    assert (kept.terms, kept.end_reason) == (membership.terms, EndReason.RETURNED)
    gone = PeriodReturned(membership.paid_until, None, None)
    ended = transition(membership, gone, START + DAY)
    assert (ended.state, ended.access_until) == (MembershipState.ENDED, START + DAY)
    assert transition(upgraded, gone, membership.paid_until + DAY) == upgraded


def test_prices_rise_with_consent_and_fall_without():
    membership = active()
    assert renewal_terms(membership, 700).price_cents == 500
    assert renewal_terms(membership, 300).price_cents == 300
    agreed = transition(membership, PriceAccepted(700), START)
    assert renewal_terms(agreed, 700).price_cents == 700
    assert is_upgrade(terms(500), terms(501))
    assert is_upgrade(terms(500), terms(5000, YEAR))
    assert not is_upgrade(terms(500), terms(500))
    assert not is_upgrade(terms(5000, YEAR), terms(6000, MONTH))


@given(cents=st.integers(50, 10**8), more=st.integers(1, 10**7), share=st.integers(-10, 110))
def test_the_rest_of_a_period_is_never_worth_more_than_it_or_than_can_be_taken_off(
    cents, more, share
):
    period = StoredPeriod(
        item_id=OrderItemId(uuid4()),
        membership_id=MembershipId(uuid4()),
        number=1,
        kind=PeriodKind.START,
        **structs.asdict(terms(cents)),
        attempt=None,
        keeps_method=True,
        provider="p",
        order_id=uuid4(),
        starts_at=START,
        ends_at=START + 100 * DAY,
        cut_at=None,
        is_paid=True,
        is_returned=False,
    )
    credit = credit_cents(period, cents + more, START + share * DAY)
    assert 0 <= credit <= min(cents, cents + more - 50)
    if 0 <= share <= 100 and credit < cents + more - 50:
        assert abs(credit - cents * (100 - share) / 100) <= 0.5


_CHANGES = st.sampled_from(
    [
        CancelRequested(),
        CancelRequested(EndReason.CLOSED),
        CancelTakenBack(),
        PauseRequested(1),
        PauseRequested(3),
        Resumed(),
        TierChanged(terms(200)),
        PriceAccepted(800),
        Postponed(),
        PeriodOver(),
        "pay",
        "decline",
        "upgrade",
        "return",
    ]
)


@given(
    steps=st.lists(st.tuples(st.integers(0, 40), _CHANGES), max_size=40),
    first_day=st.integers(0, 400),
)
def test_nobody_loses_a_paid_day_and_nobody_is_charged_after_a_cancel(steps, first_day):
    moment = START + first_day * DAY
    membership, cancelled = active(moment), False
    for days, step in steps:
        moment += days * DAY
        before = membership
        membership = _step(membership, step, moment)
        if isinstance(step, CancelTakenBack) and membership != before:
            cancelled = False
        if isinstance(step, CancelRequested):
            cancelled = True
        if step != "return" and membership.paid_until and membership.paid_until > moment:
            assert membership.access_until >= membership.paid_until
        if step == "decline" and membership != before and before.access_until > moment:
            ended = membership.state is MembershipState.ENDED
            assert ended or membership.access_until > membership.next_charge_at
            since = before.past_due_since or moment
            assert not ended or moment >= since + 14 * DAY
        if cancelled or membership.state is MembershipState.ENDED:
            assert not is_due(membership, moment + 1000 * DAY)
            assert not can_buy(membership, PeriodKind.RENEWAL, membership.last_number + 1)


def _step(membership, step, moment):
    if step == "return":
        step = PeriodReturned(membership.paid_until, START, None)
    if step == "upgrade" and can_buy(membership, PeriodKind.UPGRADE, membership.last_number + 1):
        dearer = terms(membership.price_cents + 1)
        return pay(membership, moment, PeriodKind.UPGRADE, dearer)
    if step in {"pay", "decline"} and is_due(membership, moment):
        return (pay if step == "pay" else decline)(membership, moment)
    if isinstance(step, str):
        return membership
    try:
        return transition(membership, step, moment)
    except VezaError:
        return membership


def test_what_is_over_is_refused_with_its_reason():
    ended = transition(pending(), CancelRequested(), START)
    for event in (CancelRequested(), CancelTakenBack(), PauseRequested(1), Resumed()):
        with pytest.raises(VezaError):
            transition(ended, event, START)
