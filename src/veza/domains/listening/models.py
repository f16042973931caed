"""Rooms, their queue, and what plays in them at a moment."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ConversationId, TrackId
from veza.domains.music.tracks.models.tracks import Track

MAX_ENTRIES = 200
# Tracks that are added at once.
MAX_ADDED = 50

EntryId = Annotated[int, Meta(ge=1, le=2**31 - 1, examples=[1])]
KnownEntry = Annotated[int, Meta(ge=0, le=2**31 - 1)]
AddedTracks = Annotated[list[TrackId], Meta(max_length=MAX_ADDED)]
RemovedEntries = Annotated[list[EntryId], Meta(max_length=MAX_ENTRIES)]
ReadVersion = Annotated[int, Meta(ge=0, le=2**53 - 1, examples=[1796208000000])]
PositionMs = Annotated[int, Meta(ge=0, le=2**31 - 1, examples=[93500])]


class QueueEntry(Struct, frozen=True):
    """A place in the queue: a track may have several."""

    id: int
    track_id: TrackId
    duration_ms: int


class Playback(Struct, frozen=True):
    """The playback position: `position_ms` in an entry; None is the end of the queue."""

    entry_id: int | None
    position_ms: int
    is_playing: bool
    at: datetime


class StoredListening(Struct, frozen=True):
    """A row of `listening_rooms`; `read_at` is when it was read, by the clock of the database."""

    conversation_id: ConversationId
    version: int
    queue_version: int
    entry_ids: list[int]
    track_ids: list[TrackId]
    durations_ms: list[int]
    next_entry_id: int
    entry_id: int | None
    position_ms: int
    is_playing: bool
    changed_at: datetime
    ends_conversation: bool
    read_at: datetime

    @property
    def entries(self) -> list[QueueEntry]:
        """Return the queue in its order."""
        columns = zip(self.entry_ids, self.track_ids, self.durations_ms, strict=True)
        return [QueueEntry(*each) for each in columns]

    @property
    def playback(self) -> Playback:
        """Return what played when the room was changed."""
        return Playback(self.entry_id, self.position_ms, self.is_playing, self.changed_at)


class ListeningForm(Struct, frozen=True):
    """The first tracks of a room. With `ends_conversation` the conversation ends with it.

    Its owner alone may choose that, in a room without a tier or a stream.
    """

    track_ids: AddedTracks = []
    ends_conversation: bool = False


class ListeningChange(Struct, frozen=True):
    """A change of the playback or the queue; omitted fields stay as they are.

    `version` is the one that was read; null changes whatever is there. Entries are removed, then
    one is moved, then tracks are added: before the entry `before`, or at the end. An `entry_id`
    plays from its beginning, or from `position_ms`.
    """

    version: ReadVersion | None
    remove: RemovedEntries = []
    move: EntryId | None = None
    add: AddedTracks = []
    before: EntryId | None = None
    entry_id: EntryId | UnsetType = UNSET
    position_ms: PositionMs | UnsetType = UNSET
    is_playing: bool | UnsetType = UNSET


class ListeningState(Struct, frozen=True):
    """The playback state: `position_ms` in an entry at `at_ms`, in milliseconds since 1970.

    That is the clock of `pong`. Where `is_playing`, the entries after it follow without a gap. At
    the end of the queue `entry_id` is null. `queue_version` is the version that last changed
    the entries.
    """

    conversation_id: ConversationId
    version: int
    queue_version: int
    entry_id: int | None
    position_ms: int
    is_playing: bool
    at_ms: int


class ListeningEntry(Struct, frozen=True):
    """A place in the queue. `track_id` is null where the caller may not hear the track."""

    id: int
    track_id: TrackId | None
    duration_ms: int


class ListeningRoom(Struct, frozen=True):
    """The queue and playback state; `tracks` has each track once, if the caller may hear it."""

    state: ListeningState
    entries: Sequence[ListeningEntry]
    tracks: Sequence[Track]
    may_control: bool
    ends_conversation: bool


class SharedState(Struct, frozen=True):
    """A state for all who are there, and whether it is some minutes since somebody was noted."""

    conversation_id: ConversationId
    version: int
    queue_version: int
    entry_id: int | None
    position_ms: int
    is_playing: bool
    changed_at: datetime
    is_due: bool
