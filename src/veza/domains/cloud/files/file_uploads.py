"""Receiving the contents of cloud files."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

from veza.core.access import Member
from veza.core.chunks import bounded
from veza.core.ids import BlobId, FileId, new_id
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.blobs.models import Content
from veza.domains.cloud.files import rules, service
from veza.domains.cloud.files.errors import CloudFileTooLarge
from veza.domains.cloud.files.models import CloudFile, CloudFileForm, CloudFilePath, RawBody
from veza.domains.cloud.files.queries import file_records, usage_sums
from veza.domains.cloud.files.service import CloudStorage
from veza.domains.platform.uploads import service as uploads_service
from veza.domains.platform.uploads.errors import QuotaExceeded
from veza.domains.platform.uploads.models import (
    IncomingForm,
    NewUpload,
    QuotaOverride,
    StorageKind,
    UploadSource,
)
from veza.domains.platform.uploads.service import Uploads, UploadSession, open_session
from veza.infra.postgres.database import Conn, Database


async def upload_file(
    uploads: Uploads, cloud: CloudStorage, owner: Member, form: IncomingForm[CloudFileForm]
) -> CloudFile:
    """Receive a file of the caller. Names needn't be unique.

    If space is needed, the oldest files in the trash are deleted. Raises CloudFileTooLarge,
    QuotaExceeded and TooManyFiles.
    """
    body = (form.body_bytes, form.file_bytes)
    source = form.source
    async with open_upload(uploads, cloud, owner, body=body, source=source) as (session, blob_id):

        async def store(filename: str, chunks: AsyncIterator[bytes]) -> tuple[str, Content]:
            content = await store_content(cloud, blob_id, session.receive(chunks))
            return rules.name_of_upload(filename), content

        (name, content), fields = await form.receive(store)
        await free_space(uploads.database, cloud, owner, content)
        path = CloudFilePath(fields.folder, name)
        async with uploads.database.transaction() as tx:
            file = await service.add_file(tx, cloud, owner, content=content, path=path)
            await session.finish(tx, content.size_bytes, file.id)
            return file


async def replace_content(
    uploads: Uploads,
    cloud: CloudStorage,
    owner: Member,
    file_id: FileId,
    *,
    body: RawBody,
) -> CloudFile:
    """Receive new content for a file of the caller, as its next version.

    Raises FileNotFound, TooManyVersions, and the errors of `upload_file`.
    """
    async with uploads.database.read() as conn:
        await service.get_file(conn, file_id, owner)
    lengths = (body.body_bytes, body.body_bytes)
    opened = open_upload(uploads, cloud, owner, body=lengths, source=body.source)
    async with opened as (session, blob_id):
        content = await store_content(cloud, blob_id, session.receive(body.chunks))
        await free_space(uploads.database, cloud, owner, content)
        async with uploads.database.transaction() as tx:
            await session.finish(tx, content.size_bytes, file_id)
            return await service.add_version(tx, cloud, owner, file_id=file_id, content=content)


@asynccontextmanager
async def open_upload(
    uploads: Uploads,
    cloud: CloudStorage,
    owner: Member,
    *,
    body: tuple[int, int] = (0, 1),
    source: UploadSource | None = None,
) -> AsyncGenerator[tuple[UploadSession, BlobId]]:
    """Open an upload session for a content.

    `body` has the announced length of the body, 0 if unknown, and the minimum length of the file;
    `source` is the resumable upload that it is from. Raises CloudFileTooLarge, and the errors of
    `open_session`.
    """
    body_bytes, file_bytes = body
    if file_bytes > cloud.blobs.max_bytes:
        raise CloudFileTooLarge
    async with uploads.database.read() as conn:
        quota = await find_quota(conn, cloud, owner, body_bytes)
    blob_id = BlobId(new_id())
    new = NewUpload(
        blob_id,
        StorageKind.FILES,
        blobs.folder_of(blob_id),
        body_bytes=body_bytes,
        file_bytes=file_bytes,
        quota=quota,
        source=source,
    )
    async with open_session(uploads, owner, new) as session:
        yield session, blob_id


async def store_content(
    cloud: CloudStorage, blob_id: BlobId, chunks: AsyncIterator[bytes]
) -> Content:
    """Store a content as it arrives. Raises CloudFileTooLarge as soon as it is."""
    limited = bounded(chunks, cloud.blobs.max_bytes, CloudFileTooLarge)
    return await blobs.store(cloud.blobs, blob_id, limited)


async def free_space(
    database: Database, cloud: CloudStorage, owner: Member, content: Content
) -> None:
    """Delete files in the trash, oldest first, until a content fits.

    Raises QuotaExceeded, and deletes nothing, if emptying the trash wouldn't suffice.
    """
    while True:
        async with database.transaction(recorded=False) as tx:
            await uploads_service.lock_member(tx, owner.id)
            usage = await usage_sums.find_content_usage(tx, owner.id, content.sha256)
            if rules.fits(usage, content.size_bytes, cloud.quota_bytes):
                return
            total = await usage_sums.sum_usage(tx, owner.id)
            if not rules.fits_without_trash(total, content.size_bytes, cloud.quota_bytes):
                raise QuotaExceeded(rules.left_bytes(total, cloud.quota_bytes))
            oldest = await file_records.lock_oldest_trashed(tx, owner.id)
            # None if it was restored or deleted meanwhile: then everything is checked again.
            if oldest is not None:
                await service.delete_permanently(tx, oldest)


async def find_quota(
    conn: Conn, cloud: CloudStorage, owner: Member, body_bytes: int
) -> QuotaOverride:
    """Return the quota of a member's contents, and how much of it a new one finds used."""
    usage = await usage_sums.find_content_usage(conn, owner.id, "")
    used_bytes = usage.used_bytes
    # The trash doesn't count; the expensive sum without it is needed only if space is short.
    if not rules.fits_certainly(usage, body_bytes, cloud.quota_bytes):
        used_bytes = (await usage_sums.sum_usage(conn, owner.id)).kept_bytes
    return QuotaOverride(used_bytes, cloud.quota_bytes, usage.largest_bytes)
