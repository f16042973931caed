"""Playlists in files, and the tracks that they name."""

from enum import StrEnum

from msgspec import Struct

from veza.core.ids import TrackId
from veza.domains.music.playlists.models.playlists import Playlist

MAX_FILE_BYTES = 4 * 1024 * 1024


class PlaylistFormat(StrEnum):
    """The formats of playlist files."""

    M3U8 = "m3u8"
    XSPF = "xspf"
    JSPF = "jspf"


class FileTrack(Struct, frozen=True):
    """A track in a playlist file. `url` is its address in this server or elsewhere."""

    title: str
    artist: str | None
    duration_ms: int | None
    url: str | None


class PlaylistFile(Struct, frozen=True):
    """The content of a playlist file."""

    title: str | None
    tracks: list[FileTrack]


class WantedTrack(Struct, frozen=True):
    """The keys by which a track of a file is looked up: id in its address, title, title key."""

    id: TrackId | None
    title: str
    key: tuple[str, str]


class UnmatchedTrack(Struct, frozen=True):
    """A track of an imported file that this server doesn't have. `number` counts from 1."""

    number: int
    title: str
    artist: str | None


class ImportedPlaylist(Struct, frozen=True):
    """The created playlist, and the tracks of the file that were not found (100 at most)."""

    playlist: Playlist
    matched_count: int
    unmatched_count: int
    unmatched: list[UnmatchedTrack]
