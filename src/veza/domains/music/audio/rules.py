"""Decides who downloads an original, and reads the tags of files; names and keys of renditions."""

import re
import struct
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from veza.core.embedded_tags import EmbeddedTags, TaggedPeople
from veza.core.foreign_json import decode_json
from veza.core.genres import normalize_genre_tag
from veza.core.ids import TrackId, UserId
from veza.core.structs import copy_fields
from veza.core.takedowns import ItemCopy
from veza.core.track_metadata import (
    parse_advisory,
    parse_bpm,
    parse_date,
    parse_isrc,
    parse_key,
    parse_number,
    parse_upc,
    parse_year,
)
from veza.core.visibility import Visibility
from veza.domains.music.audio.models import (
    FileTags,
    StoredMedia,
    StoredOriginal,
    TaggedFile,
    UploadedFile,
    Waveform,
)
from veza.domains.music.credits.models import ArtistForm
from veza.domains.music.credits.rules.tags import read_artists
from veza.domains.music.tracks.models.forms import MAX_TITLE_LENGTH, TrackForm, TrackUpload
from veza.domains.music.tracks.models.tracks import RecordingDetails

MAX_RENDER_ATTEMPTS = 5
_MAX_CODE_LENGTH = 50
_MAX_ALBUM_ARTISTS = 10
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)
# The place of a track on its release, with which names of files often begin.
_PLACE = re.compile(r"[0-9]{1,3}(?: ?[.)-] ?| )(?=[^ ])", re.ASCII)
_OPTIONAL = (
    *("genre", "visibility", "isrc", "year", "bpm", "musical_key", "is_explicit", "artists"),
    *("credits", "ai", "ai_parts", "tier_id"),
)
_FLAGS = {"true": True, "1": True, "on": True, "false": False, "0": False, "off": False, "": False}


_HLS_PATH = re.compile(
    r"master\.m3u8|(128k|256k)/index\.m3u8|(128k|256k)/(init\.mp4|s[0-9]{3,6}\.m4s)"
)
_URI_ATTRIBUTE = re.compile(r'URI="([^"]+)"')


class Rendition(Struct, frozen=True):
    """A file made from an upload: its name, its type, and the field that has its size."""

    name: str
    content_type: str
    size_field: str


STREAM = Rendition("stream.m4a", "audio/mp4", "stream_size")
PREVIEW = Rendition("preview.mp3", "audio/mpeg", "preview_size")
COVER = Rendition("cover.jpg", "image/jpeg", "cover_size")
ORIGINAL = "original"


def can_download(track: StoredMedia, viewer: UserId | None) -> bool:
    """Return whether a viewer may download the original without having bought it."""
    return track.owner_id == viewer or track.downloadable


def etag_of_rendition(media: StoredMedia, size: int) -> str:
    """Return the entity tag of a rendition, without quotes."""
    return f"{media.original_hash[:32]}-{size:x}"


def etag_of_cover(media: StoredMedia) -> str:
    """Return the entity tag of a cover, without quotes: another one has another tag."""
    if media.cover_image_id is not None:
        return media.cover_image_id.hex
    return etag_of_rendition(media, media.cover_size or 0)


def is_public(media: StoredMedia) -> bool:
    """Return whether everybody may play a track."""
    return media.visibility is Visibility.PUBLIC


def original_of(media: StoredMedia) -> StoredOriginal:
    """Return the data for serving the original of a track."""
    return copy_fields(
        StoredOriginal,
        media,
        is_public=is_public(media),
        kind=media.original_kind,
        size=media.original_size,
        sha256=media.original_hash,
    )


def is_hls_path(path: str) -> bool:
    """Return whether a path names a file of an HLS ladder."""
    return _HLS_PATH.fullmatch(path) is not None


def sign_playlist(playlist: str, query: str) -> str:
    """Return a playlist with a signature added to all of its URLs."""
    lines = (
        # A function, so that a backslash in the query is literal.
        _URI_ATTRIBUTE.sub(lambda found: f'URI="{found[1]}?{query}"', line)
        if line.startswith("#")
        else f"{line}?{query}"
        for line in playlist.splitlines()
        if line
    )
    return "\n".join(lines) + "\n"


def show_waveform(peaks: bytes, duration_ms: int) -> Waveform:
    """Show the peaks as numbers from 0 to 1."""
    return Waveform(duration_ms / 1000, [round(peak / 65535, 4) for peak in _read_peaks(peaks)])


def draw_waveform(peaks: bytes) -> str:
    """Draw the peaks as an SVG picture, which takes the colour of the text around it."""
    heights = [max(peak * 58 // 65535, 1) for peak in _read_peaks(peaks)]
    bars = "".join(f"M{x} {60 - height}v{2 * height}" for x, height in enumerate(heights))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-0.5 0 1000 120" '
        'preserveAspectRatio="none" role="img" aria-label="Waveform">'
        f'<path d="{bars}" stroke="currentColor" stroke-width="1" fill="none"/></svg>'
    )


def download_name(title: str, extension: str) -> str:
    """Name a downloaded file after its track."""
    plain = re.sub(r"[^\w\-. ()]+", "_", title).strip(" ._") or "track"
    return f"{plain[:120]}{extension}"


def read_details(tags: EmbeddedTags) -> RecordingDetails:
    """Return what the tags of a file say of the recording; what can't be read is left out."""
    return RecordingDetails(
        isrc=parse_isrc(tags.isrc or ""),
        year=parse_year(tags.date or ""),
        bpm=parse_bpm(tags.bpm or ""),
        musical_key=parse_key(tags.key or ""),
        is_explicit=parse_advisory(tags.advisory or ""),
    )


def read_file_tags(tags: EmbeddedTags) -> FileTags:
    """Return the tags of a file that concern its release; what can't be read is left out."""
    day = parse_date(tags.date or "")
    year = parse_year(tags.date or "")
    return FileTags(
        title=_cut(" ".join((tags.title or "").split()), MAX_TITLE_LENGTH),
        artist=_cut(tags.artist, MAX_TITLE_LENGTH),
        album=_cut(tags.album, MAX_TITLE_LENGTH),
        album_artist=_cut(tags.album_artist, MAX_TITLE_LENGTH),
        genre=normalize_genre_tag(tags.genre or ""),
        released=str(day or year or "") or None,
        disc=parse_number(tags.disc or ""),
        number=parse_number(tags.number or ""),
        label=_cut(tags.label, MAX_TITLE_LENGTH),
        upc=parse_upc(tags.upc or ""),
        catalogue_number=_cut(tags.catalogue_number, _MAX_CODE_LENGTH),
        is_compilation=tags.compilation == "1",
        album_artists=_read_album_artists(tags.people),
    )


def show_file(file: TaggedFile, same: list[ItemCopy]) -> UploadedFile:
    """Return the file of a track as its owner sees it."""
    tags = file.tags_read or FileTags()
    return copy_fields(UploadedFile, tags, filename=file.filename, same_recordings=same)


def _read_album_artists(people: TaggedPeople) -> list[ArtistForm]:
    """Return the artists of a release, if there are several: as many as the tags may take up."""
    artists = read_artists(people.album_artist, people.album_artists)
    return artists[:_MAX_ALBUM_ARTISTS] if len(artists) > 1 else []


def _cut(text: str | None, length: int) -> str | None:
    return (text or "")[:length].strip() or None


def folder_of(track_id: TrackId) -> str:
    """Return the folder of a track in the storage."""
    return f"tracks/{track_id}"


def original_key(track_id: TrackId) -> str:
    """Return the storage key of the original of a track."""
    return f"{folder_of(track_id)}/{ORIGINAL}"


def rendition_key(track_id: TrackId, rendition: Rendition) -> str:
    """Return the storage key of a rendition."""
    return f"{folder_of(track_id)}/{rendition.name}"


def _read_peaks(peaks: bytes) -> tuple[int, ...]:
    return struct.unpack(f"<{len(peaks) // 2}H", peaks)


def title_of_file(filename: str) -> str:
    """Return a title made of the name of a file: without its ending, and the number before it."""
    name = " ".join(filename.replace("_", " ").split())
    stem = name.rpartition(".")[0].strip() if "." in name else name
    found = _PLACE.sub("", stem, count=1) if _PLACE.match(stem) else stem
    return (found or name or "Untitled")[:MAX_TITLE_LENGTH].strip()


def name_track(uploaded: TrackUpload, filename: str) -> TrackForm:
    """Return the metadata of a track with the title that was entered, else that of its file."""
    return copy_fields(TrackForm, uploaded, title=uploaded.title or title_of_file(filename))


def read_track_form(fields: dict[str, str]) -> TrackUpload:
    """Return the metadata of a new track, from text. Raises ValidationError of msgspec."""
    values: dict[str, Any] = dict(fields)
    for optional in _OPTIONAL:
        if not fields.get(optional, "-").strip():
            del values[optional]
    for flag in ("downloadable", "is_explicit"):
        if flag in values:
            values[flag] = _FLAGS.get(fields[flag].strip().lower(), "unknown")
    for name in _READ.keys() & values.keys():
        values[name] = _READ[name](fields[name].strip(), name)
    if "title" in fields:
        values["title"] = " ".join(fields["title"].split())
    return msgspec.convert(values, TrackUpload)


def _read_list(text: str, _: str) -> list[str]:
    """Return the words between commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _read_json(text: str, name: str) -> Any:
    """Return a value that is given as JSON. Raises ValidationError of msgspec."""
    try:
        return decode_json(text)
    except msgspec.DecodeError as error:
        raise msgspec.ValidationError(f"Expected JSON - at `$.{name}`") from error


def _read_number(text: str, _: str) -> int | float | str:
    """Return the number that a field contains; any other text as it is, to be refused."""
    if not _NUMBER.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


_READ: dict[str, Callable[[str, str], Any]] = {
    "year": _read_number,
    "bpm": _read_number,
    "artists": _read_json,
    "credits": _read_json,
    "tags": _read_list,
    "ai_parts": _read_list,
}
