"""FLAC is offered only if all originals are lossless; names and texts in an archive."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from veza.core.errors import VezaError
from veza.core.ids import ArchiveId, OrderId, ProductId, UserId
from veza.core.signed_urls import PURCHASE_LIFETIME_S, Resource, UrlBuilder
from veza.domains.marketplace.archives.errors import (
    ArchiveTooLarge,
    NotLossless,
    ReleaseEmpty,
    ReleaseInProcessing,
)
from veza.domains.marketplace.archives.models import (
    Archive,
    ArchiveContents,
    ArchivedCredit,
    ArchivedTrack,
    ArchiveStatus,
    ReleaseState,
    StoredArchive,
)
from veza.domains.marketplace.products.models.files import ArchiveFormat
from veza.domains.marketplace.products.rules import formats_of
from veza.domains.music.credits.models import ARTIST

# A retired archive stays for downloads that are under way.
GRACE = timedelta(hours=1)
# Also the precision of `used_at`.
TOUCH_INTERVAL = timedelta(minutes=10)
# Until then, a failed archive is not built again.
RETRY_AFTER = timedelta(minutes=10)
MAX_ATTEMPTS = 5
# Attempts at one build while the release changes.
MAX_RESTARTS = 3

BUILD_FAILED = "Something went wrong while the archive was built: ask for it again."
NO_SPACE = "The server had no space left for this archive: ask for it again later."
TOO_LARGE = "This release is too large for one archive in this format."
RELEASE_CHANGING = (
    "The release was changed while the archive was built, or a file of it is missing: ask for it "
    "again."
)

# A day, which takes about 20 minutes of a core to convert.
_MAX_CONVERTED_MS = 24 * 3600 * 1000
_MAX_NAME = 100
_MAX_NAME_BYTES = 180
_MAX_COMMENT = 4000
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_FORMAT_NAMES = {
    ArchiveFormat.ORIGINAL: "original",
    ArchiveFormat.FLAC: "FLAC",
    ArchiveFormat.MP3_V0: "MP3 V0",
    ArchiveFormat.MP3_320: "MP3 320",
    ArchiveFormat.AAC: "AAC",
    ArchiveFormat.OPUS: "Opus",
}


def is_offered(state: ReleaseState, wanted: ArchiveFormat) -> bool:
    """Return whether a release comes in a format."""
    return wanted in formats_of(has_lossy=state.lossy_count > 0)


def ensure_buildable(state: ReleaseState, wanted: ArchiveFormat, max_bytes: int) -> None:
    """Raise ReleaseInProcessing, ReleaseEmpty, NotLossless or ArchiveTooLarge."""
    if state.processing_count:
        raise ReleaseInProcessing
    if not state.tracks_count:
        raise ReleaseEmpty
    if not is_offered(state, wanted):
        raise NotLossless
    is_original = wanted is ArchiveFormat.ORIGINAL
    if is_original and state.originals_bytes > max_bytes:
        raise ArchiveTooLarge
    if not is_original and state.duration_ms > _MAX_CONVERTED_MS:
        raise ArchiveTooLarge


def why_not_built(state: ReleaseState, wanted: ArchiveFormat) -> str | None:
    """Return why an archive can't be built of a release that changed since it was asked for."""
    try:
        ensure_buildable(state, wanted, max_bytes=state.originals_bytes)
    except VezaError as error:
        return str(error)
    return None


def is_current(archive: StoredArchive, state: ReleaseState) -> bool:
    """Return whether an archive has what is on the release now."""
    return archive.version == state.version


def may_retry(archive: StoredArchive, moment: datetime) -> bool:
    """Return whether a failed archive may be built again."""
    return archive.used_at + RETRY_AFTER < moment


def show_archive(
    archive: StoredArchive, url: str | None, kept_for: timedelta, *, offered: bool
) -> Archive:
    """Return an archive as its buyers see it."""
    is_ready = archive.status is ArchiveStatus.READY
    return Archive(
        format=archive.format,
        is_offered=offered,
        status=archive.status,
        progress=1.0 if is_ready else archive.progress,
        failure_reason=archive.failure_reason,
        filename=f"{archive.name}.zip" if is_ready else None,
        size_bytes=archive.size_bytes,
        sha256=archive.sha256,
        url=url if is_ready else None,
        ready_at=archive.ready_at,
        expires_at=archive.used_at + kept_for if is_ready else None,
    )


def show_missing(wanted: ArchiveFormat, *, offered: bool) -> Archive:
    """Return an archive that is not built."""
    return Archive(
        format=wanted,
        is_offered=offered,
        status=ArchiveStatus.MISSING,
        progress=0.0,
        failure_reason=None,
        filename=None,
        size_bytes=None,
        sha256=None,
        url=None,
        ready_at=None,
        expires_at=None,
    )


def file_url(
    product_id: ProductId,
    archive_id: ArchiveId,
    holder: tuple[str, UserId | OrderId],
    urls: UrlBuilder,
    now_s: int,
) -> str:
    """Return the signed URL of an archive for a holder: `member` or `order`, and its id."""
    by, holder_id = holder
    signer = structs.replace(urls, expires=now_s + PURCHASE_LIFETIME_S)
    query = signer.signed_query(Resource.RELEASE_ARCHIVE, product_id, archive_id, holder_id)
    path = f"marketplace/products/{product_id}/archives/{archive_id}/file"
    return f"{urls.base}/{path}{query}&{by}={holder_id}"


def folder_of(archive_id: ArchiveId) -> str:
    """Return the folder of an archive in the storage."""
    return f"archives/{archive_id}"


def attempt_folder(archive: StoredArchive) -> str:
    """Return the folder of the current attempt in the storage."""
    return f"{folder_of(archive.id)}/{archive.tries}"


def archive_key(archive: StoredArchive) -> str:
    """Return the storage key of an archive."""
    return f"{attempt_folder(archive)}/archive.zip"


def archive_name(state: ReleaseState, wanted: ArchiveFormat) -> str:
    """Return the name of an archive, without `.zip`."""
    named = clean_name(f"{state.artist_name} - {state.title}", "Release")
    return f"{named} ({_FORMAT_NAMES[wanted]})"


def track_path(track: ArchivedTrack, tracks: Sequence[ArchivedTrack]) -> str:
    """Return the path of a track in the archive, without its extension.

    Paths differ, because no two tracks of a disc have the same number.
    """
    discs = {each.disc for each in tracks}
    digits = max(2, len(str(max(each.number for each in tracks))))
    name = f"{track.number:0{digits}d} {clean_name(track.title, 'Track')}"
    return f"Disc {track.disc}/{name}" if len(discs) > 1 else name


def clean_name(text: str, otherwise: str) -> str:
    """Return a text as a file name that Windows, macOS and Linux accept, in NFC.

    Characters that these forbid are replaced, invisible ones removed.
    """
    composed = unicodedata.normalize("NFC", text)
    shown = "".join(char for char in composed if char.isprintable())
    plain = " ".join(_FORBIDDEN.sub("_", shown).split())
    cut = plain[:_MAX_NAME].encode()[:_MAX_NAME_BYTES].decode(errors="ignore")
    # Windows removes dots and blanks at the end; a dot in front hides a file elsewhere.
    return cut.strip(" .") or otherwise


def write_comment(contents: ArchiveContents) -> str | None:
    """Return the credits in one line, for the tags."""
    credited = "; ".join(_list_contributors(contents.credits))
    return credited[:_MAX_COMMENT] or None


def write_credits(contents: ArchiveContents, wanted: ArchiveFormat) -> str:
    """Return the text of `credits.txt`."""
    release = contents.release
    facts: Mapping[str, object | None] = {
        "Label": release.label,
        "Catalogue number": release.catalogue_number,
        "Barcode": release.upc,
        "Released": release.release_date,
        "Genre": release.genre,
        "Format": _FORMAT_NAMES[wanted],
    }
    lines = [release.title, f"by {release.artist_name}", ""]
    lines += [f"{name}: {value}" for name, value in facts.items() if value is not None]
    contributors = _list_contributors(contents.credits)
    if contributors:
        lines += ["", "Credits", "", *contributors]
    lines += ["", "Tracks", ""]
    for track in contents.tracks:
        lines += [_write_track(track), *(f"      {each}" for each in _list_own(track))]
    if release.description:
        lines += ["", *release.description.splitlines()]
    return "\n".join(lines) + "\n"


def _list_contributors(credited: Iterable[ArchivedCredit]) -> list[str]:
    """Return contributors as text: role or instrument, and name."""
    return [
        f"{each.instrument or each.role}: {each.name}" for each in credited if each.role != ARTIST
    ]


def _list_own(track: ArchivedTrack) -> list[str]:
    """Return the artists of a track that are not those of the release, and its contributors."""
    artist = [f"by {track.artist_name}"] if track.artist_name else []
    return [*artist, *_list_contributors(track.credits)]


def _write_track(track: ArchivedTrack) -> str:
    minutes, seconds = divmod(round(track.duration_ms / 1000), 60)
    code = f"  {track.isrc}" if track.isrc else ""
    return f"{track.disc}-{track.number:02d}  {track.title}  {minutes}:{seconds:02d}{code}"
