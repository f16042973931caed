"""Live streams and stream keys, as stored and as shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.access import Role
from veza.core.ids import ConversationId, StreamId, UserId
from veza.core.pages import Cursor
from veza.core.people import Appearance
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.chat.conversations.models import SlowMode

MAX_TITLE_LENGTH = 200

Title = Annotated[str, Meta(min_length=1, max_length=MAX_TITLE_LENGTH, examples=["Dusk till dub"])]
Description = Annotated[str, Meta(max_length=5000)]
Category = Annotated[str, Meta(max_length=50, examples=["DJ set"])]
Tag = Annotated[str, Meta(min_length=1, max_length=40)]
Tags = Annotated[list[Tag], Meta(max_length=20, examples=[["dub", "vinyl"]])]
StreamKey = Annotated[
    str,
    Meta(
        description="The secret key for the member's encoder.", examples=["live_0Zb9k2mXw4TqLr7c"]
    ),
]
RtmpUrl = Annotated[
    str,
    Meta(
        description="The address for the member's encoder.",
        examples=["rtmp://veza.example:1935/live"],
    ),
]


class StreamStatus(StrEnum):
    """The status of a stream: not started, started, or over."""

    DRAFT = "draft"
    LIVE = "live"
    ENDED = "ended"


class StreamForm(Struct, frozen=True):
    """A stream to announce."""

    title: Title
    description: Description = ""
    category: Category = ""
    tags: Tags = []
    slow_mode_seconds: SlowMode = 0


class StreamChange(Struct, frozen=True):
    """Changes to a stream; omitted fields keep their values."""

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    slow_mode_seconds: SlowMode | UnsetType = UNSET


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
    """A stream as stored, with its owner's name and the slow mode of its room."""

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
    listed_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    peak_viewers: int
    total_viewers: int
    created_at: datetime
    updated_at: datetime


class Stream(StreamTexts, frozen=True):
    """A live stream.

    `is_live` is true while it can be watched. An interrupted stream still has the status `live`,
    for a minute in which it can continue. Viewers chat in the room `conversation_id`. The HLS
    playlist is at `playback_url` while it is live.
    """

    id: StreamId
    owner: NamedMember
    status: StreamStatus
    is_live: bool
    viewers_count: int
    peak_viewers: int
    total_viewers: int
    playback_url: str
    conversation_id: ConversationId | None
    slow_mode_seconds: int
    started_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    updated_at: datetime
    taken_down: TakenDown | UnsetType = UNSET


class OwnStream(Stream, frozen=True, kw_only=True):
    """A stream of the caller, with the settings for their encoder."""

    stream_key: StreamKey | None
    rtmp_url: RtmpUrl


class StreamPage(Struct, frozen=True):
    """A page of streams, newest first."""

    streams: list[Stream]
    next_cursor: str | None
    has_more: bool


class OwnStreamPage(Struct, frozen=True):
    """A page of the caller's streams, newest first."""

    streams: list[OwnStream]
    next_cursor: str | None
    has_more: bool


class StreamQuery(Struct, frozen=True):
    """Which streams to list; category and tag without case and accents."""

    limit: int = 20
    cursor: Cursor | None = None
    is_live: bool | None = None
    category_key: str | None = None
    tag_key: str | None = None


class StreamAccess(Struct, frozen=True):
    """The address and the stream key for the member's encoder.

    The key is null if it can no longer be decrypted: the member can generate a new key.
    """

    stream_key: StreamKey | None
    rtmp_url: RtmpUrl


class ViewerHeartbeat(Struct, frozen=True):
    """The number of viewers, and the seconds until the next heartbeat is due."""

    viewers_count: int
    next_in_seconds: int


class NewStream(Struct, frozen=True):
    """The row of a new stream."""

    id: StreamId
    owner_id: UserId
    details: StreamDetails
    conversation_id: ConversationId
    is_announced: bool


class StoredStreamKey(Struct, frozen=True):
    """The encrypted stream key of a member."""

    user_id: UserId
    sealed: bytes
    sealed_with: int


class NewStreamKey(StoredStreamKey, frozen=True):
    """The row of a new stream key."""

    key_hash: bytes


class KeyOwner(Struct, frozen=True):
    """The member whose stream key an encoder uses."""

    id: UserId
    username: str
    role: Role
    is_suspended: bool


class Publisher(Struct, frozen=True):
    """An encoder that publishes: its key, and the names of the ingest and of the connection."""

    key: str
    client_ref: str


class ExportedStream(StreamTexts, frozen=True):
    """A stream in an export of personal data."""

    id: StreamId
    status: StreamStatus
    started_at: datetime | None
    ended_at: datetime | None
    peak_viewers: int
    total_viewers: int
    created_at: datetime


class StreamEvidence(StreamTexts, frozen=True):
    """The content of a stream that a report stores."""

    author_id: UserId
    username: str
    is_live: bool
    created_at: datetime


class ViewerCounts(Struct, frozen=True):
    """The current viewers of a stream, and all distinct viewers, estimated within 1%."""

    current: int
    total: int


class WatchResult(Struct, frozen=True):
    """Viewer counts after a heartbeat, and whether to store them now."""

    counts: ViewerCounts
    is_due: bool
