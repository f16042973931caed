"""One export a day, downloadable for 24 hours; a failed one does not count."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import structs

from veza.core.ids import ExportId
from veza.core.signed_urls import Resource, UrlBuilder
from veza.core.structs import copy_fields
from veza.domains.privacy.errors import ExportRunning, ExportTooSoon
from veza.domains.privacy.models import Export, ExportProgress, ExportStatus, StoredExport

REQUEST_INTERVAL = timedelta(days=1)
KEPT_FOR = timedelta(hours=24)
# How long the account of a declined newcomer is kept: the mail about it arrives within a day.
DECLINED_KEPT_FOR = timedelta(days=7)

NO_SPACE = "The server had no space left for your export: request it again later."
BUILD_FAILED = "Something went wrong while your export was built: request it again."

_UNFINISHED = {ExportStatus.WAITING, ExportStatus.RUNNING}
_README = """Your personal data in Veza, exported on {day}.

data/        Everything stored about you, as JSON: one file for each area.
media/       The files that you uploaded, unchanged, by the same areas.
checksums    The SHA-256 of each file. To verify: sha256sum --check checksums

Ids are UUIDs; related records refer to each other by them. Times are in UTC (RFC 3339).
Amounts of money are in cents, or in the smallest unit of the currency.
"""
_MISSING = """
These files were deleted while the export was built, or could not be found:

"""


def ensure_may_request(latest: StoredExport | None, moment: datetime) -> None:
    """Raise ExportRunning or ExportTooSoon. A failed export does not count."""
    if latest is None or latest.status is ExportStatus.FAILED:
        return
    if latest.status in _UNFINISHED:
        raise ExportRunning
    wait = latest.created_at + REQUEST_INTERVAL - moment
    if wait > timedelta(0):
        raise ExportTooSoon(retry_after=math.ceil(wait.total_seconds()))


def is_unfinished(export: StoredExport) -> bool:
    """Return whether an export is still to be built."""
    return export.status in _UNFINISHED


def is_downloadable(export: StoredExport, moment: datetime) -> bool:
    """Return whether an export can be downloaded."""
    is_ready = export.status is ExportStatus.READY
    return is_ready and export.expires_at is not None and moment < export.expires_at


def show_export(export: StoredExport, urls: UrlBuilder, moment: datetime) -> Export:
    """Return an export as its member sees it: expired as soon as its time is over."""
    url = None
    if is_downloadable(export, moment):
        url = export_url(export.id, export.expires_at, urls)
    is_over = export.status is ExportStatus.READY and url is None
    return copy_fields(
        Export,
        export,
        status=ExportStatus.EXPIRED if is_over else export.status,
        percent=percent_of(export),
        url=url,
    )


def percent_of(export: StoredExport) -> int:
    """Return the progress in percent, by bytes if there are files; 100 means ready."""
    if not is_unfinished(export):
        return 0 if export.status is ExportStatus.FAILED else 100
    if export.bytes_total:
        done = export.bytes_done
        total = export.bytes_total
    else:
        done = export.files_done
        total = export.files_total
    return min(99, 100 * done // total) if total else 0


def export_url(export_id: ExportId, expires_at: datetime | None, urls: UrlBuilder) -> str:
    """Return the signed URL of an archive, valid until it expires."""
    assert expires_at is not None
    expires = int(expires_at.timestamp())
    signer = structs.replace(urls, expires=expires)
    query = signer.signed_query(Resource.EXPORT, export_id)
    path = f"users/me/export/{export_id}/download"
    return f"{urls.base}/{path}{query}"


def export_folder(export_id: ExportId) -> str:
    """Return the folder of an export in the storage."""
    return f"exports/{export_id}"


def attempt_folder(export: StoredExport) -> str:
    """Return the folder of the current attempt in the storage."""
    return f"{export_folder(export.id)}/{export.tries}"


def archive_key(export: StoredExport) -> str:
    """Return the storage key of an archive."""
    return f"{attempt_folder(export)}/archive.zip"


def write_readme(day: datetime, missing: Sequence[str]) -> str:
    """Return the README of an archive, which lists the files that are missing."""
    text = _README.format(day=f"{day:%Y-%m-%d}")
    return text + _MISSING + "".join(f"- {path}\n" for path in missing) if missing else text


def is_progress_due(stored: ExportProgress, reached: ExportProgress) -> bool:
    """Return whether the progress has changed enough to be stored."""
    step = max(reached.bytes_total // 100, 8 * 1024 * 1024)
    is_file = reached.files_done != stored.files_done and not reached.bytes_total
    return is_file or reached.bytes_done - stored.bytes_done >= step
