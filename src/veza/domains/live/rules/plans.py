"""Planned streams: the dates that are allowed, and the news for members who want reminders."""

from datetime import datetime, timedelta
from typing import Protocol

from msgspec import UNSET

from veza.core.clock import require_future
from veza.core.errors import FieldError, Invalid
from veza.domains.live.errors import StreamNotToCome
from veza.domains.live.models.forms import StreamChange
from veza.domains.live.models.plans import PlanNews
from veza.domains.live.models.stored_streams import StoredStream, StreamStatus

# How far ahead a stream can be planned.
MAX_AHEAD = timedelta(days=366)

# Members are reminded so long before the planned begin, and not later than so long after it.
REMIND_BEFORE = timedelta(minutes=10)
LATEST_REMINDER = timedelta(minutes=15)

# An encoder starts a planned stream from so long before its date.
EARLIEST_START = timedelta(hours=1)

# A planned stream that has not begun so long after its date is cancelled.
MISSED_AFTER = timedelta(hours=6)

# The maximum numbers of reminders of a member, of those taken in one transaction, and of streams
# that are expired in one.
MAX_REMINDERS = 500
TAKEN_AT_ONCE = 200
EXPIRED_AT_ONCE = 100

# The maximum number of streams in a calendar, and for how long it keeps those that are over.
MAX_IN_CALENDAR = 200
KEPT_IN_CALENDAR = timedelta(days=30)


class _Plan(Protocol):
    """The fields of a stream that decide what its reminders say."""

    @property
    def status(self) -> StreamStatus: ...
    @property
    def starts_at(self) -> datetime | None: ...
    @property
    def cancelled_at(self) -> datetime | None: ...


def ensure_startable(starts_at: datetime | None, moment: datetime) -> datetime | None:
    """Return the planned begin of a stream. Raises Invalid unless it is within the next year."""
    require_future(starts_at, "starts_at", moment)
    if starts_at is not None and starts_at - moment > MAX_AHEAD:
        raise Invalid(
            details=[FieldError("starts_at", "Choose a time within a year.", "not_within_year")]
        )
    return starts_at


def reschedule(stream: StoredStream, change: StreamChange, moment: datetime) -> datetime | None:
    """Return the planned begin after a change, which only a stream that is to come can have.

    Raises Invalid and StreamNotToCome.
    """
    if change.starts_at is UNSET or change.starts_at == stream.starts_at:
        return stream.starts_at
    if stream.status is not StreamStatus.DRAFT:
        raise StreamNotToCome
    return ensure_startable(change.starts_at, moment)


def is_reminder_due(starts_at: datetime | None, moment: datetime) -> bool:
    """Return whether members are reminded of a stream with this date now."""
    if starts_at is None:
        return False
    return starts_at - REMIND_BEFORE <= moment <= starts_at + LATEST_REMINDER


def find_news(plan: _Plan, moment: datetime) -> PlanNews | None:
    """Return the news for members who want reminders of a stream; None if there is none now."""
    if plan.status in {StreamStatus.LIVE, StreamStatus.ENDED}:
        return PlanNews.STARTED
    if plan.cancelled_at is not None:
        is_missed = plan.starts_at is not None and plan.cancelled_at > plan.starts_at + MISSED_AFTER
        return PlanNews.MISSED if is_missed else PlanNews.CANCELLED
    return PlanNews.SOON if is_reminder_due(plan.starts_at, moment) else None
