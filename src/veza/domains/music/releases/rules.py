"""Decides who sees a release, numbers its tracks, and proposes one from tags of files."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from veza.core.errors import FieldError, FieldRule, Invalid
from veza.core.genres import normalize_genre
from veza.core.ids import ImageId, TrackId, UserId
from veza.core.normalize import require_line
from veza.core.search_text import SearchDocument, index_words, title_key
from veza.core.track_metadata import parse_date, parse_upc
from veza.core.visibility import is_shared, is_visible_to
from veza.domains.music.audio.models import FileTags, ImportedFile
from veza.domains.music.credits.models import ArtistForm
from veza.domains.music.releases.errors import NotYourRelease
from veza.domains.music.releases.models.forms import (
    PlacedTrack,
    ReleaseForm,
    ReleaseKind,
    ReleaseMetadata,
    ReleaseProposal,
)
from veza.domains.music.releases.models.releases import SearchableRelease, StoredRelease
from veza.domains.music.releases.models.tracklists import ReleasePlace, ReleaseTrack
from veza.domains.music.tracks.models.tracks import Track

_MAX_NUMBER = 999
_MAX_DISC = 99
_MAX_IMPORTED = 100
_VARIOUS_ARTISTS = "Various Artists"
_YEAR_LENGTH = 4
_MOST_TRACKS_OF_SINGLE = 3
_MOST_TRACKS_OF_EP = 6
_ALBUM_FROM_MS = 30 * 60 * 1000


def can_see(release: StoredRelease, viewer_id: UserId | None) -> bool:
    """Return whether a viewer may see a release: the owner always, others unless it is private.

    Members of its tier see a private one too.
    Only the owner sees the releases of a suspended member, or of one who blocks the viewer, and one
    that is taken down.
    """
    return is_visible_to(
        viewer_id,
        release.owner_id,
        is_shown=is_shared(release.visibility) or release.is_admitted,
        is_hidden=release.is_hidden,
    )


def ensure_own(release: StoredRelease, viewer_id: UserId) -> StoredRelease:
    """Return the release if the viewer owns it. Raises NotYourRelease."""
    if release.owner_id != viewer_id:
        raise NotYourRelease
    return release


def clean[T: ReleaseMetadata](form: T) -> T:
    """Return the form with trimmed texts; blank optional ones become null. Tags are not changed.

    Raises Invalid for a blank title and for a wrong UPC.
    """
    return structs.replace(
        form,
        title=require_line(form.title, "title", "Enter a title: it can't be blank."),
        artist_name=_line_or_none(form.artist_name),
        label=_line_or_none(form.label),
        catalogue_number=_line_or_none(form.catalogue_number),
        upc=_clean_upc(form.upc),
        genre=normalize_genre(form.genre) if form.genre else None,
    )


def place_tracks(placed: Sequence[PlacedTrack]) -> list[PlacedTrack]:
    """Return tracks by disc and number; omitted numbers follow the previous track of the disc.

    Raises Invalid if a track or a number occurs twice, or a number is too high.
    """
    latest: dict[int, int] = {}
    places: dict[tuple[int, int], PlacedTrack] = {}
    track_ids: set[TrackId] = set()
    for index, track in enumerate(placed):
        number = latest.get(track.disc, 0) + 1 if track.number is None else track.number
        latest[track.disc] = number
        if number > _MAX_NUMBER:
            raise _invalid_place(index, "number", "Numbers end at 999.", "too_large", 999)
        if (track.disc, number) in places:
            raise _invalid_place(
                index, "number", "Another track has this number on the disc.", "repeated"
            )
        if track.track_id in track_ids:
            raise _invalid_place(index, "track_id", "A track is on a release once.", "repeated")
        track_ids.add(track.track_id)
        places[track.disc, number] = structs.replace(track, number=number)
    return [places[place] for place in sorted(places)]


def index_release(release: SearchableRelease) -> SearchDocument:
    """Return what a release is found by: title, artists, genre and contributors, tags."""
    genre = [(release.genre, "C")] if release.genre else []
    keys = [*genre, *((tag, "D") for tag in release.tags)]
    names = ((name, "C") for name in release.credited)
    return SearchDocument(
        id=release.id,
        title_key=title_key(release.title),
        words=index_words((release.title, "A"), (release.artist_name, "B"), *names, keys=keys),
        popularity=math.log1p(release.plays_count),
    )


def show_tracks(
    places: Iterable[ReleasePlace], visible: Mapping[TrackId, Track]
) -> list[ReleaseTrack]:
    """Return the responses for the tracks that the viewer may see."""
    return [
        ReleaseTrack(place.disc, place.number, visible[place.track_id])
        for place in places
        if place.track_id in visible
    ]


def propose_release(
    files: Sequence[ImportedFile], username: str, cover_id: ImageId | None
) -> ReleaseProposal:
    """Return a release as the tags of its files describe it, which `POST /releases` accepts."""
    tags = [file.tags_read or FileTags() for file in files]
    values = {
        "title": [each.album for each in tags],
        "artist_name": [each.album_artist for each in tags],
        "label": [each.label for each in tags],
        "catalogue_number": [each.catalogue_number for each in tags],
        "upc": [each.upc for each in tags],
        "genre": [file.genre or each.genre for file, each in zip(files, tags, strict=True)],
        "release_date": [each.released for each in tags],
    }
    found = {name: _most_frequent(texts) for name, texts in values.items()}
    to_check = [name for name, texts in values.items() if len(_count(texts)) > 1]
    released = found["release_date"]
    placed = _propose_places(files)
    in_part = {
        "title": found["title"] is None,
        "release_date": released is not None and len(released) == _YEAR_LENGTH,
        "tracks": any(track.number is None for track in placed),
    }
    to_check += [name for name, is_so in in_part.items() if is_so and name not in to_check]
    artist = found["artist_name"] or _find_artist(tags)
    release = ReleaseForm(
        title=found["title"] or files[0].title,
        artist_name=None if artist == username else artist,
        artists=_find_album_artists(tags, artist),
        kind=_propose_kind(files, tags),
        label=found["label"],
        catalogue_number=found["catalogue_number"],
        upc=found["upc"],
        genre=found["genre"],
        release_date=None if released is None else parse_date(f"{released}-01-01"),
        cover_image_id=cover_id,
        tracks=placed,
    )
    return ReleaseProposal(release, to_check)


def _count(texts: Iterable[str | None]) -> Counter[str]:
    return Counter(text for text in texts if text is not None)


def _most_frequent(texts: Iterable[str | None]) -> str | None:
    """Return the most frequent text, the first of several; None without."""
    return next((text for text, _ in _count(texts).most_common(1)), None)


def _find_artist(tags: Sequence[FileTags]) -> str | None:
    artists = _count(each.artist for each in tags)
    return _VARIOUS_ARTISTS if len(artists) > 1 else next(iter(artists), None)


def _find_album_artists(
    tags: Sequence[FileTags], album_artist: str | None
) -> list[ArtistForm] | None:
    """Return the artists that a line of album artists names, if these are several."""
    named = (each.album_artists for each in tags if each.album_artist == album_artist)
    return next(filter(None, named), None)


def _propose_kind(files: Sequence[ImportedFile], tags: Sequence[FileTags]) -> ReleaseKind:
    """Return the kind, as stores distinguish them by tracks and length."""
    artists = _count(each.artist for each in tags)
    has_album_artist = any(each.album_artist for each in tags)
    if any(each.is_compilation for each in tags) or (len(artists) > 1 and not has_album_artist):
        return ReleaseKind.COMPILATION
    length_ms = sum(file.duration_ms or 0 for file in files)
    if length_ms >= _ALBUM_FROM_MS or len(files) > _MOST_TRACKS_OF_EP:
        return ReleaseKind.ALBUM
    return ReleaseKind.SINGLE if len(files) <= _MOST_TRACKS_OF_SINGLE else ReleaseKind.EP


def _propose_places(files: Sequence[ImportedFile]) -> list[PlacedTrack]:
    """Return the tracks by disc and number; those without a number follow.

    If a number occurs twice on a disc, the disc is numbered anew in that order.
    """
    placed = [_read_place(file) for file in files]
    counts = Counter((track.disc, track.number) for track in placed if track.number is not None)
    twice = {disc for (disc, _), count in counts.items() if count > 1}
    ordered = sorted(placed, key=lambda track: (track.disc, track.number or _MAX_NUMBER + 1))
    return [
        structs.replace(track, number=None) if track.disc in twice else track for track in ordered
    ]


def _read_place(file: ImportedFile) -> PlacedTrack:
    tags = file.tags_read or FileTags()
    # Tracks without a number need room behind the last number.
    is_number = tags.number is not None and tags.number <= _MAX_NUMBER - _MAX_IMPORTED
    disc = tags.disc if tags.disc is not None and tags.disc <= _MAX_DISC else 1
    return PlacedTrack(file.track_id, disc, tags.number if is_number else None)


def _line_or_none(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


def _clean_upc(upc: str | None) -> str | None:
    if upc is None:
        return None
    digits = parse_upc(upc)
    if digits is None:
        message = "Enter 12 or 13 digits; the last one is the check digit of the others."
        raise Invalid(details=[FieldError("upc", message, "not_a_upc")])
    return digits


def _invalid_place(index: int, field: str, message: str, rule: FieldRule, *limit: int) -> Invalid:
    return Invalid(details=[FieldError(f"tracks.{index}.{field}", message, rule, *limit)])
