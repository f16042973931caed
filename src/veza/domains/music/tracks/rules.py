"""Decides who sees a track, and that a play takes 30 s or the whole of a shorter track."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import UNSET, structs

from veza.core import visibility
from veza.core.errors import FieldError, Invalid
from veza.core.genres import normalize_genre
from veza.core.ids import TierId, TrackId, UserId
from veza.core.normalize import require_line
from veza.core.pages import BadCursor, Cursor
from veza.core.palettes import CoverLook, CoverPalette, read_palette
from veza.core.search_text import SearchDocument, index_words, title_key
from veza.core.signed_urls import Resource, UrlBuilder
from veza.core.structs import merge
from veza.core.takedowns import chosen_visibility, show_taken_down
from veza.core.track_covers import TrackRelease
from veza.core.track_metadata import AiUse, parse_isrc, parse_key
from veza.core.visibility import TrackStatus, Visibility, is_track_shared
from veza.domains.auth.accounts.models import NamedMember, show_named_member
from veza.domains.images import rules as image_rules
from veza.domains.music.credits.models import Credit, CreditedArtist
from veza.domains.music.credits.rules.shown import show_artists, show_credits
from veza.domains.music.tracks.models.forms import TrackChange, TrackMetadata
from veza.domains.music.tracks.models.lists import SearchableArtist, SearchableTrack, TrackSort
from veza.domains.music.tracks.models.tracks import (
    NamedRelease,
    StoredTrack,
    StoredTrackSummary,
    Track,
    TrackAccess,
    TrackSummary,
)

PLAY_COUNTS_FROM_MS = 30_000
# The maximum of the smallest column that lists are sorted by.
_MAX_COUNT = 2**31 - 1


class _Listed(Protocol):
    """A track in a list: the fields of its cursor."""

    @property
    def id(self) -> TrackId: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def sort_value(self) -> str | int | None: ...


def is_visible_to(track: TrackAccess, viewer_id: UserId | None, *, granted: bool = False) -> bool:
    """Return whether a viewer may see a track: the owner always, others once it is ready.

    `granted` means that the URL has a valid signature, or that the viewer is a member of the
    track's tier, which gives access to a private track too.
    Only the owner sees the tracks of a suspended member, and one that is taken down.
    """
    is_shown = is_track_shared(track) or (granted and track.status is TrackStatus.READY)
    return visibility.is_visible_to(
        viewer_id, track.owner_id, is_shown=is_shown, is_hidden=track.is_hidden
    )


def list_tiers_to_ask(tracks: Iterable[TrackAccess], viewer_id: UserId | None) -> Sequence[TierId]:
    """Return the tiers whose members may see those of these tracks that a viewer doesn't see."""
    if viewer_id is None:
        return []
    hidden = (each for each in tracks if each.tier_id and not is_visible_to(each, viewer_id))
    return list({each.tier_id for each in hidden if each.tier_id and not each.is_hidden})


def is_play(listened_seconds: float, duration_ms: int) -> bool:
    """Return whether this is long enough for a play: 30 s, or the whole of a shorter track."""
    # Players report whole seconds, rounded down: a track of 12.7 s ends at 12.
    whole_ms = duration_ms // 1000 * 1000 or duration_ms
    return listened_seconds * 1000 >= min(PLAY_COUNTS_FROM_MS, whole_ms)


def clean_tags(tags: Iterable[str]) -> list[str]:
    """Trim tags; drop empty and repeated tags."""
    trimmed = (" ".join(tag.split()) for tag in tags)
    return list({tag.casefold(): tag for tag in trimmed if tag}.values())


def clean_form[T: TrackMetadata](form: T) -> T:
    """Return the metadata in the form in which it is stored. Raises Invalid."""
    title = require_line(form.title, "title", "Enter a title: it can't be blank.")
    isrc, key = (
        form.isrc and parse_isrc(form.isrc),
        form.musical_key and parse_key(form.musical_key),
    )
    details: list[FieldError] = []
    if form.isrc is not None and isrc is None:
        details.append(
            FieldError("isrc", "Enter an ISRC such as `QZ-ES6-26-00017`.", "not_an_isrc")
        )
    if form.musical_key is not None and key is None:
        details.append(
            FieldError("musical_key", "Enter a key such as `F#` or `A minor`.", "not_a_key")
        )
    if (form.ai is AiUse.PARTS) != bool(form.ai_parts):
        message = "Name the generated parts if `ai` is `parts`, and none otherwise."
        details.append(FieldError("ai_parts", message, "unnamed_parts"))
    if details:
        raise Invalid(details=details)
    return structs.replace(
        form,
        ai_parts=sorted(set(form.ai_parts)),
        title=title,
        genre=form.genre and normalize_genre(form.genre),
        tags=clean_tags(form.tags),
        isrc=isrc,
        bpm=form.bpm and round(form.bpm, 2),
        musical_key=key,
    )


def merge_change(track: StoredTrack, change: TrackChange) -> TrackMetadata:
    """Return the metadata after a change. Parts go when `ai` changes to what has none."""
    if change.ai in {AiUse.NONE, AiUse.WHOLE} and change.ai_parts is UNSET:
        change = structs.replace(change, ai_parts=[])
    return clean_form(merge(TrackMetadata, track, change))


def index_track(track: SearchableTrack) -> SearchDocument:
    """Return what a track is found by: title, artists, genre and contributors, tags."""
    genre = [(track.genre, "C")] if track.genre else []
    keys = [*genre, *((tag, "D") for tag in track.tags)]
    artists = [track.artist_name] if track.artist_name else []
    names = [
        *((name, "B") for name in (*_names_of(track), *artists)),
        *((name, "C") for name in track.credited),
    ]
    return SearchDocument(
        id=track.id,
        title_key=title_key(track.title),
        words=index_words((track.title, "A"), *names, keys=keys),
        popularity=math.log1p(track.plays_count),
    )


def artist_of(track: SearchableTrack) -> SearchableArtist:
    """Return the artist of a track."""
    return SearchableArtist(track.owner_id, track.username, track.display_name)


def index_artist(artist: SearchableArtist) -> SearchDocument:
    """Return what an artist is found by: the display name, and the username."""
    words = index_words(*((name, "A") for name in _names_of(artist)))
    return SearchDocument(artist.id, title_key(artist.display_name), words)


def _names_of(artist: SearchableArtist | SearchableTrack) -> Sequence[str]:
    """Return the different names of an artist."""
    return list(dict.fromkeys((artist.display_name, artist.username)))


def make_cursor(track: _Listed, sort: TrackSort) -> Cursor:
    """Return the cursor of the page that follows a track."""
    if sort is TrackSort.CREATED_AT:
        return Cursor(track.created_at, track.id)
    return Cursor(track.created_at, track.id, sort=sort, value=track.sort_value)


def ensure_cursor_fits(cursor: Cursor, sort: TrackSort) -> None:
    """Raise BadCursor if the cursor is from a list with another sort field."""
    value = cursor.value
    if sort is TrackSort.CREATED_AT:
        fits = cursor.sort is None and value is None
    elif sort is TrackSort.TITLE:
        fits = cursor.sort == sort and isinstance(value, str) and "\0" not in value
    else:
        fits = cursor.sort == sort and isinstance(value, int) and 0 <= value <= _MAX_COUNT
    if not fits:
        raise BadCursor


def show_track(track: StoredTrack, urls: UrlBuilder) -> Track:
    """Return the response for a track, with signed URLs unless it is public."""
    # By position, because naming 40 fields takes longer than everything else here.
    path, signature = _address_of(track, urls)
    return Track(
        track.id,
        track.title,
        track.description,
        *_show_people(track),
        track.status,
        track.failure_reason,
        None if track.duration_ms is None else track.duration_ms / 1000,
        *(track.format, track.bitrate, track.sample_rate, track.channels),
        track.loudness_lufs,
        track.true_peak_dbtp,
        track.genre,
        track.tags,
        track.isrc,
        track.year,
        track.bpm,
        track.musical_key,
        track.is_explicit,
        track.ai,
        track.ai_parts,
        chosen_visibility(track),
        track.tier_id,
        track.downloadable,
        track.likes_count,
        track.comments_count,
        track.plays_count,
        track.has_lyrics,
        *_show_audio_urls(track, path, signature),
        *_show_cover(_find_look(track), f"{path}/cover{signature}"),
        _show_release(track.release, urls),
        track.created_at,
        UNSET if track.liked is None else track.liked,
        show_taken_down(track.taken_down, urls.base),
    )


def _show_people(track: StoredTrack) -> tuple[NamedMember, list[CreditedArtist], list[Credit]]:
    """Return the owner, the displayed artists and the contributors."""
    owner = show_named_member(track.owner_id, track.username, track.appearance)
    artists = show_artists(owner, track.artist_name, track.credited)
    return owner, artists, show_credits(track.credited)


def _find_look(track: StoredTrack) -> CoverLook | None:
    """Return the look of the picture of a track: its own, else that of its release."""
    if track.cover_palette is not None:
        return CoverLook(track.cover_palette, track.cover_placeholder)
    return track.release and track.release.look


def _show_cover(
    look: CoverLook | None, url: str | None
) -> tuple[str | None, CoverPalette | None, str | None]:
    """Return the URL, the palette and the placeholder of a picture; nothing without one."""
    if look is None:
        return None, None, None
    return url, read_palette(look.palette), look.placeholder


def _show_release(release: TrackRelease | None, urls: UrlBuilder) -> NamedRelease | None:
    if release is None:
        return None
    image_id = release.cover_image_id
    url = image_id and image_rules.url_of(image_id, urls, is_public=True)
    return NamedRelease(release.id, release.title, *_show_cover(release.look, url))


def _show_audio_urls(
    track: StoredTrack, path: str, signature: str
) -> tuple[str | None, str | None, str | None, str | None]:
    """Return the URLs of a ready track: its file, HLS, waveform and preview."""
    if track.status is not TrackStatus.READY:
        return None, None, None, None
    return (
        f"{path}/stream{signature}",
        f"{path}/hls/master.m3u8{signature}",
        f"{path}/waveform{signature}",
        f"{path}/preview{signature}",
    )


def _address_of(track: StoredTrack, urls: UrlBuilder) -> tuple[str, str]:
    """Return the URL of a track, and the signature of what is below it unless it is public."""
    is_public = track.visibility is Visibility.PUBLIC
    signature = "" if is_public else urls.signed_query(Resource.TRACK, track.id)
    return f"{urls.base}/tracks/{track.id}", signature


def show_summary(track: StoredTrackSummary, urls: UrlBuilder) -> TrackSummary:
    """Return the summary of a public track that is ready."""
    path = f"{urls.base}/tracks/{track.id}"
    owner = show_named_member(track.owner_id, track.username, track.appearance)
    cover_url, palette, placeholder = _show_cover(track.cover and track.cover.look, f"{path}/cover")
    return TrackSummary(
        id=track.id,
        title=track.title,
        artist=owner,
        artists=show_artists(owner, track.line, track.credited),
        duration_seconds=None if track.duration_ms is None else track.duration_ms / 1000,
        is_explicit=track.is_explicit,
        ai=track.ai,
        stream_url=f"{path}/stream",
        hls_url=f"{path}/hls/master.m3u8",
        waveform_url=f"{path}/waveform",
        cover_url=cover_url,
        cover_palette=palette,
        cover_placeholder=placeholder,
    )
