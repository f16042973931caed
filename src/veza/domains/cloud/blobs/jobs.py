"""Jobs: deletion of objects, and of contents without references."""

from datetime import timedelta

import structlog

from veza.domains.cloud.blobs import queries, rules
from veza.domains.cloud.blobs.models import DeleteBlobs
from veza.domains.cloud.blobs.service import BlobStorage
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database

log = structlog.get_logger()

# Downloads that began before the last reference was removed can finish.
GRACE = timedelta(days=1)


async def delete_blobs(blobs: BlobStorage, job: DeleteBlobs) -> None:
    """Delete objects that no row names, nor ever will. Idempotent."""
    for blob_id in job.blob_ids:
        await blobs.storage.delete_folder(rules.folder_of(blob_id))


async def sweep_blobs(database: Database, grace: timedelta = GRACE) -> None:
    """Delete the contents that have had no references for longer than `grace`."""
    count, is_more = 0, True
    while is_more:
        async with database.transaction() as tx:
            deleted = await queries.delete_orphans(tx, grace)
            if deleted:
                await enqueue(tx, DeleteBlobs(deleted))
        count, is_more = count + len(deleted), bool(deleted)
    if count:
        log.info("blobs_swept", count=count)
