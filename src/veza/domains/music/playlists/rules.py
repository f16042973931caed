"""Decides who sees and edits a playlist, positions of entries, and valid smart rules."""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from urllib.parse import urlsplit
from uuid import UUID

from msgspec import UNSET, structs

from veza.core.errors import FieldError, Invalid
from veza.core.genres import normalize_genre
from veza.core.ids import TrackId
from veza.core.normalize import fold, fold_tag
from veza.core.pages import BadCursor, Cursor
from veza.core.search_text import SearchDocument, index_words, title_key
from veza.core.visibility import Visibility, is_shared
from veza.domains.auth.accounts.models import name_member
from veza.domains.music.playlists.errors import NotSmart, NotYourPlaylist, SmartPlaylist
from veza.domains.music.playlists.models.entries import PlaylistEntry, SmartTrack, StoredEntry
from veza.domains.music.playlists.models.files import FileTrack, WantedTrack
from veza.domains.music.playlists.models.playlists import (
    PlaylistChange,
    PlaylistForm,
    PlaylistRole,
    SearchablePlaylist,
    StoredPlaylist,
)
from veza.domains.music.playlists.models.smart_rules import MAX_SMART_TRACKS, SmartRules
from veza.domains.music.tracks.models.tracks import Track, TrackName

# The distance between neighbours, so that 20 entries fit between two before positions are renewed.
STEP = 1 << 20
_POSITION = "position"
_RANK = "rank"


def can_see(playlist: StoredPlaylist, *, granted: bool = False) -> bool:
    """Return whether the viewer may see a playlist: by their role, or because it is not private.

    `granted`: the address has a valid signature. Only the owner sees the playlists of a suspended
    member, and one that is taken down. An unlisted one is seen until its link
    ends.
    """
    if playlist.role is PlaylistRole.OWNER:
        return True
    if playlist.is_hidden:
        return False
    is_over = playlist.has_ended and playlist.visibility is Visibility.UNLISTED
    is_open = is_shared(playlist.visibility) and not is_over
    return granted or playlist.role is not None or is_open


def can_edit(playlist: StoredPlaylist) -> bool:
    """Return whether the viewer may change the entries: the owner, and editors who accepted."""
    return playlist.role in {PlaylistRole.OWNER, PlaylistRole.EDITOR}


def ensure_own(playlist: StoredPlaylist) -> StoredPlaylist:
    """Return the playlist if the viewer owns it. Raises NotYourPlaylist."""
    if playlist.role is not PlaylistRole.OWNER:
        raise NotYourPlaylist
    return playlist


def clean(form: PlaylistForm) -> PlaylistForm:
    """Return the form with a trimmed title and clean rules. Raises Invalid if it is blank."""
    title = " ".join(form.title.split())
    if not title:
        raise Invalid(details=[FieldError("title", "Enter a title: it can't be blank.", "blank")])
    smart = None if form.rules is None else clean_rules(form.rules)
    return structs.replace(form, title=title, rules=smart)


def ensure_same_kind(playlist: StoredPlaylist, change: PlaylistChange) -> None:
    """Raise NotSmart for rules of an ordinary playlist, SmartPlaylist if a smart one loses them."""
    if change.rules is UNSET or (change.rules is None) == (playlist.rules is None):
        return
    raise NotSmart if playlist.rules is None else SmartPlaylist


def clean_rules(smart: SmartRules) -> SmartRules:
    """Return rules with the usual names of genres and without empty ones. Raises Invalid."""
    genres = [normalize_genre(genre) for genre in smart.genres]
    if None in genres:
        raise Invalid(
            details=[FieldError("rules.genres", "Name genres that have a letter.", "no_letter")]
        )
    tags = [" ".join(tag.split()) for tag in smart.tags]
    if not all(fold_tag(tag) for tag in tags):
        raise Invalid(
            details=[FieldError("rules.tags", "Name tags that have a letter.", "no_letter")]
        )
    _ensure_range("duration_seconds", smart.min_duration_seconds, smart.max_duration_seconds)
    _ensure_range("year", smart.min_year, smart.max_year)
    _ensure_range("plays", smart.min_plays, smart.max_plays)
    return structs.replace(smart, genres=[genre for genre in genres if genre], tags=tags)


def _ensure_range(name: str, low: int | None, high: int | None) -> None:
    if low is not None and high is not None and low > high:
        message = "The maximum may not be below the minimum."
        raise Invalid(details=[FieldError(f"rules.max_{name}", message, "reversed")])


def smart_offset(cursor: Cursor | None) -> int:
    """Return how many tracks of a smart playlist come before a page. Raises BadCursor."""
    if cursor is None:
        return 0
    value = cursor.value
    if cursor.sort != _RANK or not isinstance(value, int) or not 0 <= value < MAX_SMART_TRACKS:
        raise BadCursor
    return value


def smart_cursor(track: SmartTrack, offset: int) -> Cursor:
    """Return the cursor of the page that starts after `offset` tracks of a smart playlist."""
    return Cursor(track.added_at, track.track_id, sort=_RANK, value=offset)


def show_smart_entries(
    found: Iterable[SmartTrack], tracks: Mapping[TrackId, Track]
) -> list[PlaylistEntry]:
    """Return the responses for the tracks of a smart playlist that the viewer may see."""
    return [
        PlaylistEntry(None, tracks[track.track_id], None, track.added_at)
        for track in found
        if track.track_id in tracks
    ]


def spread(low: int | None, high: int | None, count: int) -> list[int] | None:
    """Return `count` increasing positions between two positions; None if there is no room.

    `low` is None at the start of the playlist, `high` at its end.
    """
    if high is None:
        start = 0 if low is None else low
        return [start + STEP * n for n in range(1, count + 1)]
    if low is None:
        return [high - STEP * n for n in range(count, 0, -1)]
    gap = (high - low) // (count + 1)
    return [low + gap * n for n in range(1, count + 1)] if gap else None


def index_playlist(playlist: SearchablePlaylist) -> SearchDocument:
    """Return what a playlist is found by: title and owner, in order of weight."""
    return SearchDocument(
        id=playlist.id,
        title_key=title_key(playlist.title),
        words=index_words((playlist.title, "A"), (playlist.username, "B")),
        popularity=math.log1p(playlist.tracks_count),
    )


def cursor_after(entry: StoredEntry) -> Cursor:
    """Return the cursor of the page that follows an entry."""
    return Cursor(entry.added_at, entry.id, sort=_POSITION, value=entry.position)


def position_of(cursor: Cursor | None) -> int | None:
    """Return the position after which a page starts. Raises BadCursor for other lists' cursors."""
    if cursor is None:
        return None
    if cursor.sort != _POSITION or not isinstance(cursor.value, int):
        raise BadCursor
    if not -(2**63) <= cursor.value < 2**63:
        raise BadCursor
    return cursor.value


def find_track_id(url: str | None) -> TrackId | None:
    """Return the id in the address of a track, such as `https://…/api/v1/tracks/<id>/stream`."""
    try:
        parts = urlsplit(url or "").path.split("/")
    except ValueError:
        return None
    for name, value in pairwise(parts):
        if name == "tracks":
            try:
                return TrackId(UUID(value))
            except ValueError:
                continue
    return None


def read_wanted(track: FileTrack) -> WantedTrack:
    """Return what a track of this server has to have to be that of a file."""
    artist, title = split_name(track)
    return WantedTrack(find_track_id(track.url), title, (fold(artist), fold(title)))


def choose_named(
    wanted: Iterable[WantedTrack], named: Sequence[TrackName]
) -> dict[tuple[str, str], TrackId]:
    """Return the tracks by artist and title, without case and accents: of equal ones the first.

    The artist is the line of the displayed artists, or the owner.
    """
    artists = {track.key[0] for track in wanted}
    return {
        (artist, fold(name.title)): name.id
        for name in reversed(named)
        for artist in {fold(each) for each in (name.username, name.artist_name) if each}
        if artist in artists
    }


def split_name(track: FileTrack) -> tuple[str, str]:
    """Return artist and title of a track in a file; "Artist - Title" if no artist is given."""
    if track.artist is None and " - " in track.title:
        artist, title = track.title.split(" - ", 1)
        return artist, title
    return track.artist or "", track.title


def show_entries(
    entries: Iterable[StoredEntry], tracks: Mapping[TrackId, Track]
) -> list[PlaylistEntry]:
    """Return the responses for entries; `tracks` are those that the viewer may see."""
    return [
        PlaylistEntry(
            id=entry.id,
            track=None if entry.track_id is None else tracks.get(entry.track_id),
            added_by=name_member(entry.added_by, entry.username, entry.appearance),
            added_at=entry.added_at,
        )
        for entry in entries
    ]
