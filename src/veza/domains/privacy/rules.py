"""Decisions without I/O: who may ask for an export, how far it is, what stands in it."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import structs

from veza.core.ids import ExportId
from veza.core.signed_urls import Resource, UrlBuilder
from veza.domains.privacy.errors import ExportRunning, ExportTooSoon
from veza.domains.privacy.models import Export, ExportStatus, Progress, StoredExport

# So often one may ask, and so long what came of it lies there.
ASKED_EVERY = timedelta(days=1)
KEPT_FOR = timedelta(hours=24)

NO_SPACE = "There was no space left for it: ask again later."
BROKEN = "Something went wrong while it was put together: ask again."

_UNFINISHED = {ExportStatus.WAITING, ExportStatus.RUNNING}
_README = """What Veza keeps of you, put together on {day}.

data/        What each part of Veza knows of you, as JSON: a file for each part.
media/       The files that you brought, as you brought them, by the same parts.
checksums    The SHA-256 of each file: `sha256sum --check checksums` holds them against it.

Ids are UUIDs; things that belong together name each other by them. Times are in UTC (RFC 3339).
Sums of money are whole cents, or what the currency has in their place.
"""
_MISSING = """
These files of yours were deleted while this was put together, or can't be found any more:

"""


def ensure_may_ask(latest: StoredExport | None, moment: datetime) -> None:
    """Raise ExportRunning, or ExportTooSoon where there was one today. A failed one counts not."""
    if latest is None or latest.status is ExportStatus.FAILED:
        return
    if latest.status in _UNFINISHED:
        raise ExportRunning
    wait = latest.created_at + ASKED_EVERY - moment
    if wait > timedelta(0):
        raise ExportTooSoon(retry_after=math.ceil(wait.total_seconds()))


def is_unfinished(export: StoredExport) -> bool:
    """Tell whether an export is still to be put together."""
    return export.status in _UNFINISHED


def is_there(export: StoredExport, moment: datetime) -> bool:
    """Tell whether an export can be downloaded."""
    is_ready = export.status is ExportStatus.READY
    return is_ready and export.expires_at is not None and moment < export.expires_at


def show_export(export: StoredExport, urls: UrlBuilder, moment: datetime) -> Export:
    """Show an export; one that is over is expired, whether it was swept already or not."""
    is_over = export.status is ExportStatus.READY and not is_there(export, moment)
    return Export(
        id=export.id,
        status=ExportStatus.EXPIRED if is_over else export.status,
        failure_reason=export.failure_reason,
        percent=percent_of(export),
        files_done=export.files_done,
        files_total=export.files_total,
        size_bytes=export.size_bytes,
        sha256=export.sha256,
        url=url_of(export.id, export.expires_at, urls) if is_there(export, moment) else None,
        created_at=export.created_at,
        ready_at=export.ready_at,
        expires_at=export.expires_at,
    )


def percent_of(export: StoredExport) -> int:
    """Tell how far an export is: by bytes where its member has files, and never done before it is.

    Rounded down, so that 100 means that it is ready.
    """
    if not is_unfinished(export):
        return 0 if export.status is ExportStatus.FAILED else 100
    if export.bytes_total:
        done, total = export.bytes_done, export.bytes_total
    else:
        done, total = export.files_done, export.files_total
    return min(99, 100 * done // total) if total else 0


def url_of(export_id: ExportId, expires_at: datetime | None, urls: UrlBuilder) -> str:
    """Write the URL of an archive, which lasts as long as that does."""
    assert expires_at is not None
    expires = int(expires_at.timestamp())
    lasting = structs.replace(urls, expires=expires)
    query = lasting.signed_query(Resource.EXPORT, export_id)
    path = f"users/me/export/{export_id}/download"
    return f"{urls.base}/{path}{query}"


def folder_of(export_id: ExportId) -> str:
    """Tell where in the storage an export lies."""
    return f"exports/{export_id}"


def folder_of_try(export: StoredExport) -> str:
    """Tell where in the storage lies what the try at an export writes that counts."""
    return f"{folder_of(export.id)}/{export.tries}"


def archive_key(export: StoredExport) -> str:
    """Tell the key of an archive in the storage."""
    return f"{folder_of_try(export)}/archive.zip"


def archive_name(export: StoredExport) -> str:
    """Name an archive for whoever saves it."""
    return f"veza-{export.created_at:%Y-%m-%d}.zip"


def data_path(area: str) -> str:
    """Tell where in the archive stands what a part knows."""
    return f"data/{area}.json"


def media_path(area: str, name: str) -> str:
    """Tell where in the archive a member's own file of a part lies."""
    return f"media/{area}/{name}"


def write_readme(day: datetime, missing: Sequence[str]) -> str:
    """Write what the archive says of itself; files that are gone are named."""
    text = _README.format(day=f"{day:%Y-%m-%d}")
    return text + _MISSING + "".join(f"- {path}\n" for path in missing) if missing else text


def is_worth_telling(told: Progress, reached: Progress) -> bool:
    """Tell whether an export came so much further that its row should say so."""
    step = max(reached.bytes_total // 100, 8 * 1024 * 1024)
    is_file = reached.files_done != told.files_done and not reached.bytes_total
    return is_file or reached.bytes_done - told.bytes_done >= step
