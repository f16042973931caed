"""Pure functions of releases: access, check digits, places of tracks, searchable words."""

import math
from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from veza.core.errors import FieldError, Invalid
from veza.core.genres import normalize_genre
from veza.core.ids import TrackId, UserId
from veza.core.normalize import require_line
from veza.core.search_text import SearchDocument, index_words, title_key
from veza.domains.music.releases.errors import NotYourRelease
from veza.domains.music.releases.models import (
    CreditForm,
    PlacedTrack,
    ReleaseMetadata,
    ReleasePlace,
    ReleaseTrack,
    SearchableRelease,
    StoredRelease,
)
from veza.domains.music.tracks.models import Track, Visibility

_MAX_NUMBER = 999


def can_see(release: StoredRelease, viewer_id: UserId | None) -> bool:
    """Return whether a viewer may see a release: the owner always, others unless it is private.

    Only the owner sees the releases of a suspended member, or of one who blocks the viewer.
    """
    if release.owner_id == viewer_id:
        return True
    return not release.is_hidden and release.visibility is not Visibility.PRIVATE


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


def clean_credits(credits: Iterable[CreditForm]) -> list[CreditForm]:  # noqa: A002 - their name
    """Return credits with trimmed texts. Raises Invalid for a blank name or role."""
    return [
        structs.replace(
            credit,
            name=require_line(credit.name, f"credits.{number}.name", "Enter a name."),
            role=require_line(credit.role, f"credits.{number}.role", "Enter a role."),
        )
        for number, credit in enumerate(credits)
    ]


def has_check_digit(digits: str) -> bool:
    """Return whether the last digit is the check digit of the others, as GS1 defines it.

    From the right, digits are weighted by 1 and 3 in turn: the sum is a multiple of ten.
    """
    weights = (1, 3)
    total = sum(weights[n % 2] * int(digit) for n, digit in enumerate(reversed(digits)))
    return total % 10 == 0


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
            raise _invalid_place(index, "number", "Numbers end at 999.")
        if (track.disc, number) in places:
            raise _invalid_place(index, "number", "Another track has this number on the disc.")
        if track.track_id in track_ids:
            raise _invalid_place(index, "track_id", "A track is on a release once.")
        track_ids.add(track.track_id)
        places[track.disc, number] = structs.replace(track, number=number)
    return [places[place] for place in sorted(places)]


def index_release(release: SearchableRelease) -> SearchDocument:
    """Return what a release is found by: title, artist, genre and tags, in order of weight."""
    genre = [(release.genre, "C")] if release.genre else []
    keys = [*genre, *((tag, "D") for tag in release.tags)]
    return SearchDocument(
        id=release.id,
        title_key=title_key(release.title),
        words=index_words((release.title, "A"), (release.artist_name, "B"), keys=keys),
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


def _line_or_none(text: str | None) -> str | None:
    return " ".join(text.split()) or None if text else None


def _clean_upc(upc: str | None) -> str | None:
    if upc is None:
        return None
    digits = upc.replace(" ", "").replace("-", "")
    is_number = digits.isascii() and digits.isdigit() and len(digits) in {12, 13}
    if not is_number or not has_check_digit(digits):
        message = "Enter 12 or 13 digits; the last one is the check digit of the others."
        raise Invalid(details=[FieldError("upc", message)])
    return digits


def _invalid_place(index: int, field: str, message: str) -> Invalid:
    return Invalid(details=[FieldError(f"tracks.{index}.{field}", message)])
