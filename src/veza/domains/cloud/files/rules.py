"""Decides which former versions are thinned out, and whether a content fits the quota."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from veza.core.errors import FieldError, Invalid
from veza.core.filenames import plain_filename
from veza.core.normalize import fold
from veza.core.pages import BadCursor, Cursor, decode_cursor, decode_text
from veza.domains.cloud.files.errors import TooManySnapshots, TooManyVersions
from veza.domains.cloud.files.models import (
    MAX_FOLDER_LENGTH,
    MAX_NAME_LENGTH,
    MAX_SNAPSHOTS,
    MAX_VERSIONS,
    CloudFile,
    CloudFilePath,
    CloudQuota,
    CloudUsage,
    ContentUsage,
    DatedVersion,
    FileChange,
    FileSort,
    VersionCounts,
)

# Names with a meaning in paths: they are not allowed.
_RESERVED_NAMES = {"", ".", ".."}
# The sort order in the cursors of versions.
BY_VERSION = "version"
# All versions of the last hour are kept.
FIRST_SPAN = timedelta(hours=1)


def clean_folder(folder: str) -> str:
    """Return a folder in its canonical form. Raises Invalid."""
    parts = [_clean_part(part) for part in re.split(r"[/\\]", folder) if part.strip()]
    if any(part in _RESERVED_NAMES for part in parts):
        raise Invalid(
            details=[FieldError("folder", "A folder can't be named `.` or `..`.", "reserved_name")]
        )
    cleaned = "/".join(parts)
    if len(cleaned) > MAX_FOLDER_LENGTH or any(len(part) > MAX_NAME_LENGTH for part in parts):
        raise Invalid(
            details=[
                FieldError(
                    "folder", "The name of the folder is too long.", "too_long", MAX_NAME_LENGTH
                )
            ]
        )
    return cleaned


def clean_name(name: str) -> str:
    """Return a name without unprintable characters. Raises Invalid if that is no name."""
    cleaned = _clean_part(name)
    if cleaned in _RESERVED_NAMES or re.search(r"[/\\]", cleaned):
        raise Invalid(
            details=[
                FieldError(
                    "name",
                    "A name can't contain slashes, and can't be `.` or `..`.",
                    "not_a_filename",
                )
            ]
        )
    return cleaned


def name_of_upload(filename: str) -> str:
    """Return the name of an uploaded file, or a default name."""
    name = plain_filename(filename).strip()
    return "upload" if name in _RESERVED_NAMES else name


def left_bytes(usage: CloudUsage, quota_bytes: int) -> int:
    """Return how many bytes are left once the trash is emptied."""
    return max(0, quota_bytes - usage.kept_bytes)


def fits(usage: ContentUsage, size_bytes: int, quota_bytes: int) -> bool:
    """Return whether a content fits, with everything in the trash kept."""
    return usage.has_content or usage.used_bytes + size_bytes <= quota_bytes


def fits_certainly(usage: ContentUsage, body_bytes: int, quota_bytes: int) -> bool:
    """Return whether a body fits in addition to all used and reserved bytes, including the trash.

    `body_bytes` is 0 if its length is unknown.
    """
    return 0 < body_bytes <= quota_bytes - usage.used_bytes - usage.reserved_bytes


def fits_without_trash(usage: CloudUsage, size_bytes: int, quota_bytes: int) -> bool:
    """Return whether a content that the member doesn't have fits, once the trash is emptied."""
    return usage.kept_bytes + size_bytes <= quota_bytes


def show_quota(usage: CloudUsage, quota_bytes: int) -> CloudQuota:
    """Return the quota of a member with its usage."""
    return CloudQuota(
        quota_bytes=quota_bytes,
        used_bytes=usage.kept_bytes,
        sent_bytes=usage.sent_bytes,
        trash_bytes=usage.used_bytes - usage.kept_bytes,
        left_bytes=left_bytes(usage, quota_bytes),
    )


def ensure_version_allowed(counts: VersionCounts, *, is_snapshot: bool) -> None:
    """Raise TooManyVersions or TooManySnapshots if a file may have no more."""
    if is_snapshot and counts.snapshots >= MAX_SNAPSHOTS:
        raise TooManySnapshots
    if counts.versions >= MAX_VERSIONS:
        raise TooManyVersions


def list_thinned(versions: Iterable[DatedVersion], full: timedelta, at: datetime) -> list[int]:
    """Return the numbers of the former versions to delete.

    All of the last hour are kept. Of older ones the last of each hour is kept for the time `full`,
    the last of each day for thirty times as long, and after that the last of each week. Hours, days
    and weeks are those of the UTC calendar, so that the result doesn't depend on how often this
    runs.
    """
    kept: set[tuple[str, int]] = set()
    thinned: list[int] = []
    for version in sorted(versions, key=lambda each: each.version, reverse=True):
        span = _span_of(version, full, at - version.created_at)
        if span in kept:
            thinned.append(version.version)
        kept.add(span)
    return thinned


def cursor_of_file(file: CloudFile, sort: FileSort) -> Cursor:
    """Return the cursor of a file in a list."""
    if sort is FileSort.CREATED_AT:
        return Cursor(file.created_at, file.id)
    return Cursor(file.created_at, file.id, sort, fold(file.name))


def read_file_cursor(text: str, sort: FileSort) -> Cursor:
    """Decode the cursor of a list of files. Raises BadCursor, also if it is of another order."""
    cursor = decode_cursor(text)
    if sort is FileSort.CREATED_AT:
        fits = cursor.sort is None and cursor.value is None
    else:
        fits = cursor.sort == sort and isinstance(cursor.value, str) and "\0" not in cursor.value
    if not fits:
        raise BadCursor
    return cursor


def read_version_cursor(text: str) -> int:
    """Decode the cursor of a list of versions. Raises BadCursor."""
    cursor = decode_cursor(text)
    if cursor.sort != BY_VERSION or not isinstance(cursor.value, int):
        raise BadCursor
    return cursor.value


def read_folder_cursor(text: str) -> str:
    """Decode the cursor of a list of folders. Raises BadCursor."""
    try:
        return decode_text(text).decode()
    except UnicodeDecodeError as error:
        raise BadCursor from error


def merge(file: CloudFile, change: FileChange) -> CloudFilePath:
    """Return the path of a file after a change. Raises Invalid."""
    folder = change.folder
    name = change.name
    return CloudFilePath(
        folder=clean_folder(folder) if isinstance(folder, str) else file.folder,
        name=clean_name(name) if isinstance(name, str) else file.name,
    )


def _clean_part(part: str) -> str:
    return "".join(char for char in part if char.isprintable()).strip()


def _span_of(version: DatedVersion, full: timedelta, age: timedelta) -> tuple[str, int]:
    if age <= FIRST_SPAN:
        return "moment", version.version
    day = version.created_at.toordinal()
    if age <= full:
        return "hour", day * 24 + version.created_at.hour
    return ("day", day) if age <= 30 * full else ("week", (day - 1) // 7)
