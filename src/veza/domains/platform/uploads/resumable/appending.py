"""Appends bytes to resumable uploads.

Bytes become durable in segments: objects that never change, each registered in a transaction. A
request that is interrupted keeps what arrived; a process that is killed loses the segment that it
was storing. There is one writer at a time: the latest. A client that lost its connection needn't
wait until the server notices.
"""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.chunks import peek
from veza.core.errors import VezaError, required
from veza.core.ids import new_id
from veza.domains.platform.uploads import rules
from veza.domains.platform.uploads.errors import (
    TooManyBytes,
    TooManyUploads,
    UploadNotFound,
    UploadTakenOver,
    WrongChecksum,
)
from veza.domains.platform.uploads.models import (
    Checksum,
    IncomingChunk,
    NewSegment,
    ResumableState,
    ResumableUpload,
)
from veza.domains.platform.uploads.queries import resumable as queries
from veza.domains.platform.uploads.queries import sessions
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads, ensure_role
from veza.domains.platform.uploads.resumable.writers import fail, release
from veza.domains.platform.uploads.service import Uploads, lock_member
from veza.infra.media.sniff_audio import HEAD_BYTES
from veza.infra.postgres.database import Tx


async def append(
    resumable: ResumableUploads, owner: Member, upload_id: UUID, chunk: IncomingChunk
) -> UUID | None:
    """Append what arrives to an upload; return the writer that holds it then.

    Return None if all has arrived before. Raises UploadNotFound, UploadEnded, what `ensure_length`
    raises, WrongOffset, TooManyBytes, ChunksTooSmall, TooManyUploads, WrongChecksum and
    UploadTakenOver; what the purpose refuses by the beginning of the file; and, after keeping what
    arrived, what the source raised.
    """
    writer_id = new_id()
    upload = await _begin(resumable, owner, upload_id, chunk=chunk, writer_id=writer_id)
    if upload.state is ResumableState.RECEIVED:
        return None
    try:
        chunk = await _check_head(resumable, upload, chunk, writer_id)
        body = _Body(chunk, upload.length_bytes - upload.offset_bytes)
        at = upload.offset_bytes
        while await body.has_more():
            at += await _store_segment(resumable.uploads, body, (upload_id, writer_id), at)
        body.ensure_whole()
    except BaseException:
        await asyncio.shield(release(resumable.uploads, upload_id, writer_id))
        raise
    return writer_id


async def _begin(
    resumable: ResumableUploads,
    owner: Member,
    upload_id: UUID,
    *,
    chunk: IncomingChunk,
    writer_id: UUID,
) -> ResumableUpload:
    uploads = resumable.uploads
    async with uploads.database.transaction(recorded=False) as tx:
        await lock_member(tx, owner.id)
        found = await queries.lock_resumable(tx, upload_id, owner.id)
        upload = required(found, UploadNotFound)
        purpose = resumable.purposes[upload.purpose]
        ensure_role(purpose, owner)
        if chunk.length_bytes is not None:
            upload = await _set_length(tx, upload, chunk.length_bytes, purpose.max_bytes)
        rules.ensure_may_append(upload, chunk)
        if upload.state is ResumableState.RECEIVED:
            return upload
        if await queries.count_writers(tx, owner.id, upload_id) >= uploads.uploads_at_once:
            raise TooManyUploads(retry_after=rules.RETRY_AFTER_S)
        await queries.update_writer(tx, upload_id, writer_id)
    return upload


async def _set_length(
    tx: Tx, upload: ResumableUpload, length_bytes: int, most: int
) -> ResumableUpload:
    """Note the length of an upload that had none, and reserve no more than that."""
    if not rules.ensure_length(upload, length_bytes, most):
        return upload
    await sessions.update_reservation(tx, upload.id, length_bytes)
    return await queries.update_length(tx, upload.id, length_bytes)


async def _check_head(
    resumable: ResumableUploads, upload: ResumableUpload, chunk: IncomingChunk, writer_id: UUID
) -> IncomingChunk:
    """End an upload that begins like no file for its purpose. Raises what the purpose refuses."""
    ensure_head = resumable.purposes[upload.purpose].ensure_head
    if ensure_head is None or upload.offset_bytes or upload.is_partial:
        return chunk
    head, whole = await peek(chunk.chunks, HEAD_BYTES)
    if len(head) >= HEAD_BYTES:
        try:
            ensure_head(head)
        except VezaError as error:
            await asyncio.shield(fail(resumable.uploads, upload.id, writer_id, error))
            raise
    return structs.replace(chunk, chunks=whole)


async def _store_segment(
    uploads: Uploads, body: "_Body", held: tuple[UUID, UUID], first_byte: int
) -> int:
    """Store the next bytes of a body, and register them; return how many they are."""
    segment_id = new_id()
    (upload_id, writer_id) = held
    key = rules.key_of(upload_id, segment_id)
    stored = await uploads.storage.put_stream(key, body.read_segment())
    try:
        body.ensure_intact()
        new = NewSegment(segment_id, upload_id, writer_id, first_byte, stored.size)
        async with uploads.database.transaction(recorded=False) as tx:
            await _register(tx, new)
    except (UploadTakenOver, WrongChecksum):
        # After any other error the segment may be registered. If it isn't, its folder is deleted
        # when the upload ends.
        await asyncio.shield(uploads.storage.delete_keys([key]))
        raise
    return stored.size


async def _register(tx: Tx, new: NewSegment) -> None:
    if not await queries.insert_segment(tx, new):
        raise UploadTakenOver


class _Body:
    """The bytes that arrive in a request, cut into segments.

    With a checksum there is one segment, which is kept only if all of it arrives.
    """

    def __init__(self, chunk: IncomingChunk, left_bytes: int) -> None:
        self._chunks = chunk.chunks
        self._left_bytes = left_bytes
        self._next = b""
        self._checksum: Checksum | None = chunk.checksum
        self._digest = hashlib.new(chunk.checksum.algorithm) if chunk.checksum else None
        self._error: VezaError | None = None

    async def has_more(self) -> bool:
        """Wait for bytes; return False at the end, or if the source is interrupted."""
        while not self._next and self._error is None:
            try:
                self._next = await anext(self._chunks)
            except StopAsyncIteration:
                return False
            except VezaError as error:
                if self._checksum is not None:
                    raise
                self._error = error
        return self._error is None

    async def read_segment(self) -> AsyncIterator[bytes]:
        """Iterate over the bytes of a segment. Raises TooManyBytes, which discards it."""
        size = 0
        started = time.monotonic()
        while await self.has_more():
            piece = self._next
            self._next = b""
            self._left_bytes -= len(piece)
            if self._left_bytes < 0:
                raise TooManyBytes
            if self._digest is not None:
                self._digest.update(piece)
            size += len(piece)
            yield piece
            is_over = size >= rules.SEGMENT_BYTES or time.monotonic() - started > rules.SEGMENT_S
            if is_over and self._digest is None:
                return

    def ensure_whole(self) -> None:
        """Raise what interrupted the source, if anything did."""
        if self._error is not None:
            raise self._error

    def ensure_intact(self) -> None:
        """Raise WrongChecksum if what arrived doesn't have the checksum that the client sent."""
        if self._digest is None or self._checksum is None:
            return
        if self._digest.digest() != self._checksum.digest:
            raise WrongChecksum
