"""Tracks at their places in a playlist, and how they are changed."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import PlaylistEntryId, TrackId, UserId
from veza.core.pages import Cursor
from veza.core.people import Appearance
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.tracks.models.tracks import Track

MAX_ENTRIES = 10_000

TrackIds = Annotated[list[TrackId], Meta(min_length=1, max_length=100)]
EntryIds = Annotated[list[PlaylistEntryId], Meta(min_length=1, max_length=100)]

Before = Annotated[
    PlaylistEntryId | None,
    Meta(
        description="The entry before which the others are placed; null for the end.",
        examples=[None],
    ),
]


class EntryQuery(Struct, frozen=True):
    """The parameters of a list of entries."""

    limit: int = 20
    cursor: Cursor | None = None


class StoredEntry(Struct, frozen=True):
    """A row of `playlist_entries`; without a track if the track was deleted."""

    id: PlaylistEntryId
    track_id: TrackId | None
    position: int
    added_by: UserId | None
    username: str | None
    appearance: Appearance
    added_at: datetime


class SmartTrack(Struct, frozen=True):
    """A track that meets the rules of a smart playlist."""

    track_id: TrackId
    added_at: datetime


class EntryTotals(Struct, frozen=True):
    """A number of entries, and the duration of their tracks."""

    count: int
    duration_ms: int


class PlaylistEntry(Struct, frozen=True):
    """A track in a playlist.

    `track` is null if the track was deleted or the caller may not see it, `added_by` if the account
    was deleted. In a smart playlist `id` and `added_by` are null, and `added_at` is when the track
    was uploaded.
    """

    id: PlaylistEntryId | None
    track: Track | None
    added_by: NamedMember | None
    added_at: datetime


class PlaylistEntryPage(Struct, frozen=True):
    """A page of the entries of a playlist, in their order."""

    entries: list[PlaylistEntry]
    next_cursor: str | None
    has_more: bool


class AddedTracks(Struct, frozen=True):
    """Tracks to add to a playlist, in this order. A track may be in a playlist several times."""

    track_ids: TrackIds
    before: Before = None


class MovedEntries(Struct, frozen=True):
    """Entries to move, in the order that they get."""

    entry_ids: EntryIds
    before: Before = None


class RemovedEntries(Struct, frozen=True):
    """Entries to remove."""

    entry_ids: EntryIds


class ChangedEntries(Struct, frozen=True):
    """The entries that were added, moved or removed, and the number of tracks afterwards."""

    entry_ids: list[PlaylistEntryId]
    tracks_count: int
