"""Live streams and stream keys, as stored and as shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.access import Role
from veza.core.ids import ConversationId, ProductId, StreamId, TierId, UserId
from veza.core.pages import Cursor
from veza.core.people import Appearance
from veza.core.stream_audiences import StreamAudience
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.domains.audiences.models import ForTier
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


ForBuyers = Annotated[
    ProductId,
    Meta(
        description="A product of the owner, whose buyers watch a stream for `buyers`.",
        examples=[None],
    ),
]
StreamPassword = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        description="The password of a stream with the audience `password`.",
    ),
]
GuestName = Annotated[str, Meta(min_length=1, max_length=64)]
Guests = Annotated[
    list[GuestName],
    Meta(
        max_length=100,
        description="The usernames of those who watch a stream for people who are `named`.",
        examples=[[]],
    ),
]
Ticket = Annotated[
    str, Meta(max_length=120, description="The ticket that the password of a stream gave.")
]


class StreamStatus(StrEnum):
    """The status of a stream: not started, started, or over."""

    DRAFT = "draft"
    LIVE = "live"
    ENDED = "ended"


class StreamForm(Struct, frozen=True):
    """A stream to announce, to everybody or to an audience that its owner chooses."""

    title: Title
    description: Description = ""
    category: Category = ""
    tags: Tags = []
    slow_mode_seconds: SlowMode = 0
    audience: StreamAudience = StreamAudience.PUBLIC
    tier_id: ForTier | None = None
    product_id: ForBuyers | None = None
    password: StreamPassword | None = None
    guests: Guests = []


class StreamChange(Struct, frozen=True):
    """Changes to a stream; omitted fields keep their values."""

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    category: Category | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET
    slow_mode_seconds: SlowMode | UnsetType = UNSET
    audience: StreamAudience | UnsetType = UNSET
    tier_id: ForTier | UnsetType | None = UNSET
    product_id: ForBuyers | UnsetType | None = UNSET
    password: StreamPassword | UnsetType | None = UNSET
    guests: Guests | UnsetType = UNSET


class StreamUnlockForm(Struct, frozen=True):
    """The password of a stream."""

    password: StreamPassword


class AudienceChoice(Struct, frozen=True):
    """The audience of a stream, and what it consists of."""

    audience: StreamAudience = StreamAudience.PUBLIC
    tier_id: TierId | None = None
    product_id: ProductId | None = None
    password_hash: str | None = None
    password_version: int = 0


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

    `is_admitted`: the viewer of the statement belongs to its audience.
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
    is_admitted: bool
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
    playlist is at `playback_url` while it is live; that of a stream with an audience is for the
    viewer alone.
    """

    id: StreamId
    owner: NamedMember
    audience: StreamAudience
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

    tier_id: ForTier | None
    product_id: ForBuyers | None
    guests: list[str]
    stream_key: StreamKey | None
    rtmp_url: RtmpUrl


class UnlockedStream(Struct, frozen=True):
    """A stream whose password was right, and the ticket for those who are not signed in."""

    stream: Stream
    ticket: Ticket
    expires_at: datetime


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

    viewer_id: UserId | None = None
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


class StreamMedia(Struct, frozen=True):
    """A playlist or segment, and whether it is for one viewer alone, so that no cache keeps it."""

    content: bytes
    is_private: bool


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
    choice: AudienceChoice
    media_id: UUID | None


class NamedGuest(Struct, frozen=True):
    """A member by name."""

    id: UserId
    username: str


class StreamGuest(Struct, frozen=True):
    """Somebody who is named as the audience of a stream."""

    stream_id: StreamId
    user_id: UserId
    username: str


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
    audience: StreamAudience
    tier_id: TierId | None
    product_id: ProductId | None
    guests: list[str]
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
    """The streams of a member, and those for which others named them."""

    streams: list[ExportedStream]
    invitations: list[ExportedInvitation]


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
