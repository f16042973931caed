"""How tracks, albums and artists appear to players."""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

from veza.domains.subsonic.models.rows import ArtistRow, ItemKind, SongRow
from veza.domains.subsonic.models.shown import (
    Album,
    AlbumWithSongs,
    Artist,
    ArtistIndex,
    Folder,
    NamedArtist,
    NamedItem,
    ReplayGain,
    Song,
)
from veza.domains.subsonic.rules.ids import ROOT_ID, write_id

# The loudness to which gains refer: that of ReplayGain 2.0, in LUFS.
_REFERENCE_LUFS = -18.0
_OTHER_LETTERS = "#"
_UNSAFE = re.compile(r"[^\w\-. ()]+")


class AudioFacts(Struct, frozen=True):
    """The file that a member gets: its size in bytes, and its bit rate in kbit/s."""

    size: int
    content_type: str
    suffix: str
    bitrate_kbps: int


def show_song(row: SongRow, facts: AudioFacts) -> Song:
    """Return a track as a song, on an album of its own."""
    artist = NamedArtist(id=write_id(ItemKind.ARTIST, row.owner_id), name=row.username)
    album_id = write_id(ItemKind.SINGLE, row.id)
    return Song(
        id=write_id(ItemKind.TRACK, row.id),
        parent=album_id,
        is_dir=False,
        is_video=False,
        type="music",
        media_type="song",
        title=row.title,
        album=row.title,
        artist=row.username,
        album_id=album_id,
        artist_id=artist.id,
        cover_art=find_cover(row),
        year=row.created_at.year,
        genre=row.genre,
        size=facts.size,
        content_type=facts.content_type,
        suffix=facts.suffix,
        duration=seconds_of(row.duration_ms),
        bit_rate=facts.bitrate_kbps,
        sampling_rate=row.sample_rate,
        channel_count=row.channels,
        path=path_of(row, facts.suffix),
        play_count=row.plays_count,
        created=row.created_at,
        starred=row.liked_at,
        user_rating=row.rating,
        played=row.played_at,
        bookmark_position=row.bookmark_ms,
        genres=genres_of(row),
        artists=[artist],
        display_artist=row.username,
        album_artists=[artist],
        display_album_artist=row.username,
        replay_gain=gain_of(row),
    )


def show_single(row: SongRow) -> Album:
    """Return a track as an album."""
    artist = NamedArtist(id=write_id(ItemKind.ARTIST, row.owner_id), name=row.username)
    return Album(
        id=write_id(ItemKind.SINGLE, row.id),
        name=row.title,
        artist=row.username,
        artist_id=artist.id,
        cover_art=find_cover(row),
        song_count=1,
        duration=seconds_of(row.duration_ms),
        play_count=row.plays_count,
        created=row.created_at,
        starred=row.liked_at,
        year=row.created_at.year,
        genre=row.genre,
        genres=genres_of(row),
        artists=[artist],
        display_artist=row.username,
        release_types=["Single"],
        is_compilation=False,
    )


def with_songs(album: Album, songs: Sequence[Song]) -> AlbumWithSongs:
    """Return an album with its songs."""
    fields = {name: getattr(album, name) for name in Album.__struct_fields__}
    return AlbumWithSongs(**fields, song=list(songs))


def show_artist(row: ArtistRow) -> Artist:
    """Return a member with tracks as an artist."""
    artist_id = write_id(ItemKind.ARTIST, row.id)
    return Artist(
        id=artist_id,
        name=row.username,
        cover_art=artist_id,
        album_count=row.albums_count,
        starred=row.followed_at,
        roles=["artist", "albumartist"],
    )


def index_artists(artists: Iterable[Artist]) -> list[ArtistIndex]:
    """Return artists by first letter; those that start with none come last."""
    letters: dict[str, list[Artist]] = {}
    for artist in sorted(artists, key=lambda one: (one.name.casefold(), one.id)):
        first = artist.name[:1].upper()
        letters.setdefault(first if first.isalpha() else _OTHER_LETTERS, []).append(artist)
    ordered = sorted(letters, key=lambda letter: (letter == _OTHER_LETTERS, letter))
    return [ArtistIndex(name=letter, artist=letters[letter]) for letter in ordered]


def folder_of_artist(artist: Artist) -> Folder:
    """Return an artist as a folder."""
    return Folder(
        id=artist.id,
        parent=str(ROOT_ID),
        is_dir=True,
        title=artist.name,
        artist=artist.name,
        artist_id=artist.id,
        cover_art=artist.cover_art,
        starred=artist.starred,
    )


def folder_of_album(album: Album) -> Folder:
    """Return an album as a folder."""
    return Folder(
        id=album.id,
        parent=album.artist_id,
        is_dir=True,
        title=album.name,
        album=album.name,
        artist=album.artist,
        artist_id=album.artist_id,
        cover_art=album.cover_art,
        year=album.year,
        genre=album.genre,
        play_count=album.play_count,
        created=album.created,
        starred=album.starred,
    )


def find_cover(row: SongRow) -> str | None:
    """Return the id of the cover of a track, if it has one."""
    return write_id(ItemKind.TRACK, row.id) if row.has_cover else None


def seconds_of(duration_ms: int) -> int:
    """Return a length in whole seconds: at least one, because players hide empty songs."""
    return max(1, round(duration_ms / 1000))


def genres_of(row: SongRow) -> list[NamedItem]:
    """Return the genre as a list, as newer players want it."""
    return [] if row.genre is None else [NamedItem(name=row.genre)]


def gain_of(row: SongRow) -> ReplayGain | None:
    """Return the gain of a track, from its loudness."""
    if row.loudness_lufs is None:
        return None
    peak = None if row.true_peak_dbtp is None else round(10 ** (row.true_peak_dbtp / 20), 6)
    return ReplayGain(track_gain=round(_REFERENCE_LUFS - row.loudness_lufs, 2), track_peak=peak)


def path_of(row: SongRow, suffix: str) -> str:
    """Return a path for players that store songs as files; there is no such file here."""
    parts = [_UNSAFE.sub("_", part).strip(" .") or "_" for part in (row.username, row.title)]
    return f"{parts[0]}/{parts[1]}/{parts[1]}.{suffix}"
