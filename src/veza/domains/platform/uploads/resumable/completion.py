"""Completes resumable uploads: what arrived becomes a file, as if it came in a form.

The request that sends the last bytes does it. If it ends early, because its process is killed or
another system fails, a job does. Both hold the upload while they do, and of two only one succeeds.
"""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

from veza.core.access import Member
from veza.core.errors import TooManyRequests, Unavailable, VezaError, required
from veza.core.ids import new_id
from veza.domains.platform.uploads import rules
from veza.domains.platform.uploads.errors import UploadDamaged, UploadNotFound
from veza.domains.platform.uploads.models import (
    IncomingChunk,
    PreparedForm,
    ResumableState,
    ResumableUpload,
    UploadSource,
)
from veza.domains.platform.uploads.queries import resumable as queries
from veza.domains.platform.uploads.resumable.appending import append
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads, ensure_role
from veza.domains.platform.uploads.resumable.writers import fail, release
from veza.domains.platform.uploads.service import Uploads
from veza.infra.processes.tasks import repeat, running
from veza.infra.storage.errors import ObjectMissing


async def receive(
    resumable: ResumableUploads, owner: Member, upload_id: UUID, chunk: IncomingChunk
) -> ResumableUpload:
    """Append what arrives to an upload, and complete it with the last bytes; return it.

    Raises what `append` raises, and what the purpose refuses.
    """
    writer_id = await append(resumable, owner, upload_id, chunk)
    if writer_id is None:
        await complete_received(resumable, owner, upload_id)
    async with resumable.uploads.database.read() as conn:
        found = await queries.find_resumable(conn, upload_id, owner.id)
    upload = required(found, UploadNotFound)
    if writer_id is None:
        return upload
    if upload.state is not ResumableState.RECEIVED or upload.is_partial:
        await release(resumable.uploads, upload_id, writer_id)
        return upload
    return await _complete(resumable, owner, upload, writer_id)


async def complete_received(
    resumable: ResumableUploads, owner: Member, upload_id: UUID
) -> ResumableUpload | None:
    """Complete an upload whose bytes are all there; None if another writer has it, or it ended.

    Raises what the purpose refuses.
    """
    writer_id = new_id()
    async with resumable.uploads.database.transaction(recorded=False) as tx:
        upload = await queries.update_free_writer(tx, upload_id, writer_id)
    if upload is None:
        return None
    return await _complete(resumable, owner, upload, writer_id)


async def find_owner(uploads: Uploads, upload_id: UUID) -> Member | None:
    """Return the owner of an upload with their present role; None without one."""
    async with uploads.database.read() as conn:
        return await queries.find_owner(conn, upload_id)


async def _complete(
    resumable: ResumableUploads, owner: Member, upload: ResumableUpload, writer_id: UUID
) -> ResumableUpload:
    uploads = resumable.uploads
    purpose = resumable.purposes[upload.purpose]
    async with uploads.database.read() as conn:
        parts = await queries.list_part_ids(conn, upload.id)
    source = UploadSource(upload.id, writer_id, [upload.id, *parts])
    try:
        ensure_role(purpose, owner)
        async with running(_keep(uploads, source)):
            await _create(resumable, owner, upload, source)
    except (Unavailable, TooManyRequests):
        pause_s = rules.RETRY_COMPLETION_S
        await asyncio.shield(release(uploads, upload.id, writer_id, pause_s=pause_s))
        raise
    except VezaError as error:
        await asyncio.shield(fail(uploads, upload.id, writer_id, error))
        raise
    async with uploads.database.read() as conn:
        return required(await queries.find_resumable(conn, upload.id, owner.id), UploadNotFound)


async def _create(
    resumable: ResumableUploads, owner: Member, upload: ResumableUpload, source: UploadSource
) -> None:
    form = _make_form(resumable, upload, source)
    try:
        await resumable.purposes[upload.purpose].complete(owner, form)
    except ObjectMissing as error:
        raise UploadDamaged from error


def _make_form(
    resumable: ResumableUploads, upload: ResumableUpload, source: UploadSource
) -> PreparedForm[object]:
    fields = rules.read_metadata(upload.metadata)
    return PreparedForm(
        fields=resumable.purposes[upload.purpose].read_fields(fields),
        filename=rules.filename_of(fields),
        chunks=_read(resumable.uploads, upload),
        body_bytes=upload.length_bytes,
        file_bytes=upload.length_bytes,
        source=source,
    )


async def _read(uploads: Uploads, upload: ResumableUpload) -> AsyncIterator[bytes]:
    async with uploads.database.snapshot() as conn:
        segments = await queries.list_segments(conn, upload.id)
    assert sum(segment.size_bytes for segment in segments) == upload.length_bytes
    for segment in segments:
        async for chunk in uploads.storage.read(rules.key_of(segment.upload_id, segment.id)):
            yield chunk


async def _keep(uploads: Uploads, source: UploadSource) -> None:
    """Renew the time of the writer periodically, until cancelled."""

    async def renew() -> None:
        async with uploads.database.transaction(recorded=False) as tx:
            await queries.update_lease(tx, source.id, source.writer_id)

    await asyncio.sleep(rules.RENEW_LEASE_S)
    await repeat(renew, each_s=rules.RENEW_LEASE_S)
