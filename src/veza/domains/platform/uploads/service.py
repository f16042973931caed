"""Upload sessions: reserve storage, receive a file, and finish in the transaction of its row.

Reservations are made under the lock of the member's row, so that concurrent uploads never exceed a
quota together.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol
from uuid import UUID

import structlog
from msgspec import Struct, structs

from veza.core.access import Access, Member
from veza.core.activities import Activity
from veza.core.errors import Unauthenticated, Unavailable
from veza.core.ids import LOWEST_ID, UserId
from veza.core.profiles import Right
from veza.domains.platform.uploads import rules
from veza.domains.platform.uploads.errors import UploadExpired
from veza.domains.platform.uploads.models import (
    Admission,
    CurrentUsage,
    NewUpload,
    PreparedForm,
    QuotaLimit,
    StorageKind,
    StorageQuotas,
    StorageUsage,
)
from veza.domains.platform.uploads.queries import resumable
from veza.domains.platform.uploads.queries import sessions as queries
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.processes.tasks import repeat, running
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.objects import Storage

log = structlog.get_logger()


class Uploads(Struct, frozen=True):
    """The registration, storage and limits of uploads."""

    database: Database
    storage: Storage
    limits: Mapping[StorageKind, QuotaLimit]
    uploads_at_once: int


class EnsureAllowed[Fields](Protocol):
    """Checks a new upload by the rules of the route that receives such files in a form."""

    async def __call__(
        self, tx: Tx, owner: Member, fields: Fields | None, length_bytes: int, /
    ) -> Admission:
        """Return what the upload counts for. Raises what the route raises.

        `fields` is None for a part, of which only the purpose is known. The member is locked.
        """
        ...


class UploadPurpose[Fields](Struct, frozen=True):
    """The requirements and the completion of uploads for a purpose.

    `read_fields` converts the metadata, or raises Invalid; `complete` creates the file; `path_of`
    returns the path of what it became, by its id, below the address of the API. `ensure_head`
    raises if no file for the purpose begins so, before all of it is sent.
    """

    access: Access
    # What a role must allow, where the owner is a profile.
    right: Right
    kind: StorageKind
    max_bytes: int
    read_fields: Callable[[dict[str, str]], Fields]
    ensure_allowed: EnsureAllowed[Fields]
    complete: Callable[[Member, PreparedForm[Fields]], Awaitable[None]]
    path_of: Callable[[dict[str, str], UUID], str]
    activity: Activity | None = None
    ensure_head: Callable[[bytes], None] | None = None


class UploadSession:
    """An upload in progress: its reservation, and the row by which it is swept if it never ends.

    Opened by `open_session`.
    """

    def __init__(self, uploads: Uploads, owner_id: UserId, new: NewUpload) -> None:
        self._uploads = uploads
        self._owner_id = owner_id
        self._new = new
        quota = new.quota
        self._limit = QuotaLimit(quota.limit_bytes) if quota else uploads.limits[new.kind]
        self._largest_bytes = quota.largest_bytes if quota else 0
        self._reserved_bytes = 0
        self.is_finished = False

    async def begin(self, ensure_allowed: Callable[[Tx], Awaitable[None]] | None) -> None:
        """Reserve storage and register the upload, before anything is read."""
        async with self._uploads.database.transaction(recorded=False) as tx:
            if self._new.source is not None:
                # This reservation takes their place.
                await lock_member(tx, self._owner_id)
                await queries.delete_reservations(tx, self._new.source.reservations)
            usage = await self._lock_usage(tx)
            rules.ensure_may_begin(usage, self._limit, self._uploads.uploads_at_once)
            self._ensure_fits(self._new.file_bytes, usage)
            if ensure_allowed is not None:
                await ensure_allowed(tx)
            most = rules.max_upload_bytes(self._limit, usage, self._largest_bytes)
            self._reserved_bytes = rules.first_bytes(self._new.body_bytes, most)
            await queries.insert_upload(tx, self._owner_id, self._new, self._reserved_bytes)

    async def receive(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        """Pass the chunks of the file on, reserving more storage as they arrive.

        Raises QuotaExceeded and UploadExpired.
        """
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            if size > self._reserved_bytes:
                await self._reserve_more(size)
            yield chunk

    async def finish(self, tx: Tx, size_bytes: int, result_id: UUID | None = None) -> None:
        """End the upload in the transaction that inserts the row of its file.

        `result_id` is the id of what the upload became, unless that is its own. Locks the member
        until that is committed. Raises UploadExpired, QuotaExceeded and QuotaOfObjectsExceeded.
        """
        usage = await self._lock_usage(tx)
        if self._new.quota is None:
            rules.ensure_may_end(size_bytes, self._limit, usage)
        if not await queries.delete_open_upload(tx, self._new.id):
            raise UploadExpired
        source = self._new.source
        if source is not None:
            if not await resumable.update_completed(tx, source, result_id or self._new.id):
                raise UploadExpired
            await delete_contents(tx, source.id)
        self.is_finished = True

    async def keep_alive(self) -> None:
        """Renew the reservation periodically, until cancelled."""
        await asyncio.sleep(rules.RENEW_EACH_S)
        await repeat(self._renew, each_s=rules.RENEW_EACH_S)

    async def discard(self) -> None:
        """Delete the objects and the row of a failed upload; keep a committed upload.

        A commit may succeed although its caller got an error: then the row is gone. Objects that
        can't be deleted now are deleted by a later sweep.
        """
        database = self._uploads.database
        new = self._new
        try:
            async with database.transaction(recorded=False) as tx:
                is_open = await queries.update_abandoned(tx, new.id)
            if is_open or not self.is_finished:
                await self._uploads.storage.delete_folder(new.folder)
                async with database.transaction(recorded=False) as tx:
                    await queries.delete_upload(tx, new.id)
        except Unavailable as error:
            log.warning("upload_left_to_sweep", upload_id=str(new.id), error=repr(error))

    async def _renew(self) -> None:
        async with self._uploads.database.transaction(recorded=False) as tx:
            await queries.update_reserved(tx, self._new.id)

    async def _reserve_more(self, size: int) -> None:
        async with self._uploads.database.transaction(recorded=False) as tx:
            usage = await self._lock_usage(tx)
            self._ensure_fits(size, usage)
            most = rules.max_upload_bytes(self._limit, usage, self._largest_bytes)
            reserved_bytes = rules.next_bytes(size, most)
            if not await queries.update_reserved(tx, self._new.id, reserved_bytes):
                raise UploadExpired
        self._reserved_bytes = reserved_bytes

    async def _lock_usage(self, tx: Tx) -> CurrentUsage:
        await lock_member(tx, self._owner_id)
        usage = await queries.find_current_usage(tx, self._owner_id, self._new.kind, self._new.id)
        quota = self._new.quota
        return usage if quota is None else structs.replace(usage, bytes=quota.used_bytes)

    def _ensure_fits(self, size: int, usage: CurrentUsage) -> None:
        rules.ensure_fits(size, self._limit, usage, largest_bytes=self._largest_bytes)


@asynccontextmanager
async def open_session(
    uploads: Uploads,
    owner: Member,
    new: NewUpload,
    *,
    ensure_allowed: Callable[[Tx], Awaitable[None]] | None = None,
) -> AsyncGenerator[UploadSession]:
    """Open an upload, to be finished inside the `with`; on any error it is deleted.

    `ensure_allowed` checks the limits of the caller in the transaction that registers the upload.
    Raises TooManyUploads, QuotaExceeded and QuotaOfObjectsExceeded before the body is read.
    """
    session = UploadSession(uploads, owner.id, new)
    await session.begin(ensure_allowed)
    try:
        async with running(session.keep_alive()):
            yield session
        assert session.is_finished, "An upload is finished, or fails."
    except BaseException:
        # Shielded, as the client may have disconnected, which cancels the request.
        await asyncio.shield(session.discard())
        raise


async def delete_contents(tx: Tx, upload_id: UUID) -> None:
    """Delete what was received of a resumable upload; a job deletes the objects."""
    ids = [upload_id, *await resumable.delete_contents(tx, upload_id)]
    await queries.delete_reservations(tx, ids)
    await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in ids]))


async def lock_member(tx: Tx, user_id: UserId) -> None:
    """Lock a member, whose limits are to be checked. Raises Unauthenticated."""
    if not await queries.lock_member(tx, user_id):
        # The token outlived the account, or the member was suspended just now.
        raise Unauthenticated


async def list_quotas(conn: Conn, uploads: Uploads, owner: Member) -> StorageQuotas:
    """Return the quotas of a member, with the usage of each."""
    usage = {each.kind: each for each in await queries.list_usage(conn, owner.id)}
    quotas = [
        rules.show_quota(limit, usage.get(kind, StorageUsage(kind, 0, 0)))
        for kind, limit in uploads.limits.items()
    ]
    return StorageQuotas(quotas, uploads.uploads_at_once)


async def count_left_bytes(
    conn: Conn, uploads: Uploads, owner_id: UserId, kind: StorageKind
) -> int:
    """Return how many bytes of a kind a member may still store, without those of open uploads."""
    usage = await queries.find_current_usage(conn, owner_id, kind, LOWEST_ID)
    return rules.left_bytes(uploads.limits[kind], usage)
