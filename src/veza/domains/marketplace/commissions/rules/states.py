"""The state machine of commissions: which steps a party can take, and the state after one."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from veza.core.access import Member, Role
from veza.core.ids import UserId
from veza.domains.marketplace.commissions.errors import (
    CommissionNotFound,
    CommissionPaused,
    NoRevisionLeft,
    OwnCommission,
    StepNotAllowed,
    TooManyCommissionFiles,
    TooManyEntries,
)
from veza.domains.marketplace.commissions.models import (
    CommissionState,
    CommissionStatus,
    EntryKind,
    FileUsage,
    LeftWork,
    Party,
    Step,
)

# Of each party, so that nobody fills the room of the other. Steps but messages are few.
MAX_MESSAGES = 250
MAX_FILES = 100
MAX_FILES_BYTES = 10 * 1024**3
# A brief is expected for this long; then the buyer gets the money back.
BRIEF_WITHIN = timedelta(days=30)
# A delivery is accepted automatically after this time.
ACCEPTED_AFTER = timedelta(days=7)
# The buyer can cancel without consent when a delivery is late by this.
LATE_AFTER = timedelta(days=7)
# A service that is overdue for this long is cancelled by itself.
ABANDONED_AFTER = timedelta(days=60)
# A refund that the provider refused is asked for again after this time.
RETRIED_AFTER = timedelta(days=1)

_BEGUN = (CommissionStatus.BRIEF, CommissionStatus.IN_PROGRESS)
_OPEN = (*_BEGUN, CommissionStatus.DELIVERED)
_UNFINISHED = (*_OPEN, CommissionStatus.DISPUTED)
_NOT_CANCELLED = (*_UNFINISHED, CommissionStatus.ACCEPTED)
_DELIVERED = (CommissionStatus.DELIVERED,)
# The states in which a party can take a step, before further conditions.
_POSSIBLE: dict[tuple[Party, Step], Sequence[CommissionStatus]] = {
    (Party.BUYER, Step.BRIEF): (CommissionStatus.BRIEF,),
    (Party.BUYER, Step.MESSAGE): _NOT_CANCELLED,
    (Party.SELLER, Step.MESSAGE): _NOT_CANCELLED,
    (Party.SELLER, Step.DELIVER): (CommissionStatus.IN_PROGRESS,),
    (Party.BUYER, Step.ACCEPT): _DELIVERED,
    (Party.BUYER, Step.REVISE): _DELIVERED,
    (Party.BUYER, Step.DISPUTE): _DELIVERED,
    (Party.BUYER, Step.ASK_TO_CANCEL): (CommissionStatus.IN_PROGRESS,),
    (Party.BUYER, Step.CANCEL): _BEGUN,
    (Party.SELLER, Step.CANCEL): _OPEN,
    (Party.STAFF, Step.DECIDE): (CommissionStatus.DISPUTED,),
}
_LEADS_TO = {
    Step.BRIEF: CommissionStatus.IN_PROGRESS,
    Step.DELIVER: CommissionStatus.DELIVERED,
    Step.REVISE: CommissionStatus.IN_PROGRESS,
    Step.ACCEPT: CommissionStatus.ACCEPTED,
    Step.DISPUTE: CommissionStatus.DISPUTED,
    Step.CANCEL: CommissionStatus.CANCELLED,
}
_KINDS = {
    Step.BRIEF: EntryKind.BRIEF,
    Step.MESSAGE: EntryKind.MESSAGE,
    Step.DELIVER: EntryKind.DELIVERY,
    Step.ACCEPT: EntryKind.ACCEPTANCE,
    Step.REVISE: EntryKind.REVISION,
    Step.ASK_TO_CANCEL: EntryKind.CANCEL_REQUEST,
    Step.CANCEL: EntryKind.CANCELLATION,
    Step.DISPUTE: EntryKind.DISPUTE,
    Step.DECIDE: EntryKind.DECISION,
}


def party_of(commission: CommissionState, viewer: Member) -> Party:
    """Return which party a member is. Staff only sees what was disputed.

    Raises CommissionNotFound for all others.
    """
    if commission.buyer_id == viewer.id:
        return Party.BUYER
    if commission.seller_id == viewer.id:
        return Party.SELLER
    if viewer.role is Role.ADMIN and commission.was_disputed:
        return Party.STAFF
    raise CommissionNotFound


def list_steps(commission: CommissionState, party: Party, moment: datetime) -> list[Step]:
    """Return what a party can do now."""
    if commission.is_paused:
        return []
    return [step for step in Step if _is_allowed(commission, party, step, moment)]


def ensure_impartial(party: Party, *, has_interest: bool) -> None:
    """Raise OwnCommission for staff that ordered a service, or earns by it."""
    if party is Party.STAFF and has_interest:
        raise OwnCommission


def ensure_allowed(
    commission: CommissionState, party: Party, step: Step, *, moment: datetime
) -> None:
    """Raise CommissionPaused, NoRevisionLeft or StepNotAllowed unless the party can do this now."""
    if commission.is_paused:
        raise CommissionPaused
    if _is_allowed(commission, party, step, moment):
        return
    is_answer = party is Party.BUYER and commission.status is CommissionStatus.DELIVERED
    raise NoRevisionLeft if step is Step.REVISE and is_answer else StepNotAllowed


def move[T: CommissionState](commission: T, step: Step, moment: datetime) -> T:
    """Return a commission after a step that is allowed, or that time takes.

    A cancelled one is so at once if nothing was paid, else once the money is returned.
    """
    changed = commission
    match step:
        case Step.REVISE:
            changed = structs.replace(commission, revisions_used=commission.revisions_used + 1)
        case Step.DISPUTE:
            changed = structs.replace(commission, was_disputed=True)
        case Step.ASK_TO_CANCEL:
            changed = structs.replace(commission, is_cancel_asked=True)
        case _:
            pass
    status = _LEADS_TO.get(step)
    if status is None or (status is CommissionStatus.CANCELLED and not commission.is_free):
        return changed
    return _to(changed, status, _due_at(changed, status, moment))


def return_money[T: CommissionState](commission: T) -> T:
    """Return a commission whose payment was returned."""
    return _to(commission, CommissionStatus.CANCELLED)


def find_timeout(commission: CommissionState, moment: datetime) -> Step | None:
    """Return the step that is due by time-out; None if there is none."""
    if commission.is_paused or is_held(commission) or commission.due_at is None:
        return None
    overdue = moment - commission.due_at
    match commission.status:
        case CommissionStatus.DELIVERED if overdue >= timedelta():
            return Step.ACCEPT
        case CommissionStatus.BRIEF if overdue >= timedelta():
            return _give_up(commission)
        case CommissionStatus.IN_PROGRESS if overdue >= ABANDONED_AFTER:
            return _give_up(commission)
        case _:
            return None


def is_held(commission: CommissionState) -> bool:
    """Return whether an answer is awaited to a delivery that is taken down."""
    return commission.status is CommissionStatus.DELIVERED and commission.is_withheld


def postpone[T: CommissionState](commission: T, moment: datetime) -> T:
    """Return a commission that time cancels, whose refund is asked for again in a day at most."""
    is_working = commission.status is CommissionStatus.IN_PROGRESS
    late = ABANDONED_AFTER if is_working else timedelta()
    return structs.replace(commission, due_at=moment - late + RETRIED_AFTER)


def leave(commission: CommissionState, party: Party) -> Step | None:
    """Return the step that ends a commission of which a party is erased; None if it goes on.

    Without its seller it is cancelled. Without its buyer, too, if nothing was delivered yet; what
    was delivered is accepted, and what is disputed waits for staff. Where no refund is possible, it
    is accepted.
    """
    if commission.is_paused or commission.status not in _UNFINISHED:
        return None
    if party is Party.BUYER and commission.status is CommissionStatus.DISPUTED:
        return None
    is_accepted = party is Party.BUYER and _was_delivered(commission)
    return Step.ACCEPT if is_accepted or not _can_be_cancelled(commission) else Step.CANCEL


def count_left(commissions: Sequence[CommissionState], user_ids: Collection[UserId]) -> LeftWork:
    """Return what becomes of unfinished commissions when members are erased."""
    left = {
        each.id: leave(each, Party.SELLER if each.seller_id in user_ids else Party.BUYER)
        for each in commissions
    }
    is_disputed = CommissionStatus.DISPUTED
    return LeftWork(
        cancelled=sum(step is Step.CANCEL for step in left.values()),
        accepted=sum(step is Step.ACCEPT for step in left.values()),
        disputed=sum(left[each.id] is None and each.status is is_disputed for each in commissions),
    )


def kind_of(step: Step) -> EntryKind:
    """Return the kind of the entry of a step."""
    return _KINDS[step]


def ensure_room(messages: int, usage: FileUsage) -> None:
    """Raise TooManyEntries or TooManyCommissionFiles for a party that has sent more now."""
    if messages > MAX_MESSAGES:
        raise TooManyEntries
    if usage.files > MAX_FILES or usage.bytes > MAX_FILES_BYTES:
        raise TooManyCommissionFiles


def list_told(commission: CommissionState, actor: Party | None) -> list[UserId]:
    """Return who is told of a step: the parties that did not take it."""
    told = [] if actor is Party.BUYER else [commission.buyer_id]
    told += [] if actor is Party.SELLER else [commission.seller_id]
    return [user_id for user_id in told if user_id is not None]


def _is_allowed(commission: CommissionState, party: Party, step: Step, moment: datetime) -> bool:
    is_possible = commission.status in _POSSIBLE.get((party, step), ())
    if not is_possible or (step is Step.CANCEL and not _can_be_cancelled(commission)):
        return False
    if party is not Party.BUYER:
        return True
    match step:
        case Step.REVISE:
            return commission.revisions_used < commission.revisions
        case Step.CANCEL:
            return _may_cancel_alone(commission, moment)
        case Step.ASK_TO_CANCEL:
            is_asked = commission.is_cancel_asked
            return not is_asked and not _may_cancel_alone(commission, moment)
        case _:
            return True


def _can_be_cancelled(commission: CommissionState) -> bool:
    """Return whether the buyer can get the money back, if there was any."""
    return commission.is_free or commission.is_refundable


def _was_delivered(commission: CommissionState) -> bool:
    """Return whether the seller has delivered something: revisions are asked for afterwards."""
    return commission.status is CommissionStatus.DELIVERED or commission.revisions_used > 0


def _give_up(commission: CommissionState) -> Step | None:
    """Return the step for what nobody goes on with; None if it can't be cancelled.

    Without a buyer what was delivered before is accepted.
    """
    if commission.buyer_id is None:
        return leave(commission, Party.BUYER)
    return Step.CANCEL if _can_be_cancelled(commission) else None


def _may_cancel_alone(commission: CommissionState, moment: datetime) -> bool:
    """Return whether a buyer needs nobody's consent: nothing is begun, or nobody delivers."""
    if commission.status is CommissionStatus.BRIEF or commission.is_seller_gone:
        return True
    return commission.due_at is not None and commission.due_at + LATE_AFTER < moment


def _due_at(
    commission: CommissionState, status: CommissionStatus, moment: datetime
) -> datetime | None:
    """Return until when the next step is expected of a commission that has just got a status."""
    match status:
        case CommissionStatus.IN_PROGRESS:
            return moment + timedelta(days=commission.delivery_days)
        case CommissionStatus.DELIVERED:
            return moment + ACCEPTED_AFTER
        case _:
            return None


def _to[T: CommissionState](
    commission: T, status: CommissionStatus, due_at: datetime | None = None
) -> T:
    return structs.replace(commission, status=status, due_at=due_at, is_cancel_asked=False)
