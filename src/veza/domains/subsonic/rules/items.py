"""The representation of tracks, albums and artists for players."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypedDict

from msgspec import Struct

from veza.core.ids import ReleaseId, UserId
from veza.domains.music.credits.models import ARTIST, CreditRole
from veza.domains.music.releases.models.forms import ReleaseKind
from veza.domains.music.releases.models.tracklists import ReleasePlace
from veza.domains.subsonic.models.rows import AlbumRow, ArtistRow, CreditRow, ItemKind, SongRow
from veza.domains.subsonic.models.shown import (
    Album,
    AlbumWithSongs,
    Artist,
    Contributor,
    ItemDate,
    NamedArtist,
    NamedItem,
    ReplayGain,
    Song,
)
from veza.domains.subsonic.rules.ids import write_id

# The loudness to which gains refer: that of ReplayGain 2.0, in LUFS.
_REFERENCE_LUFS = -18.0
_OTHER_LETTERS = "#"
_RELEASE_TYPES = {
    ReleaseKind.ALBUM: "Album",
    ReleaseKind.EP: "EP",
    ReleaseKind.SINGLE: "Single",
    ReleaseKind.COMPILATION: "Compilation",
    ReleaseKind.MIX: "DJ-Mix",
}
_EXPLICIT = {True: "explicit", False: "clean"}
_UNSAFE = re.compile(r"[^\w\-. ()]+")


class AudioFacts(Struct, frozen=True):
    """The file that a member gets: its size in bytes, and its bit rate in kbit/s."""

    size: int
    content_type: str
    suffix: str
    bitrate_kbps: int


class Placement(Struct, frozen=True):
    """The album of a song, and its place there; an album of its own has no numbers."""

    album_id: str
    title: str
    artist_name: str
    artists: list[NamedArtist]
    year: int | None
    disc: int = 1
    number: int | None = None
    cover_art: str | None = None


def place_song(row: SongRow) -> Placement:
    """Return the album that a song leads to: a release, or an album of its own."""
    if row.release_id is None or row.album_title is None:
        return place_alone(row)
    return Placement(
        album_id=write_id(ItemKind.ALBUM, row.release_id),
        title=row.album_title,
        artist_name=row.album_artist or row.owner_name,
        artists=_artists_among(row.album_credits) or [_owner_of(row)],
        year=row.album_date.year if row.album_date else None,
        disc=row.disc or 1,
        number=row.number,
        cover_art=_cover_of(row.release_id) if row.album_cover_id else None,
    )


def place_alone(row: SongRow) -> Placement:
    """Return the album that a track is by itself."""
    return Placement(
        album_id=write_id(ItemKind.SINGLE, row.id),
        title=row.title,
        artist_name=line_of(row),
        artists=_artists_of(row),
        year=row.created_at.year,
    )


def place_on(album: Album, disc: int, number: int) -> Placement:
    """Return a place on an album."""
    return Placement(
        album_id=album.id,
        title=album.name,
        artist_name=album.artist,
        artists=album.artists,
        year=album.year,
        disc=disc,
        number=number,
        cover_art=album.cover_art,
    )


def show_song(row: SongRow, facts: AudioFacts, place: Placement) -> Song:
    """Return a track as a song on an album."""
    return Song(
        id=write_id(ItemKind.TRACK, row.id),
        parent=place.album_id,
        is_dir=False,
        is_video=False,
        type="music",
        media_type="song",
        title=row.title,
        album=place.title,
        album_id=place.album_id,
        cover_art=find_cover(row) or place.cover_art,
        track=place.number,
        disc_number=place.disc,
        year=place.year,
        genre=row.genre,
        size=facts.size,
        content_type=facts.content_type,
        suffix=facts.suffix,
        duration=seconds_of(row.duration_ms),
        bit_rate=facts.bitrate_kbps,
        sampling_rate=row.sample_rate,
        channel_count=row.channels,
        path=path_of(row, place.title, facts.suffix),
        play_count=row.plays_count,
        created=row.created_at,
        **_marks_of(row),
        played=row.played_at,
        bookmark_position=row.bookmark_ms,
        **_details_of(row),
        genres=genres_of(row),
        **_names_of(row),
        album_artists=place.artists,
        display_album_artist=place.artist_name,
        replay_gain=gain_of(row),
    )


def show_single(row: SongRow) -> Album:
    """Return a track as an album."""
    return Album(
        id=write_id(ItemKind.SINGLE, row.id),
        name=row.title,
        cover_art=find_cover(row),
        song_count=1,
        duration=seconds_of(row.duration_ms),
        play_count=row.plays_count,
        created=row.created_at,
        **_marks_of(row),
        year=row.created_at.year,
        genre=row.genre,
        sort_name=row.title.lower(),
        genres=genres_of(row),
        **_names_of(row),
        release_types=["Single"],
        is_compilation=False,
        explicit_status=_explicit_status(row),
    )


def show_album(row: AlbumRow) -> Album:
    """Return a release as an album; as its cover also that of a track."""
    artists = _artists_of(row)
    released = row.release_date
    has_cover = row.cover_image_id is not None or row.has_track_cover
    return Album(
        id=write_id(ItemKind.ALBUM, row.id),
        name=row.title,
        artist=row.artist_name,
        artist_id=artists[0].id,
        cover_art=_cover_of(row.id) if has_cover else None,
        song_count=row.songs_count,
        duration=seconds_of(row.duration_ms),
        play_count=row.plays_count,
        created=row.listed_at,
        **_marks_of(row),
        year=released.year if released else None,
        genre=row.genre,
        sort_name=row.title.lower(),
        genres=_named(row.genre),
        record_labels=_named(row.label),
        artists=artists,
        display_artist=row.artist_name,
        release_types=[_RELEASE_TYPES[row.kind]],
        is_compilation=row.kind is ReleaseKind.COMPILATION,
        release_date=ItemDate(year=released.year, month=released.month, day=released.day)
        if released
        else None,
        explicit_status=_explicit_status(row),
    )


def with_songs(album: Album, songs: Sequence[Song]) -> AlbumWithSongs:
    """Return an album with its songs."""
    fields = {name: getattr(album, name) for name in Album.__struct_fields__}
    return AlbumWithSongs(**fields, song=list(songs))


def show_artist(
    row: ArtistRow, followed_at: datetime | None = None, rating: int | None = None
) -> Artist:
    """Return a member with albums as an artist, with the viewer's marks."""
    artist_id = write_id(ItemKind.ARTIST, row.id)
    return Artist(
        id=artist_id,
        name=row.name,
        cover_art=artist_id if row.has_cover else None,
        album_count=row.albums_count,
        starred=followed_at,
        user_rating=rating,
        roles=["artist", "albumartist"],
    )


def letter_of(name: str) -> str:
    """Return the letter under which an artist is listed; `#` if the name starts with none."""
    first = name[:1].upper()
    return first if first.isalpha() else _OTHER_LETTERS


def sort_letters(letters: Iterable[str]) -> list[str]:
    """Return letters in their order; the names that start with none come last."""
    return sorted(letters, key=lambda letter: (letter == _OTHER_LETTERS, letter))


def find_cover(row: SongRow) -> str | None:
    """Return the id of the cover of a track, if it has one."""
    return write_id(ItemKind.TRACK, row.id) if row.has_cover else None


def seconds_of(duration_ms: int) -> int:
    """Return a length in whole seconds: at least one, because players hide empty songs."""
    return max(1, round(duration_ms / 1000))


def genres_of(row: SongRow) -> list[NamedItem]:
    """Return the genre as a list, as newer players want it."""
    return _named(row.genre)


def gain_of(row: SongRow) -> ReplayGain | None:
    """Return the gain of a track, from its loudness."""
    if row.loudness_lufs is None:
        return None
    peak = None if row.true_peak_dbtp is None else round(10 ** (row.true_peak_dbtp / 20), 6)
    return ReplayGain(track_gain=round(_REFERENCE_LUFS - row.loudness_lufs, 2), track_peak=peak)


def path_of(row: SongRow, album: str, suffix: str) -> str:
    """Return a path for players that store songs as files; there is no such file here."""
    return f"{_safe(row.owner_name)}/{_safe(album)}/{file_name_of(row, suffix)}"


def file_name_of(row: SongRow, suffix: str) -> str:
    """Return the name of a downloaded file."""
    return f"{_safe(row.title)}.{suffix}"


def path_in_album(place: ReleasePlace, discs: int, name: str) -> str:
    """Return the path of a file in the archive of an album; with the disc if there are several."""
    number = f"{place.number:02d}" if discs == 1 else f"{place.disc}-{place.number:02d}"
    return f"{number} {_safe(name)}"


class _Marks(TypedDict):
    starred: datetime | None
    user_rating: int | None
    average_rating: float | None


def _marks_of(row: SongRow | AlbumRow) -> _Marks:
    """Return the like and the rating of the viewer, and the average rating."""
    return {
        "starred": row.liked_at,
        "user_rating": row.rating,
        "average_rating": row.average_rating,
    }


class _Names(TypedDict):
    artist: str
    artist_id: str
    artists: list[NamedArtist]
    display_artist: str


def _names_of(row: SongRow) -> _Names:
    """Return the artists of a track, for older and newer players."""
    artists, line = _artists_of(row), line_of(row)
    return {
        "artist": line,
        "artist_id": artists[0].id,
        "artists": artists,
        "display_artist": line,
    }


class _Details(TypedDict):
    isrc: list[str]
    bpm: int | None
    explicit_status: str | None
    comment: str | None
    sort_name: str
    moods: list[str]
    contributors: list[Contributor]


def _details_of(row: SongRow) -> _Details:
    """Return what the artist says about a track: the tags are moods for players."""
    return {
        "isrc": [] if row.isrc is None else [row.isrc],
        "bpm": None if row.bpm is None else round(row.bpm),
        "explicit_status": _explicit_status(row),
        "comment": row.comment or None,
        "sort_name": row.title.lower(),
        "moods": row.tags,
        "contributors": _contributors_of(row),
    }


def _explicit_status(row: SongRow | AlbumRow) -> str | None:
    return None if row.is_explicit is None else _EXPLICIT[row.is_explicit]


def _safe(name: str) -> str:
    return _UNSAFE.sub("_", name).strip(" .") or "_"


def _cover_of(release_id: ReleaseId) -> str:
    return write_id(ItemKind.ALBUM, release_id)


def _named(name: str | None) -> list[NamedItem]:
    return [] if name is None else [NamedItem(name=name)]


def line_of(row: SongRow) -> str:
    """Return the artists of a track in one line."""
    return row.artist_name or row.owner_name


def _contributors_of(row: SongRow) -> list[Contributor]:
    """Return the contributors to a track and to its release, each once in a role."""
    found: dict[tuple[object, ...], Contributor] = {}
    for one in (*(row.credits or ()), *(row.album_credits or ())):
        if one.role != ARTIST:
            is_performer = one.role == CreditRole.PERFORMER
            contributor = Contributor(
                role=one.role if is_performer else one.instrument or one.role,
                sub_role=one.instrument if is_performer else None,
                artist=_named_artist(one.id, one.name),
            )
            found.setdefault((one.id, one.role, one.instrument), contributor)
    return list(found.values())


def _artists_of(row: SongRow | AlbumRow) -> list[NamedArtist]:
    """Return the artists that have a page, or the owner: players need one."""
    return _artists_among(row.credits) or [_owner_of(row)]


def _artists_among(credited: Sequence[CreditRow] | None) -> list[NamedArtist]:
    return [_named_artist(one.id, one.name) for one in credited or () if one.role == ARTIST]


def _owner_of(row: SongRow | AlbumRow) -> NamedArtist:
    return _named_artist(row.owner_id, row.owner_name)


def _named_artist(user_id: UserId, name: str) -> NamedArtist:
    return NamedArtist(id=write_id(ItemKind.ARTIST, user_id), name=name)
