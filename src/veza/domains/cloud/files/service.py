"""What one can do with files. What moves bytes takes the database and opens short transactions.

Whoever needs room is locked first, then the file, then the contents.
"""

from collections.abc import AsyncIterator, Sequence

from msgspec import Struct

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import BlobId, FileId, FileVersionId, ParcelId, new_id
from veza.core.normalize import fold
from veza.core.pages import cut
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.blobs.models import Content
from veza.domains.cloud.blobs.service import Vault
from veza.domains.cloud.files import queries, rules
from veza.domains.cloud.files.errors import (
    FileNotFound,
    FileNotTrashed,
    FileTooLarge,
    TooManyFiles,
    VersionInUse,
    VersionNotFound,
)
from veza.domains.cloud.files.models import (
    MAX_FILES,
    CloudFile,
    FileChange,
    FileFigures,
    FilePage,
    FilePlace,
    FileQuery,
    FileVersion,
    FolderPage,
    Hold,
    NewVersion,
    OpenedFile,
    Quota,
    StoredFile,
    StoredVersion,
    VersionPage,
)
from veza.domains.platform.quotas.errors import QuotaExceeded
from veza.domains.platform.quotas.models import Held
from veza.infra.postgres.database import Conn, Database, Tx


class Cabinet(Struct, frozen=True):
    """Where files lie, and how much each member may have."""

    vault: Vault
    quota_bytes: int


class Reception(Struct, frozen=True):
    """An upload that began: the object that it becomes, and for how much of it there is room.

    `held` is what its owner keeps without the trash, and how large their largest content is.
    """

    blob_id: BlobId
    max_bytes: int
    left_bytes: int
    held: Held


async def begin_upload(
    database: Database,
    cabinet: Cabinet,
    owner: Member,
    *,
    announced_bytes: int = 0,
    body_bytes: int = 0,
) -> Reception:
    """Note that a content will come, and find out how large it may be.

    One that its owner has already needs no room, whatever it is called: so anything may come that
    is no larger than what they have. Raises FileTooLarge and QuotaExceeded, before anything is
    sent in vain, where more is announced: of the file, and of the body around it.
    """
    held = await _find_held(database, cabinet, owner, body_bytes)
    left = max(0, cabinet.quota_bytes - held.bytes)
    most = max(left, held.largest_bytes)
    _ensure_fits(announced_bytes, cabinet.vault.max_bytes, most, left_bytes=left)
    blob_id = await blobs.begin_upload(database)
    return Reception(blob_id, max_bytes=most, left_bytes=left, held=held)


async def store(cabinet: Cabinet, reception: Reception, chunks: AsyncIterator[bytes]) -> Content:
    """Store a content as it comes. Raises FileTooLarge and QuotaExceeded as soon as it is."""
    bounded = _bounded(chunks, reception, cabinet.vault.max_bytes)
    return await blobs.store(cabinet.vault, reception.blob_id, bounded)


async def make_room(database: Database, cabinet: Cabinet, owner: Member, content: Content) -> None:
    """See that a content finds room; where it doesn't, the trash makes some, the oldest first.

    Raises QuotaExceeded, and leaves the trash alone, where that wouldn't suffice.
    """
    while True:
        async with database.transaction(recorded=False) as tx:
            await _lock_owner(tx, owner)
            hold = await queries.find_hold(tx, owner.id, content.sha256)
            if rules.is_room(hold, content.size_bytes, cabinet.quota_bytes):
                return
            room = await queries.find_room(tx, owner.id)
            if not rules.is_room_without_trash(room, content.size_bytes, cabinet.quota_bytes):
                raise QuotaExceeded(rules.left_bytes(room, cabinet.quota_bytes))
            oldest = await queries.lock_oldest_trashed(tx, owner.id)
            # None where somebody took it out, or deleted it, meanwhile: then it is looked at anew.
            if oldest is not None:
                await delete_for_good(tx, oldest)


async def add_file(
    tx: Tx, cabinet: Cabinet, owner: Member, *, content: Content, place: FilePlace
) -> CloudFile:
    """Make a file of what was stored. Names needn't differ: an id tells one file from another."""
    await _lock_owner(tx, owner)
    hold = await queries.find_hold(tx, owner.id, content.sha256)
    if hold.files_count >= MAX_FILES:
        raise TooManyFiles
    await _ensure_room(tx, cabinet, owner, content, hold)
    file_id = FileId(new_id())
    await blobs.keep(tx, content)
    await queries.insert_file(tx, file_id, owner.id, place, search_text=fold(place.name))
    await _insert_version(tx, _version_of(content, file_id, 1))
    return await get_file(tx, file_id, owner)


async def replace_content(
    tx: Tx, cabinet: Cabinet, owner: Member, *, file_id: FileId, content: Content
) -> CloudFile:
    """Give one's own file another content, as its next version. Former versions stay."""
    await _lock_owner(tx, owner)
    file = await _lock_own(tx, file_id, owner)
    hold = await queries.find_hold(tx, owner.id, content.sha256)
    await _ensure_room(tx, cabinet, owner, content, hold)
    await _ensure_room_for_version(tx, file_id)
    await blobs.keep(tx, content)
    await _insert_version(tx, _version_of(content, file_id, file.version + 1))
    await queries.update_version(tx, file_id, file.version + 1)
    return await get_file(tx, file_id, owner)


async def abandon_upload(database: Database, reception: Reception) -> None:
    """Have what an upload left deleted that became no file."""
    await blobs.abandon_upload(database, reception.blob_id)


async def get_file(conn: Conn, file_id: FileId, owner: Member) -> CloudFile:
    """Show one's own file. One in the trash isn't there, but for its list."""
    return rules.show_file(await _get_own(conn, file_id, owner))


async def list_files(conn: Conn, owner: Member, wish: FileQuery, cursor: str | None) -> FilePage:
    """List one's own files, or those in the trash, the latest first or by name."""
    place = None if cursor is None else rules.read_file_cursor(cursor, wish.sort)
    found = await queries.list_files(conn, owner.id, wish, place)
    shown, following = cut(found, wish.limit, lambda file: rules.place_in_files(file, wish.sort))
    files = [rules.show_file(file) for file in shown]
    return FilePage(files, following, has_more=following is not None)


async def list_folders(conn: Conn, owner: Member, *, limit: int, cursor: str | None) -> FolderPage:
    """List one's own folders that hold something, in the order of their names."""
    after = None if cursor is None else rules.read_folder_cursor(cursor)
    found = await queries.list_folders(conn, owner.id, limit, after)
    shown = found[:limit]
    has_more = len(found) > limit
    next_cursor = rules.write_folder_cursor(shown[-1].folder) if has_more else None
    return FolderPage(shown, next_cursor, has_more)


async def get_quota(conn: Conn, cabinet: Cabinet, owner: Member) -> Quota:
    """Tell how much room one has."""
    room = await queries.find_room(conn, owner.id)
    return rules.show_quota(room, cabinet.quota_bytes)


async def update_file(tx: Tx, file_id: FileId, owner: Member, change: FileChange) -> CloudFile:
    """Rename one's own file, or move it into another folder."""
    file = await _lock_own(tx, file_id, owner)
    place = rules.merge(file, change)
    await queries.update_place(tx, file_id, place, search_text=fold(place.name))
    return await get_file(tx, file_id, owner)


async def trash_file(tx: Tx, file_id: FileId, owner: Member) -> CloudFile:
    """Put one's own file into the trash, from which it can be taken for a while."""
    await _lock_own(tx, file_id, owner)
    await queries.update_trashed(tx, file_id, is_trashed=True)
    return rules.show_file(await _find(tx, file_id, owner))


async def delete_file(tx: Tx, file_id: FileId, owner: Member) -> CloudFile:
    """Delete one's own file for good, in the trash or not; give what it was."""
    if not await queries.lock_file(tx, file_id, owner.id):
        raise FileNotFound
    file = await _find(tx, file_id, owner)
    await delete_for_good(tx, file_id)
    return rules.show_file(file)


async def untrash_file(tx: Tx, file_id: FileId, owner: Member) -> CloudFile:
    """Take one's own file out of the trash. It was counted all the while: there is room for it."""
    if not await queries.lock_file(tx, file_id, owner.id):
        raise FileNotFound
    if (await _find(tx, file_id, owner)).trashed_at is None:
        raise FileNotTrashed
    await queries.update_trashed(tx, file_id, is_trashed=False)
    return await get_file(tx, file_id, owner)


async def delete_for_good(tx: Tx, file_id: FileId) -> None:
    """Delete a file, which is locked, with all of its versions and its shares."""
    await blobs.release(tx, await queries.delete_file(tx, file_id))


async def open_file(conn: Conn, file_id: FileId, owner: Member, version: int | None) -> OpenedFile:
    """Give what is needed to serve one's own file, or a former version of it."""
    opened = await queries.find_opened(conn, file_id, owner.id, version)
    if opened is not None:
        return opened
    await _get_own(conn, file_id, owner)
    raise VersionNotFound


async def send_off(tx: Tx, file_id: FileId, owner: Member) -> ParcelId:
    """Keep one's own file as it is now for those to whom it is sent, whatever becomes of it.

    It takes no room: its content is there. But it counts until it is taken back.
    """
    file = await _lock_own(tx, file_id, owner)
    parcel_id = ParcelId(new_id())
    await blobs.hold(tx, file.sha256)
    await queries.insert_parcel(tx, parcel_id, owner.id, file)
    return parcel_id


async def take_back(tx: Tx, parcel_ids: Sequence[ParcelId]) -> None:
    """Let nobody have any more what was sent."""
    await blobs.release(tx, await queries.delete_parcels(tx, parcel_ids))


async def list_versions(
    conn: Conn, file_id: FileId, owner: Member, *, limit: int, cursor: str | None
) -> VersionPage:
    """List the versions of one's own file, the latest first."""
    await _get_own(conn, file_id, owner)
    before = None if cursor is None else rules.read_version_cursor(cursor)
    found = await queries.list_versions(conn, file_id, limit, before)
    shown, next_cursor = cut(found, limit, rules.place_in_versions)
    versions = [rules.show_version(version) for version in shown]
    return VersionPage(versions, next_cursor, has_more=next_cursor is not None)


async def take_snapshot(tx: Tx, file_id: FileId, owner: Member) -> FileVersion:
    """Keep one's own file as it is now, as a version that is never thinned. It takes no room."""
    file = await _lock_own(tx, file_id, owner)
    await _ensure_room_for_version(tx, file_id, is_snapshot=True)
    current = await queries.find_version(tx, file_id, file.version)
    assert current is not None
    return rules.show_version(await _repeat(tx, file, current, is_snapshot=True))


async def restore_version(tx: Tx, file_id: FileId, owner: Member, version: int) -> CloudFile:
    """Give one's own file the content of a former version, as its next one. It takes no room."""
    file = await _lock_own(tx, file_id, owner)
    former = await queries.find_version(tx, file_id, version)
    if former is None:
        raise VersionNotFound
    await _ensure_room_for_version(tx, file_id)
    await _repeat(tx, file, former)
    return await get_file(tx, file_id, owner)


async def delete_version(tx: Tx, file_id: FileId, owner: Member, version: int) -> FileVersion:
    """Delete a former version of one's own file; give what it was. Raises VersionInUse."""
    file = await _lock_own(tx, file_id, owner)
    former = await queries.find_version(tx, file_id, version)
    if former is None:
        raise VersionNotFound
    if version == file.version:
        raise VersionInUse
    await delete_versions(tx, file_id, [version])
    return rules.show_version(former)


async def delete_versions(tx: Tx, file_id: FileId, versions: Sequence[int]) -> None:
    """Delete former versions of a file, which is locked."""
    await blobs.release(tx, await queries.delete_versions(tx, file_id, versions))


async def count_files(conn: Conn) -> FileFigures:
    """Count the files and their versions."""
    return await queries.count_files(conn)


async def _find_held(database: Database, cabinet: Cabinet, owner: Member, body_bytes: int) -> Held:
    """Return what a member keeps without the trash; with it, where there is room enough as it is.

    Only what lies in the trash alone needs a sum over all versions.
    """
    async with database.read() as conn:
        hold = await queries.find_hold(conn, owner.id, "")
        kept = hold.used_bytes
        if not rules.is_ample(hold, body_bytes, cabinet.quota_bytes):
            kept = (await queries.find_room(conn, owner.id)).kept_bytes
    return Held(kept, cabinet.quota_bytes, hold.largest_bytes)


async def _ensure_room(
    tx: Tx, cabinet: Cabinet, owner: Member, content: Content, hold: Hold
) -> None:
    if not rules.is_room(hold, content.size_bytes, cabinet.quota_bytes):
        room = await queries.find_room(tx, owner.id)
        raise QuotaExceeded(rules.left_bytes(room, cabinet.quota_bytes))


async def _lock_owner(tx: Tx, owner: Member) -> None:
    if not await queries.lock_owner(tx, owner.id):
        # The token outlived the account, or they were suspended just now.
        raise Unauthenticated


async def _lock_own(tx: Tx, file_id: FileId, owner: Member) -> StoredFile:
    if not await queries.lock_file(tx, file_id, owner.id):
        raise FileNotFound
    return await _get_own(tx, file_id, owner)


async def _get_own(conn: Conn, file_id: FileId, owner: Member) -> StoredFile:
    file = await _find(conn, file_id, owner)
    if file.trashed_at is not None:
        raise FileNotFound
    return file


async def _find(conn: Conn, file_id: FileId, owner: Member) -> StoredFile:
    file = await queries.find_file(conn, file_id, owner.id)
    if file is None:
        raise FileNotFound
    return file


async def _ensure_room_for_version(
    conn: Conn, file_id: FileId, *, is_snapshot: bool = False
) -> None:
    counts = await queries.count_versions(conn, file_id)
    rules.ensure_room_for_version(counts, is_snapshot=is_snapshot)


async def _repeat(
    tx: Tx, file: StoredFile, former: StoredVersion, *, is_snapshot: bool = False
) -> StoredVersion:
    """Make the content of a version the file's next one."""
    await blobs.hold(tx, former.sha256)
    new = NewVersion(
        file_id=file.id,
        version=file.version + 1,
        sha256=former.sha256,
        size_bytes=former.size_bytes,
        content_type=former.content_type,
        is_snapshot=is_snapshot,
    )
    made = await _insert_version(tx, new)
    await queries.update_version(tx, file.id, new.version)
    return made


async def _insert_version(tx: Tx, version: NewVersion) -> StoredVersion:
    return await queries.insert_version(tx, FileVersionId(new_id()), version)


def _version_of(content: Content, file_id: FileId, version: int) -> NewVersion:
    return NewVersion(file_id, version, content.sha256, content.size_bytes, content.content_type)


async def _bounded(
    chunks: AsyncIterator[bytes], reception: Reception, max_bytes: int
) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        _ensure_fits(size, max_bytes, reception.max_bytes, left_bytes=reception.left_bytes)
        yield chunk


def _ensure_fits(size: int, max_bytes: int, most_bytes: int, *, left_bytes: int) -> None:
    if size > max_bytes:
        raise FileTooLarge
    if size > most_bytes:
        raise QuotaExceeded(left_bytes)
