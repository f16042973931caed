"""A new content becomes the next version; in the trash a file is only restored or deleted.

Locks are taken in the order member, file, contents, to prevent deadlocks.
"""

from collections.abc import Sequence

from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import FileId, FileSnapshotId, FileVersionId, UserId, new_id
from veza.core.normalize import fold
from veza.core.pages import Cursor, cut, encode_text
from veza.core.structs import copy_fields
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.blobs.models import Content
from veza.domains.cloud.blobs.service import BlobStorage
from veza.domains.cloud.files import errors, rules
from veza.domains.cloud.files.models import (
    MAX_FILES,
    CloudFile,
    CloudFilePath,
    CloudQuota,
    ContentUsage,
    FileChange,
    FilePage,
    FileQuery,
    FileVersion,
    FolderPage,
    NewVersion,
    ServedVersion,
    VersionPage,
)
from veza.domains.cloud.files.queries import file_records, usage_sums, version_records
from veza.domains.platform.uploads import service as uploads_service
from veza.domains.platform.uploads.errors import QuotaExceeded
from veza.infra.postgres.database import Conn, Tx


class CloudStorage(Struct, frozen=True):
    """The storage of files, and the quota of each member."""

    blobs: BlobStorage
    quota_bytes: int


async def add_file(
    tx: Tx, cloud: CloudStorage, owner: Member, *, content: Content, path: CloudFilePath
) -> CloudFile:
    """Create a file with a content that was stored. Raises QuotaExceeded and TooManyFiles."""
    usage = await _lock_usage(tx, cloud, owner, content)
    if usage.files_count >= MAX_FILES:
        raise errors.TooManyFiles
    file_id = FileId(new_id())
    await blobs.add_content(tx, content)
    await file_records.insert_file(tx, file_id, owner.id, path, search_text=fold(path.name))
    await version_records.insert_version(
        tx, FileVersionId(new_id()), _version_of(content, file_id, 1)
    )
    return await get_file(tx, file_id, owner)


async def add_version(
    tx: Tx, cloud: CloudStorage, owner: Member, *, file_id: FileId, content: Content
) -> CloudFile:
    """Add a stored content as the next version of a file. Former versions are kept."""
    await uploads_service.lock_member(tx, owner.id)
    file = await _lock_own(tx, file_id, owner)
    await _lock_usage(tx, cloud, owner, content)
    await _ensure_version_allowed(tx, file_id)
    await blobs.add_content(tx, content)
    await version_records.insert_version(
        tx, FileVersionId(new_id()), _version_of(content, file_id, file.version + 1)
    )
    await version_records.update_version(tx, file_id, file.version + 1)
    return await get_file(tx, file_id, owner)


async def get_file(conn: Conn, file_id: FileId, owner: Member) -> CloudFile:
    """Return a file of the caller. Raises FileNotFound, also if it is in the trash."""
    file = required(await file_records.find_file(conn, file_id, owner.id), errors.FileNotFound)
    if file.trashed_at is not None:
        raise errors.FileNotFound
    return file


async def list_files(conn: Conn, owner: Member, query: FileQuery, cursor: str | None) -> FilePage:
    """Return a page of the caller's files, or of those in the trash."""
    place = None if cursor is None else rules.read_file_cursor(cursor, query.sort)
    found = await file_records.list_files(conn, owner.id, query, place)
    shown, following = cut(found, query.limit, lambda file: rules.cursor_of_file(file, query.sort))
    return FilePage(shown, following, has_more=following is not None)


async def list_folders(conn: Conn, owner: Member, *, limit: int, cursor: str | None) -> FolderPage:
    """Return a page of the caller's folders, sorted by name."""
    after = None if cursor is None else rules.read_folder_cursor(cursor)
    found = await file_records.list_folders(conn, owner.id, limit, after)
    shown = found[:limit]
    has_more = len(found) > limit
    next_cursor = encode_text(shown[-1].folder.encode()) if has_more else None
    return FolderPage(shown, next_cursor, has_more)


async def get_quota(conn: Conn, cloud: CloudStorage, owner: Member) -> CloudQuota:
    """Return the caller's quota with its usage."""
    return rules.show_quota(await usage_sums.sum_usage(conn, owner.id), cloud.quota_bytes)


async def update_file(tx: Tx, file_id: FileId, owner: Member, change: FileChange) -> CloudFile:
    """Rename or move a file of the caller."""
    file = await _lock_own(tx, file_id, owner)
    path = rules.merge(file, change)
    await file_records.update_path(tx, file_id, path, search_text=fold(path.name))
    return await get_file(tx, file_id, owner)


async def trash_file(tx: Tx, file_id: FileId, owner: Member) -> CloudFile:
    """Move a file of the caller to the trash, from which it can be restored for some days."""
    await _lock_own(tx, file_id, owner)
    await file_records.update_trashed(tx, file_id, is_trashed=True)
    return required(await file_records.find_file(tx, file_id, owner.id), errors.FileNotFound)


async def delete_file(tx: Tx, file_id: FileId, owner: Member) -> CloudFile:
    """Delete a file of the caller permanently, whether in the trash or not; return it."""
    await file_records.lock_file(tx, file_id, owner.id)
    file = required(await file_records.find_file(tx, file_id, owner.id), errors.FileNotFound)
    await delete_permanently(tx, file_id)
    return file


async def restore_file(tx: Tx, file_id: FileId, owner: Member) -> CloudFile:
    """Restore a file of the caller from the trash. It still counts as used, so it always fits."""
    await file_records.lock_file(tx, file_id, owner.id)
    file = required(await file_records.find_file(tx, file_id, owner.id), errors.FileNotFound)
    if file.trashed_at is None:
        raise errors.FileNotTrashed
    await file_records.update_trashed(tx, file_id, is_trashed=False)
    return await get_file(tx, file_id, owner)


async def delete_permanently(tx: Tx, file_id: FileId) -> None:
    """Delete a locked file with all of its versions and shares."""
    await blobs.remove_references(tx, await file_records.delete_file(tx, file_id))


async def open_file(
    conn: Conn, file_id: FileId, owner: Member, version: int | None
) -> ServedVersion:
    """Return the data for serving a version of the caller's file, by default the latest."""
    opened = await file_records.find_opened(conn, file_id, owner.id, version)
    if opened is not None:
        return opened
    await get_file(conn, file_id, owner)
    raise errors.VersionNotFound


async def create_file_snapshot(tx: Tx, file_id: FileId, owner: Member) -> FileSnapshotId:
    """Store a file of the caller as it is now, for the recipients of a message.

    It needs no space, since the content is stored, but counts as used until it is deleted.
    """
    file = await _lock_own(tx, file_id, owner)
    snapshot_id = FileSnapshotId(new_id())
    await blobs.add_reference(tx, file.sha256)
    await version_records.insert_snapshot(tx, snapshot_id, owner.id, file)
    return snapshot_id


async def give_file_snapshots(
    tx: Tx, snapshot_ids: Sequence[FileSnapshotId], owner_id: UserId
) -> None:
    """Give file snapshots to who keeps them, whose storage they count for from then on."""
    await version_records.update_snapshot_owner(tx, snapshot_ids, owner_id)


async def delete_file_snapshots(tx: Tx, snapshot_ids: Sequence[FileSnapshotId]) -> None:
    """Delete file snapshots, with their messages."""
    await blobs.remove_references(tx, await version_records.delete_snapshots(tx, snapshot_ids))


async def list_versions(
    conn: Conn, file_id: FileId, owner: Member, *, limit: int, cursor: str | None
) -> VersionPage:
    """Return a page of the versions of the caller's file, newest first."""
    await get_file(conn, file_id, owner)
    before = None if cursor is None else rules.read_version_cursor(cursor)
    found = await version_records.list_versions(conn, file_id, limit, before)
    shown, next_cursor = cut(
        found,
        limit,
        lambda each: Cursor(each.created_at, each.id, rules.BY_VERSION, each.version),
    )
    return VersionPage(shown, next_cursor, has_more=next_cursor is not None)


async def take_snapshot(tx: Tx, file_id: FileId, owner: Member) -> FileVersion:
    """Create a version of the caller's file as it is now that is never thinned out."""
    file = await _lock_own(tx, file_id, owner)
    await _ensure_version_allowed(tx, file_id, is_snapshot=True)
    current = await version_records.find_version(tx, file_id, file.version)
    assert current is not None
    return await _copy_version(tx, file, current, is_snapshot=True)


async def restore_version(tx: Tx, file_id: FileId, owner: Member, version: int) -> CloudFile:
    """Make the content of a former version the next version of the caller's file."""
    file = await _lock_own(tx, file_id, owner)
    former = required(
        await version_records.find_version(tx, file_id, version), errors.VersionNotFound
    )
    await _ensure_version_allowed(tx, file_id)
    await _copy_version(tx, file, former)
    return await get_file(tx, file_id, owner)


async def delete_version(tx: Tx, file_id: FileId, owner: Member, version: int) -> FileVersion:
    """Delete a former version of the caller's file; return it. Raises VersionInUse."""
    file = await _lock_own(tx, file_id, owner)
    former = required(
        await version_records.find_version(tx, file_id, version), errors.VersionNotFound
    )
    if version == file.version:
        raise errors.VersionInUse
    await delete_versions(tx, file_id, [version])
    return former


async def delete_versions(tx: Tx, file_id: FileId, versions: Sequence[int]) -> None:
    """Delete former versions of a locked file."""
    await blobs.remove_references(tx, await version_records.delete_versions(tx, file_id, versions))


async def _lock_usage(tx: Tx, cloud: CloudStorage, owner: Member, content: Content) -> ContentUsage:
    """Lock the member and return their usage. Raises QuotaExceeded if a content doesn't fit."""
    await uploads_service.lock_member(tx, owner.id)
    usage = await usage_sums.find_content_usage(tx, owner.id, content.sha256)
    if not rules.fits(usage, content.size_bytes, cloud.quota_bytes):
        total = await usage_sums.sum_usage(tx, owner.id)
        raise QuotaExceeded(rules.left_bytes(total, cloud.quota_bytes))
    return usage


async def _lock_own(tx: Tx, file_id: FileId, owner: Member) -> CloudFile:
    await file_records.lock_file(tx, file_id, owner.id)
    return await get_file(tx, file_id, owner)


async def _ensure_version_allowed(
    conn: Conn, file_id: FileId, *, is_snapshot: bool = False
) -> None:
    counts = await version_records.count_versions(conn, file_id)
    rules.ensure_version_allowed(counts, is_snapshot=is_snapshot)


async def _copy_version(
    tx: Tx, file: CloudFile, former: FileVersion, *, is_snapshot: bool = False
) -> FileVersion:
    """Insert the content of a version as the file's next version."""
    await blobs.add_reference(tx, former.sha256)
    new = copy_fields(NewVersion, former, version=file.version + 1, is_snapshot=is_snapshot)
    made = await version_records.insert_version(tx, FileVersionId(new_id()), new)
    await version_records.update_version(tx, file.id, new.version)
    return made


def _version_of(content: Content, file_id: FileId, version: int) -> NewVersion:
    return NewVersion(file_id, version, content.sha256, content.size_bytes, content.content_type)
