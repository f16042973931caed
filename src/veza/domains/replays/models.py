"""Recordings, their parts and marks, as stored and as shown; what is shown beside a replay."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import (
    ConversationId,
    MessageId,
    StreamId,
    StreamRecordingId,
    TrackId,
    UserId,
)
from veza.core.pages import Cursor
from veza.core.people import Appearance
from veza.domains.auth.accounts.models import NamedMember

MAX_MARKS = 100

RecordingTitle = Annotated[str, Meta(min_length=1, max_length=200, examples=["Dusk till dub"])]
ChapterTitle = Annotated[str, Meta(min_length=1, max_length=200, examples=["Second set"])]
Position = Annotated[
    int, Meta(ge=0, le=2_000_000_000, description="Milliseconds from the beginning.", examples=[0])
]


class RecordingSettings(Struct, frozen=True):
    """Bounds of the recordings of a member: sound and lifetime. With 0 nothing is recorded."""

    max_us: int
    lifetime: timedelta

    @classmethod
    def from_settings(cls, hours: int, days: int) -> Self:
        """Return the settings for so many hours of sound and days."""
        return cls(hours * 3_600_000_000, timedelta(days=days))


class RecordingState(StrEnum):
    """The state of a recording: its stream is to come, runs, or the recording is complete."""

    WAITING = "waiting"
    RECORDING = "recording"
    READY = "ready"


class ReplayChapter(Struct, frozen=True):
    """A chapter of a recording, from its place on."""

    title: ChapterTitle
    start_ms: Position


class StoredStreamMark(Struct, frozen=True):
    """A mark of a recording; without a place if what was sent then is not stored yet."""

    recording_id: StreamRecordingId
    title: str
    start_ms: int | None


class StoredRecording(Struct, frozen=True):
    """A recording as stored; a stream that is taken down hides it."""

    id: StreamRecordingId
    owner_id: UserId
    stream_id: StreamId | None
    is_taken_down: bool
    title: str
    state: RecordingState
    duration_us: int
    size_bytes: int
    start_ms: int
    end_ms: int | None
    track_id: TrackId | None
    has_chat: bool
    started_at: datetime | None
    ended_at: datetime | None
    stopped_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


class StreamRecording(Struct, frozen=True):
    """A recording of a stream, which only its owner hears.

    `start_ms` and `end_ms` are where it is cut when it becomes a track. `playback_url` is its HLS
    playlist while its sound is kept, until `expires_at`; the track stays.
    """

    id: StreamRecordingId
    stream_id: StreamId | None
    title: str
    state: RecordingState
    duration_ms: int
    size_bytes: int
    start_ms: int
    end_ms: int | None
    chapters: list[ReplayChapter]
    track_id: TrackId | None
    has_chat: bool
    playback_url: str | None
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    updated_at: datetime


class RecordingPage(Struct, frozen=True):
    """A page of the caller's recordings, newest first, and how much of their time is used.

    When `max_ms` is reached, the oldest recording that is no track goes first.
    """

    recordings: list[StreamRecording]
    used_ms: int
    max_ms: int
    next_cursor: str | None
    has_more: bool


class RecordingQuery(Struct, frozen=True):
    """A query for recordings."""

    limit: int = 20
    cursor: Cursor | None = None


class RecordingChange(Struct, frozen=True):
    """Changes to a recording; omitted fields keep their values. Chapters are replaced as a whole.

    Positions are those of the recording before it is cut.
    """

    title: RecordingTitle | UnsetType = UNSET
    start_ms: Position | UnsetType = UNSET
    end_ms: Position | UnsetType | None = UNSET
    chapters: Annotated[list[ReplayChapter], Meta(max_length=MAX_MARKS)] | UnsetType = UNSET
    has_chat: bool | UnsetType = UNSET


class MarkForm(Struct, frozen=True):
    """A moment of a running stream to mark, as a chapter of its replay."""

    title: ChapterTitle


class StreamMark(Struct, frozen=True):
    """A marked moment."""

    title: str
    marked_at: datetime


class RecordingCut(Struct, frozen=True):
    """The start and the end of a recording when it becomes a track."""

    start_ms: int
    end_ms: int


class OpenRecording(Struct, frozen=True):
    """A recording that is not complete, and the state of its stream.

    `media_id` is the folder of the segments. What was sent before `created_at` or after
    `stopped_at` is no part of it. `over_since` is when it was stopped, or the stream ended.
    """

    id: StreamRecordingId
    owner_id: UserId
    media_id: UUID | None
    state: RecordingState
    last_segment: int
    parts_count: int
    duration_us: int
    is_on_air: bool
    created_at: datetime
    stopped_at: datetime | None
    over_since: datetime | None


class KeptRecording(Struct, frozen=True):
    """A complete recording with its sound, in the order in which they go."""

    id: StreamRecordingId
    duration_us: int
    is_track: bool


class ExpiringRecording(Struct, frozen=True):
    """A recording whose owner is told that it expires."""

    id: StreamRecordingId
    stream_id: StreamId
    owner_id: UserId


class RecordingPart(Struct, frozen=True):
    """A piece of a recording: AAC frames that were sent without a break."""

    id: UUID
    offset_us: int
    duration_us: int
    size_bytes: int
    started_at: datetime


class Replay(Struct, frozen=True):
    """The stream that a track is the replay of: its chapters, and whether there is its chat."""

    stream_id: StreamId
    title: str
    started_at: datetime
    chapters: list[ReplayChapter]
    has_chat: bool


class ReplayPassage(Struct, frozen=True):
    """A passage of a replay of a stream: so many milliseconds up to a time of its track."""

    track_id: TrackId
    stream_id: StreamId
    end_ms: int
    length_ms: int


class TrackReplay(Struct, frozen=True):
    """The stream that a track is the replay of, null for other tracks."""

    replay: Replay | None


class StoredReplay(Struct, frozen=True):
    """A replay as stored; `may_read_chat`: the viewer belongs to the audience of the stream."""

    recording_id: StreamRecordingId
    stream_id: StreamId
    conversation_id: ConversationId | None
    title: str
    duration_us: int
    start_ms: int
    end_ms: int | None
    started_at: datetime
    ended_at: datetime
    may_read_chat: bool


class ChatQuery(Struct, frozen=True):
    """A query for the chat of a replay: messages that follow a position in the room."""

    viewer_id: UserId | None
    after: int
    limit: int


class StoredReplayMessage(Struct, frozen=True):
    """A message of a stream's room, and where it was written in the recording."""

    id: MessageId
    seq: int
    position_ms: int
    sender_id: UserId
    username: str
    appearance: Appearance
    content: str


class ReplayMessage(Struct, frozen=True):
    """A message that was written during a stream, and at which time of its track."""

    id: MessageId
    offset_ms: int
    sender: NamedMember
    content: str


class ReplayChat(Struct, frozen=True):
    """A page of what was written during a stream, in its order; `next_after` leads to the next."""

    messages: list[ReplayMessage]
    next_after: int | None
    has_more: bool


class ExportedRecording(Struct, frozen=True):
    """A recording in an export of personal data."""

    id: StreamRecordingId
    stream_id: StreamId | None
    title: str
    duration_us: int
    start_ms: int
    end_ms: int | None
    track_id: TrackId | None
    has_chat: bool
    started_at: datetime | None
    ended_at: datetime | None
    expires_at: datetime | None
    created_at: datetime
    chapters: list[str]


class PersonalRecordingPart(Struct, frozen=True):
    """A stored part of a member's recording, and its number there."""

    id: UUID
    recording_id: StreamRecordingId
    size_bytes: int
    number: int
