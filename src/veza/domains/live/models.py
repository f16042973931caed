"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.access import Role
from veza.core.ids import ConversationId, StreamId, UserId
from veza.core.pages import Cursor
from veza.domains.chat.conversations.models import SlowMode

MAX_TITLE_LENGTH = 200

Title = Annotated[str, Meta(min_length=1, max_length=MAX_TITLE_LENGTH, examples=["Dusk till dub"])]
Description = Annotated[str, Meta(max_length=5000)]
Category = Annotated[str, Meta(max_length=50, examples=["DJ set"])]
Tag = Annotated[str, Meta(min_length=1, max_length=40)]
Tags = Annotated[list[Tag], Meta(max_length=20, examples=[["dub", "vinyl"]])]
StreamKey = Annotated[
    str,
    Meta(description="What lets one's encoder in: a secret.", examples=["live_0Zb9k2mXw4TqLr7c"]),
]
RtmpUrl = Annotated[
    str,
    Meta(description="Where one's encoder connects.", examples=["rtmp://veza.example:1935/live"]),
]


class StreamStatus(StrEnum):
    """How far a broadcast is: to come, begun, or over."""

    DRAFT = "draft"
    LIVE = "live"
    ENDED = "ended"


class StreamForm(Struct, frozen=True):
    """What is said of a broadcast that is to come."""

    title: Title
    description: Description = ""
    category: Category = ""
    tags: Tags = []
    slow_mode_seconds: SlowMode = 0


class StreamChange(Struct, frozen=True):
    """What is to be changed; what is left out stays as it is."""

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    slow_mode_seconds: SlowMode | UnsetType = UNSET


class StreamDetails(Struct, frozen=True):
    """All that is said of a broadcast, and by what it is found."""

    title: str
    description: str
    category: str
    tags: list[str]
    category_key: str
    tag_keys: list[str]


class StreamState(Struct, frozen=True):
    """How a broadcast stands to the ingest: what the rules decide about, and nothing else.

    `client_ref` is the connection that publishes, as the ingest calls both of them: of no other
    anything is believed. Where `is_live` is false and the status is `live`, it is interrupted.
    """

    status: StreamStatus = StreamStatus.DRAFT
    is_live: bool = False
    client_ref: str | None = None
    seen_at: datetime | None = None
    interrupted_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None


class StoredStream(Struct, frozen=True):
    """A broadcast as it is stored, with its owner's name, and how its room is."""

    id: StreamId
    owner_id: UserId
    username: str
    is_hidden: bool
    title: str
    description: str
    category: str
    tags: list[str]
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


class StreamOwner(Struct, frozen=True):
    """Whose broadcast it is, as they are shown."""

    id: UserId
    username: str


class Stream(Struct, frozen=True):
    """A broadcast as it is shown.

    `is_live` says whether it can be heard right now: one that is interrupted still has the status
    `live`, for a minute in which it may go on. Viewers talk in the room `conversation_id`. It is
    played by HLS from `playback_url`, while it is live.
    """

    id: StreamId
    title: str
    description: str
    category: str
    tags: list[str]
    owner: StreamOwner
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


class OwnStream(Stream, frozen=True, kw_only=True):
    """A broadcast of one's own, with what one's encoder needs."""

    stream_key: StreamKey | None
    rtmp_url: RtmpUrl


class StreamPage(Struct, frozen=True):
    """One page of broadcasts, the latest first."""

    streams: list[Stream]
    next_cursor: str | None
    has_more: bool


class OwnStreamPage(Struct, frozen=True):
    """One page of one's own broadcasts, the latest first."""

    streams: list[OwnStream]
    next_cursor: str | None
    has_more: bool


class StreamQuery(Struct, frozen=True):
    """Which broadcasts are asked for; category and tag as they are looked for."""

    limit: int = 20
    cursor: Cursor | None = None
    is_live: bool | None = None
    category_key: str | None = None
    tag_key: str | None = None


class StreamAccess(Struct, frozen=True):
    """What one's encoder needs to broadcast: where to connect, and the key to say there.

    The key is null where it can't be read any more: one draws another then.
    """

    stream_key: StreamKey | None
    rtmp_url: RtmpUrl


class ViewerHeartbeat(Struct, frozen=True):
    """How many watch, and in how many seconds to say again that one does."""

    viewers_count: int
    next_in_seconds: int


class NewStream(Struct, frozen=True):
    """What is written for a new broadcast."""

    id: StreamId
    owner_id: UserId
    words: StreamDetails
    conversation_id: ConversationId
    is_announced: bool


class NewStreamKey(Struct, frozen=True):
    """What is written for a new key."""

    user_id: UserId
    key_hash: bytes
    sealed: bytes
    sealed_with: int


class StoredStreamKey(Struct, frozen=True):
    """The key of a member as it is stored."""

    user_id: UserId
    sealed: bytes
    sealed_with: int


class KeyOwner(Struct, frozen=True):
    """Whose key an encoder came with."""

    id: UserId
    username: str
    role: Role
    is_suspended: bool


class Publisher(Struct, frozen=True):
    """An encoder at an ingest's door: with which key, and how ingest and connection are called."""

    key: str
    client_ref: str


class ExportedStream(Struct, frozen=True):
    """A broadcast as its owner is handed it out with their data."""

    id: StreamId
    title: str
    description: str
    category: str
    tags: list[str]
    status: StreamStatus
    started_at: datetime | None
    ended_at: datetime | None
    peak_viewers: int
    total_viewers: int
    created_at: datetime


class StreamEvidence(Struct, frozen=True):
    """What was said of a broadcast when it was reported, and whether it was on air."""

    author_id: UserId
    username: str
    title: str
    description: str
    category: str
    tags: list[str]
    is_live: bool
    created_at: datetime


class StreamCounts(Struct, frozen=True):
    """How many broadcasts there are, and how many of them are live."""

    total: int
    live: int


class ViewerCounts(Struct, frozen=True):
    """How many watch a broadcast at the moment, and how many different ones did in all.

    The second is an estimate, true within a percent.
    """

    present: int
    total: int


class WatchResult(Struct, frozen=True):
    """An audience as the last to say that they watch found it, and whether to write it down now."""

    audience: ViewerCounts
    is_due: bool
