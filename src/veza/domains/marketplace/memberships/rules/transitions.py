"""The state machine of memberships: `transition` returns a membership after an event.

What members ask for is refused by errors. What jobs and payments report changes nothing if it comes
too late.
"""

from datetime import datetime, timedelta

from msgspec import structs

from veza.domains.marketplace.memberships.errors import (
    MembershipCancelled,
    MembershipEnded,
    MembershipNotPossible,
    MembershipUnpaid,
)
from veza.domains.marketplace.memberships.models.changes import (
    CancelRequested,
    CancelTakenBack,
    ChargeDeclined,
    MemberErased,
    MembershipEvent,
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
    Terms,
)
from veza.domains.marketplace.memberships.rules.calendar import add_months

# A renewal is tried again so many days after the first attempt was declined.
RETRY_DAYS = (1, 3, 5, 8, 11, 14)
# Access goes on for so long after what is paid, while a renewal may still be tried.
GRACE = timedelta(days=15)
_DAY = timedelta(days=1)
MAX_PAUSE_MONTHS = 3


def transition(
    membership: ProfileMembership, event: MembershipEvent, moment: datetime
) -> ProfileMembership:
    """Return a membership after an event. Raises the errors of `CHANGE_ERRORS`."""
    match event:
        case PeriodPaid() | ChargeDeclined() | PeriodReturned():
            changed = _settle(membership, event, moment)
        case CancelRequested():
            changed = _cancel(membership, event, moment)
        case CancelTakenBack():
            changed = _take_cancel_back(membership, moment)
        case PauseRequested() | Resumed():
            changed = _change_pause(membership, event, moment)
        case TierChanged() | PriceAccepted():
            changed = _change_terms(membership, event)
        case Postponed() | PeriodOver() | MemberErased():
            changed = _report(membership, event, moment)
    return changed


def _settle(
    membership: ProfileMembership,
    event: PeriodPaid | ChargeDeclined | PeriodReturned,
    moment: datetime,
) -> ProfileMembership:
    if isinstance(event, PeriodPaid):
        return _accept_period(membership, event)
    if isinstance(event, ChargeDeclined):
        return _decline(membership, event, moment)
    return _return_period(membership, event, moment)


def _accept_period(membership: ProfileMembership, event: PeriodPaid) -> ProfileMembership:
    """Extend a membership by a paid period, which `can_buy` has allowed."""
    times, is_first = event.times, event.kind is PeriodKind.START
    following = membership.next_terms
    is_later = following is not None and _is_other(following, event.terms)
    # A change that was asked for while this period was being charged applies to the next one.
    waits = event.kind is PeriodKind.RENEWAL and is_later
    return structs.replace(
        membership if waits else _with_next(membership, None),
        **structs.asdict(event.terms),
        state=MembershipState.ACTIVE,
        started_at=times.starts_at if is_first else membership.started_at,
        anchor_day=times.anchor_day,
        last_number=membership.last_number + 1,
        paid_until=times.ends_at,
        access_until=times.ends_at + GRACE,
        next_charge_at=times.ends_at,
        attempts=0,
        past_due_since=None,
        paused_until=None,
    )


def _decline(
    membership: ProfileMembership, event: ChargeDeclined, moment: datetime
) -> ProfileMembership:
    """Plan the next attempt, or end the membership after the last one."""
    is_over = membership.state in {MembershipState.ENDED, MembershipState.PENDING}
    if is_over or membership.cancelled_at is not None or event.attempt != membership.attempts:
        return membership
    if event.attempt >= len(RETRY_DAYS):
        return _end(membership, EndReason.DECLINED, moment)
    since = membership.past_due_since or moment
    # After an outage the attempts that are left still have a day between them.
    again_at = max(since + timedelta(days=RETRY_DAYS[event.attempt]), moment + _DAY)
    access = membership.access_until
    if access is not None and access > moment:
        access = max(access, since + GRACE, again_at + _DAY)
    return structs.replace(
        membership,
        state=MembershipState.PAST_DUE,
        past_due_since=since,
        attempts=membership.attempts + 1,
        next_charge_at=again_at,
        access_until=access,
        paused_until=None,
    )


def _cancel(
    membership: ProfileMembership, event: CancelRequested, moment: datetime
) -> ProfileMembership:
    """End a membership with what is paid: now, if nothing is left of that."""
    is_asked = event.reason is EndReason.CANCELLED
    if membership.state is MembershipState.ENDED:
        if is_asked:
            raise MembershipEnded
        return membership
    if membership.state is MembershipState.PENDING or not _is_paid(membership, moment):
        return _end(membership, event.reason, moment)
    if membership.cancelled_at is not None and is_asked:
        return membership
    return structs.replace(
        _with_next(membership, None),
        state=MembershipState.ACTIVE,
        cancelled_at=membership.cancelled_at or moment,
        end_reason=event.reason,
        next_charge_at=None,
        access_until=membership.paid_until,
        paused_until=None,
    )


def _take_cancel_back(membership: ProfileMembership, moment: datetime) -> ProfileMembership:
    if membership.state is MembershipState.ENDED:
        raise MembershipEnded
    is_own = membership.end_reason is EndReason.CANCELLED
    if membership.cancelled_at is None or not is_own or not _is_paid(membership, moment):
        raise MembershipNotPossible
    assert membership.paid_until is not None
    return structs.replace(
        membership,
        cancelled_at=None,
        end_reason=None,
        next_charge_at=membership.paid_until,
        access_until=membership.paid_until + GRACE,
    )


def _change_pause(
    membership: ProfileMembership, event: PauseRequested | Resumed, moment: datetime
) -> ProfileMembership:
    _ensure_goes_on(membership)
    if isinstance(event, Resumed):
        return _resume(membership, moment)
    if membership.state is not MembershipState.ACTIVE or not _is_paid(membership, moment):
        raise MembershipNotPossible
    assert membership.paid_until is not None
    months = min(event.months, MAX_PAUSE_MONTHS)
    until = add_months(membership.paid_until, months, membership.anchor_day)
    return structs.replace(
        membership,
        state=MembershipState.PAUSED,
        paused_until=until,
        next_charge_at=until,
        access_until=membership.paid_until,
    )


def _resume(membership: ProfileMembership, moment: datetime) -> ProfileMembership:
    """End a pause: at once if what was paid is over, else as if there had been none."""
    if membership.state is not MembershipState.PAUSED:
        raise MembershipNotPossible
    if not _is_paid(membership, moment):
        return structs.replace(membership, next_charge_at=moment)
    assert membership.paid_until is not None
    return structs.replace(
        membership,
        state=MembershipState.ACTIVE,
        paused_until=None,
        next_charge_at=membership.paid_until,
        access_until=membership.paid_until + GRACE,
    )


def _change_terms(
    membership: ProfileMembership, event: TierChanged | PriceAccepted
) -> ProfileMembership:
    _ensure_goes_on(membership)
    if isinstance(event, TierChanged):
        is_same = event.terms == membership.terms
        return _with_next(membership, None if is_same else event.terms)
    return structs.replace(membership, price_cents=event.price_cents)


def _return_period(
    membership: ProfileMembership, event: PeriodReturned, moment: datetime
) -> ProfileMembership:
    """Take back a returned period. The membership ends with the other paid ones."""
    if event.ends_at <= moment:
        return membership
    paid_until = event.paid_until
    if paid_until is None or paid_until <= moment:
        ended = _end(membership, EndReason.RETURNED, moment)
        return structs.replace(ended, paid_until=paid_until)
    kept = structs.replace(membership, paid_until=paid_until, access_until=paid_until)
    if event.terms is not None:
        kept = structs.replace(kept, **structs.asdict(event.terms))
    if membership.state is MembershipState.ENDED:
        return kept
    return _cancel(kept, CancelRequested(EndReason.RETURNED), moment)


def _report(
    membership: ProfileMembership, event: Postponed | PeriodOver | MemberErased, moment: datetime
) -> ProfileMembership:
    if membership.state is MembershipState.ENDED:
        return membership
    if isinstance(event, MemberErased):
        return _end(membership, EndReason.ERASED, moment)
    if isinstance(event, Postponed):
        return structs.replace(membership, next_charge_at=moment + _DAY)
    if membership.cancelled_at is None or _is_paid(membership, moment):
        return membership
    return _end(membership, membership.end_reason or EndReason.CANCELLED, moment)


def _end(membership: ProfileMembership, reason: EndReason, moment: datetime) -> ProfileMembership:
    access = membership.access_until
    was_ended = membership.state is MembershipState.ENDED
    return structs.replace(
        _with_next(membership, None),
        state=MembershipState.ENDED,
        ended_at=membership.ended_at or moment,
        end_reason=membership.end_reason if was_ended else reason,
        next_charge_at=None,
        access_until=None if access is None else min(access, moment),
        paused_until=None,
    )


def _with_next(membership: ProfileMembership, terms: Terms | None) -> ProfileMembership:
    return structs.replace(
        membership,
        next_tier_id=None if terms is None else terms.tier_id,
        next_tier_name=None if terms is None else terms.tier_name,
        next_interval=None if terms is None else terms.interval,
        next_price_cents=None if terms is None else terms.price_cents,
    )


def _is_other(terms: Terms, paid: Terms) -> bool:
    return (terms.tier_id, terms.interval) != (paid.tier_id, paid.interval)


def _ensure_goes_on(membership: ProfileMembership) -> None:
    """Raise an error unless a membership is paid for now and will be renewed."""
    match membership.state:
        case MembershipState.ENDED:
            raise MembershipEnded
        case MembershipState.PAST_DUE:
            raise MembershipUnpaid
        case MembershipState.PENDING:
            raise MembershipNotPossible
        case _:
            pass
    if membership.cancelled_at is not None:
        raise MembershipCancelled


def _is_paid(membership: ProfileMembership, moment: datetime) -> bool:
    return membership.paid_until is not None and membership.paid_until > moment
