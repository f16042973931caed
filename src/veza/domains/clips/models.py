"""Clips, as stored and as shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.clock import Moment
from veza.core.ids import StreamClipId, StreamId, TrackId, UserId
from veza.core.pages import Cursor
from veza.core.people import Appearance
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.domains.auth.accounts.models import NamedMember

ClipTitle = Annotated[str, Meta(min_length=1, max_length=200, examples=["That drop"])]


class ClipFormat(StrEnum):
    """The format of the parts: sound and pictures as they were sent, or sound alone."""

    TS = "ts"
    AAC = "aac"


class ClipForm(Struct, frozen=True):
    """A clip to make: so many seconds before a moment, which is now if it is omitted.

    `ended_at` is when that was sent, while the stream runs. With `track_id`, the replay of the
    stream, it is of that, up to `position_ms`.
    """

    title: ClipTitle
    seconds: Annotated[int, Meta(ge=5, le=90)] = 30
    ended_at: Moment | None = None
    track_id: TrackId | None = None
    position_ms: Annotated[int, Meta(ge=0, le=2_000_000_000)] = 0


class StoredClip(Struct, frozen=True):
    """A clip as stored, with who made it and whose stream it is of.

    `is_played`: the audience of its stream hears it.
    """

    id: StreamClipId
    stream_id: StreamId
    owner_id: UserId
    maker_id: UserId
    username: str
    appearance: Appearance
    title: str
    format: ClipFormat
    parts_us: list[int]
    breaks: list[int]
    size_bytes: int
    is_hidden: bool
    is_played: bool
    is_admitted: bool
    taken_down: ItemTakedown | None
    created_at: datetime


class NewClip(Struct, frozen=True):
    """The row of a clip that is being made; `media_id` if not everybody might watch the stream."""

    id: StreamClipId
    stream_id: StreamId
    maker_id: UserId
    title: str
    format: ClipFormat
    track_id: TrackId | None = None
    media_id: UUID | None = None


class StreamClip(Struct, frozen=True):
    """A clip of a stream, for its audience. It is played at `playback_url`, by HLS.

    That is null while nobody hears it, such as when the stream has another audience than then.
    """

    id: StreamClipId
    stream_id: StreamId
    title: str
    maker: NamedMember
    duration_ms: int
    playback_url: str | None
    created_at: datetime
    taken_down: TakenDown | UnsetType = UNSET


class StreamClipPage(Struct, frozen=True):
    """A page of the clips of a stream, newest first."""

    clips: list[StreamClip]
    next_cursor: str | None
    has_more: bool


class ClipQuery(Struct, frozen=True):
    """A query for clips of a stream."""

    viewer_id: UserId | None
    limit: int = 20
    cursor: Cursor | None = None


class ClipUse(Struct, frozen=True):
    """The clips of a member or of a stream: how many, and their bytes with what may come."""

    count: int
    size_bytes: int


class ClipEvidence(Struct, frozen=True):
    """The content of a clip that a report stores."""

    author_id: UserId
    username: str
    stream_id: StreamId
    title: str
    created_at: datetime


class ExportedClip(Struct, frozen=True):
    """A clip in an export of personal data."""

    id: StreamClipId
    stream_id: StreamId | None
    title: str
    created_at: datetime


class PersonalClip(Struct, frozen=True):
    """The sizes of the stored parts of a member's clip, in their order."""

    id: StreamClipId
    format: ClipFormat
    parts_bytes: list[int]
