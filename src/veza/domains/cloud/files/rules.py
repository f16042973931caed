"""Decisions without I/O: everything here can be tested with plain values."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from veza.core.errors import Fault, Invalid
from veza.core.filenames import plain_filename
from veza.core.normalize import fold
from veza.core.pages import BadCursor, Cursor, decode_cursor, decode_text, encode_text
from veza.domains.cloud.files.errors import TooManySnapshots, TooManyVersions
from veza.domains.cloud.files.models import (
    MAX_FOLDER_LENGTH,
    MAX_NAME_LENGTH,
    MAX_SNAPSHOTS,
    MAX_VERSIONS,
    CloudFile,
    DatedVersion,
    FileChange,
    FilePlace,
    FileSort,
    FileVersion,
    Hold,
    Quota,
    Room,
    StoredFile,
    StoredVersion,
    VersionCounts,
)

# What means another folder to every machine: no name of ours is one.
_WAYS = {"", ".", ".."}
# By what the versions of a file are sorted, as their cursors name it.
_BY_VERSION = "version"
# In it all versions stay.
FIRST_SPAN = timedelta(hours=1)


def clean_folder(folder: str) -> str:
    """Write a folder in one way, whatever slashes were sent. Raises Invalid."""
    parts = [_clean_part(part) for part in re.split(r"[/\\]", folder) if part.strip()]
    if any(part in _WAYS for part in parts):
        raise Invalid(details=[Fault("folder", "A folder is called neither `.` nor `..`.")])
    cleaned = "/".join(parts)
    if len(cleaned) > MAX_FOLDER_LENGTH or any(len(part) > MAX_NAME_LENGTH for part in parts):
        raise Invalid(details=[Fault("folder", "The name of the folder is too long.")])
    return cleaned


def clean_name(name: str) -> str:
    """Keep of a name what can be shown. Raises Invalid where that is no name."""
    cleaned = _clean_part(name)
    if cleaned in _WAYS or re.search(r"[/\\]", cleaned):
        raise Invalid(
            details=[Fault("name", "A name holds no slash, and is neither `.` nor `..`.")]
        )
    return cleaned


def name_of_upload(filename: str) -> str:
    """Tell what an upload is called: whatever was sent, there is a name for it."""
    name = plain_filename(filename).strip()
    return "upload" if name in _WAYS else name


def left_bytes(room: Room, quota_bytes: int) -> int:
    """Tell for how much a member has room, once the trash is emptied."""
    return max(0, quota_bytes - room.kept_bytes)


def is_room(hold: Hold, size_bytes: int, quota_bytes: int) -> bool:
    """Tell whether a content finds room beside all that is held."""
    return hold.is_held or hold.used_bytes + size_bytes <= quota_bytes


def is_ample(hold: Hold, body_bytes: int, quota_bytes: int) -> bool:
    """Return whether a body fits beside all that is held and on its way, whatever the trash holds.

    `body_bytes` is 0 where nothing is said of its length.
    """
    return 0 < body_bytes <= quota_bytes - hold.used_bytes - hold.reserved_bytes


def is_room_without_trash(room: Room, size_bytes: int, quota_bytes: int) -> bool:
    """Tell whether a content that isn't held finds room, if the trash makes some."""
    return room.kept_bytes + size_bytes <= quota_bytes


def show_quota(room: Room, quota_bytes: int) -> Quota:
    """Show how much room a member has."""
    return Quota(
        quota_bytes=quota_bytes,
        used_bytes=room.kept_bytes,
        sent_bytes=room.sent_bytes,
        trash_bytes=room.used_bytes - room.kept_bytes,
        left_bytes=left_bytes(room, quota_bytes),
    )


def ensure_room_for_version(counts: VersionCounts, *, is_snapshot: bool) -> None:
    """Raise TooManyVersions or TooManySnapshots where a file may have no more."""
    if is_snapshot and counts.snapshots >= MAX_SNAPSHOTS:
        raise TooManySnapshots
    if counts.versions >= MAX_VERSIONS:
        raise TooManyVersions


def thin(versions: Iterable[DatedVersion], full: timedelta, at: datetime) -> list[int]:
    """Tell which former versions have had their time: the numbers of those that go.

    All of the last hour stay. Of older ones the last of each hour stays for as long as `full` is,
    the last of each day for thirty times as long, and then the last of each week. Hours, days and
    weeks are those of the calendar, in UTC: so it doesn't matter how often this is asked.
    """
    kept: set[tuple[str, int]] = set()
    gone: list[int] = []
    for version in sorted(versions, key=lambda each: each.version, reverse=True):
        span = _span_of(version, full, at - version.created_at)
        if span in kept:
            gone.append(version.version)
        kept.add(span)
    return gone


def show_file(file: StoredFile) -> CloudFile:
    """Show a file to its owner."""
    return CloudFile(**{name: getattr(file, name) for name in CloudFile.__struct_fields__})


def show_version(version: StoredVersion) -> FileVersion:
    """Show a version of a file to its owner."""
    return FileVersion(
        id=version.id,
        file_id=version.file_id,
        version=version.version,
        storage_key=f"files/{version.file_id}/{version.version}",
        size_bytes=version.size_bytes,
        content_type=version.content_type,
        sha256=version.sha256,
        is_snapshot=version.is_snapshot,
        created_at=version.created_at,
    )


def place_in_files(file: StoredFile, sort: FileSort) -> Cursor:
    """Tell the place of a file in a list."""
    if sort is FileSort.CREATED_AT:
        return Cursor(file.created_at, file.id)
    return Cursor(file.created_at, file.id, sort, fold(file.name))


def read_file_cursor(text: str, sort: FileSort) -> Cursor:
    """Read after which file to go on. Raises BadCursor, for that of another order too."""
    cursor = decode_cursor(text)
    if sort is FileSort.CREATED_AT:
        fits = cursor.sort is None and cursor.value is None
    else:
        fits = cursor.sort == sort and isinstance(cursor.value, str) and "\0" not in cursor.value
    if not fits:
        raise BadCursor
    return cursor


def place_in_versions(version: StoredVersion) -> Cursor:
    """Tell the place of a version among those of its file."""
    return Cursor(version.created_at, version.id, _BY_VERSION, version.version)


def read_version_cursor(text: str) -> int:
    """Read below which version to go on. Raises BadCursor."""
    cursor = decode_cursor(text)
    if cursor.sort != _BY_VERSION or not isinstance(cursor.value, int):
        raise BadCursor
    return cursor.value


def write_folder_cursor(folder: str) -> str:
    """Write after which folder to go on."""
    return encode_text(folder.encode())


def read_folder_cursor(text: str) -> str:
    """Read after which folder to go on. Raises BadCursor."""
    try:
        return decode_text(text).decode()
    except UnicodeDecodeError as error:
        raise BadCursor from error


def merge(file: StoredFile, change: FileChange) -> FilePlace:
    """Tell what a file is called, and where it lies, after a change. Raises Invalid."""
    folder, name = change.folder, change.name
    return FilePlace(
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
