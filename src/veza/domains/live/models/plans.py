"""Planned streams: their dates and covers, reminders of them, and calendars."""

from datetime import datetime
from enum import StrEnum, auto
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.clock import Moment
from veza.core.ids import ImageId, StreamId, UserId
from veza.core.pages import Cursor
from veza.domains.live.models.stored_streams import StreamStatus
from veza.domains.live.models.streams import Stream

StartsAt = Annotated[
    Moment | None,
    Meta(
        description="The planned begin of a stream that is to come, within a year.",
        examples=[None],
    ),
]
StreamCoverId = Annotated[
    ImageId | None,
    Meta(description="An image that you uploaded with `POST /images`.", examples=[None]),
]


class PlanNews(StrEnum):
    """The news of a planned stream for members who asked to be reminded."""

    SOON = auto()
    STARTED = auto()
    CANCELLED = auto()
    # It never began: nobody is told.
    MISSED = auto()


class UpcomingQuery(Struct, frozen=True):
    """A query for planned streams that a viewer sees, of all profiles or of one."""

    viewer_id: UserId | None = None
    owner_id: UserId | None = None
    limit: int = 20
    cursor: Cursor | None = None


class UpcomingStreamPage(Struct, frozen=True):
    """A page of planned streams, the next one first."""

    streams: list[Stream]
    next_cursor: str | None
    has_more: bool


class StreamReminder(Struct, frozen=True):
    """The caller's reminder of a stream: whether they asked for it, and the planned begin."""

    has_reminder: bool
    starts_at: datetime | None


class TakenReminder(Struct, frozen=True):
    """A member who asked to be reminded. `is_to_tell`: they belong to the audience now."""

    user_id: UserId
    is_to_tell: bool


class TakenReminders(Struct, frozen=True):
    """The next members whose reminders were taken, and those of them to tell the news."""

    news: PlanNews
    taken: int
    to_tell: list[UserId]


class CalendarFeed(Struct, frozen=True):
    """The private calendar of a member: its address, null without one.

    It has the planned streams of which they want to be reminded, and those of profiles that they
    follow, as far as they may see them. Who knows the address sees it, until it is replaced.
    """

    url: Annotated[
        str | None,
        Meta(examples=["https://veza.example/feeds/calendars/018c.kq3V1x2yQzQ9.ics"]),
    ]


class StoredCalendar(Struct, frozen=True):
    """The key of the calendar of a member, which its address is signed with."""

    user_id: UserId
    key: UUID


class CalendarOwner(Struct, frozen=True):
    """The profile whose public streams a calendar has."""

    id: UserId
    username: str
    shown_name: str


class CalendarEntry(Struct, frozen=True):
    """A planned stream in a calendar."""

    id: StreamId
    username: str
    shown_name: str
    title: str
    description: str
    category: str
    status: StreamStatus
    starts_at: datetime
    ended_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ExportedReminder(Struct, frozen=True):
    """A stream of which a member wants to be reminded."""

    stream_id: StreamId
    title: str
    starts_at: datetime | None
    created_at: datetime
