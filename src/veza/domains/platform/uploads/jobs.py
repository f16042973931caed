"""Deletes uploads that never ended, and completes those that have been received."""

from datetime import timedelta

import structlog

from veza.core.errors import TooManyRequests, Unavailable, VezaError
from veza.domains.platform.uploads import rules
from veza.domains.platform.uploads.models import CompleteUpload
from veza.domains.platform.uploads.queries import resumable as resumable_queries
from veza.domains.platform.uploads.queries import sessions as queries
from veza.domains.platform.uploads.resumable.completion import complete_received, find_owner
from veza.domains.platform.uploads.resumable.purposes import ResumableUploads
from veza.domains.platform.uploads.service import Uploads
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx
from veza.infra.storage.deletion import DeleteFolders

log = structlog.get_logger()

_MAX_AGE = timedelta(days=1)


async def sweep_uploads(uploads: Uploads) -> None:
    """Delete the objects and rows of uploads that began a day ago, or failed, and never ended."""
    count = 0
    while True:
        async with uploads.database.transaction(recorded=False) as tx:
            abandoned = await queries.update_old_abandoned(tx, _MAX_AGE)
        if not abandoned:
            break
        for upload in abandoned:
            await uploads.storage.delete_folder(upload.folder)
            async with uploads.database.transaction(recorded=False) as tx:
                await queries.delete_upload(tx, upload.id)
        count += len(abandoned)
    count += await run_in_batches(uploads.database, _delete_expired)
    if count:
        log.info("uploads_swept", count=count)


async def complete_uploads(database: Database) -> None:
    """Enqueue the completion of uploads whose bytes are all there, but whose request ended."""
    async with database.transaction(recorded=False) as tx:
        for upload_id in await resumable_queries.list_unfinished(tx):
            await enqueue(tx, CompleteUpload(upload_id), key=f"complete_upload:{upload_id}")


async def complete_upload(resumable: ResumableUploads, job: CompleteUpload) -> None:
    """Complete an upload, unless a request does. Idempotent: only one writer holds an upload.

    A refusal is noted in the upload. If another system fails, a later job tries again.
    """
    owner = await find_owner(resumable.uploads, job.upload_id)
    if owner is None:
        return
    try:
        await complete_received(resumable, owner, job.upload_id)
    except (Unavailable, TooManyRequests) as error:
        log.warning("upload_waits", upload_id=str(job.upload_id), error=repr(error))
    except VezaError as error:
        log.info("upload_refused_later", upload_id=str(job.upload_id), code=error.code)


async def _delete_expired(tx: Tx) -> int:
    """Delete resumable uploads that have expired; a job deletes what arrived."""
    expired = await resumable_queries.delete_expired(tx)
    if expired:
        await queries.delete_reservations(tx, expired)
        await enqueue(tx, DeleteFolders([rules.folder_of(each) for each in expired]))
    return len(expired)
