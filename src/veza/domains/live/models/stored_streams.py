"""Streams as stored, and queries of them."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from veza.core.ids import ConversationId, ImageId, ProductId, StreamId, TierId, UserId
from veza.core.pages import Cursor
from veza.core.people import Appearance
from veza.core.stream_audiences import StreamAudience
from veza.core.takedowns import ItemTakedown
from veza.domains.live.models.audiences import AudienceChoice


class StreamStatus(StrEnum):
    """The status of a stream: not started, started, over, or cancelled before it started."""

    DRAFT = "draft"
    LIVE = "live"
    ENDED = "ended"
    CANCELLED = "cancelled"


class StreamTexts(Struct, frozen=True):
    """The description of a stream by its owner."""

    title: str
    description: str
    category: str
    tags: list[str]


class StreamDetails(StreamTexts, frozen=True):
    """The texts of a stream, and the keys by which it is searched."""

    category_key: str
    tag_keys: list[str]


class StreamState(Struct, frozen=True):
    """The publishing state of a stream, on which the rules decide.

    `client_ref` names the ingest and its connection that publishes; reports about others are
    ignored. A stream with the status `live` that is not `is_live` is interrupted.
    """

    status: StreamStatus = StreamStatus.DRAFT
    is_live: bool = False
    client_ref: str | None = None
    seen_at: datetime | None = None
    interrupted_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class StoredStream(StreamTexts, frozen=True):
    """A stream as stored, with its owner's name and the slow mode of its room.

    `is_admitted`: the viewer of the statement belongs to its audience; `has_reminder`: they want to
    be reminded of it; `is_recorded`: a recording of it goes on, or waits for its begin.
    """

    id: StreamId
    owner_id: UserId
    username: str
    appearance: Appearance
    is_hidden: bool
    taken_down: ItemTakedown | None
    conversation_id: ConversationId | None
    slow_mode_seconds: int
    status: StreamStatus
    is_live: bool
    client_ref: str | None
    seen_at: datetime | None
    interrupted_at: datetime | None
    is_announced: bool
    audience: StreamAudience
    tier_id: TierId | None
    product_id: ProductId | None
    password_hash: str | None
    password_version: int
    media_id: UUID | None
    now_playing: str
    is_admitted: bool
    has_reminder: bool
    is_recorded: bool
    starts_at: datetime | None
    cancelled_at: datetime | None
    cover_image_id: ImageId | None
    listed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    peak_viewers: int
    total_viewers: int
    created_at: datetime
    updated_at: datetime


class StreamQuery(Struct, frozen=True):
    """A query for streams; category and tag are without case and accents."""

    viewer_id: UserId | None = None
    limit: int = 20
    cursor: Cursor | None = None
    is_live: bool | None = None
    category_key: str | None = None
    tag_key: str | None = None


class NewStream(Struct, frozen=True):
    """The row of a new stream."""

    id: StreamId
    owner_id: UserId
    details: StreamDetails
    conversation_id: ConversationId
    is_announced: bool
    choice: AudienceChoice
    media_id: UUID | None
