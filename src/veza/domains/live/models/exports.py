"""Streams in exports of personal data, and as evidence of reports."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import ProductId, StreamId, TierId, UserId
from veza.core.stream_audiences import StreamAudience
from veza.domains.live.models.plans import ExportedReminder
from veza.domains.live.models.stored_streams import StreamStatus, StreamTexts


class ExportedStream(StreamTexts, frozen=True):
    """A stream in an export of personal data."""

    id: StreamId
    status: StreamStatus
    audience: StreamAudience
    tier_id: TierId | None
    product_id: ProductId | None
    guests: list[str]
    starts_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    peak_viewers: int
    total_viewers: int
    created_at: datetime


class ExportedInvitation(Struct, frozen=True):
    """A stream for which somebody was named, or whose password they entered."""

    stream_id: StreamId
    title: str
    is_named: bool
    created_at: datetime


class ExportedStreams(Struct, frozen=True):
    """The streams of a member, those for which others named them, and those to remind them of.

    `calendar_since`: since when their private calendar has its address.
    """

    streams: list[ExportedStream]
    invitations: list[ExportedInvitation]
    reminders: list[ExportedReminder]
    calendar_since: datetime | None


class StreamEvidence(StreamTexts, frozen=True):
    """The content of a stream that a report stores."""

    author_id: UserId
    username: str
    now_playing: str
    is_live: bool
    created_at: datetime
