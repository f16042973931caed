"""Work done after the fact: objects that hold nothing any more, and contents that nobody has."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from veza.core.ids import BlobId
from veza.domains.cloud.blobs import queries, rules
from veza.domains.cloud.blobs.models import DeleteBlobs
from veza.domains.cloud.blobs.service import Vault
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()

# Whoever reads an object when its content is let go of reads on.
GRACE = timedelta(days=1)
_UPLOADS_LAST = timedelta(days=1)


async def delete_blobs(vault: Vault, job: DeleteBlobs) -> None:
    """Delete objects that no row names. No row ever will again: doing it twice is once."""
    for blob_id in job.blob_ids:
        await vault.storage.delete_folder(rules.folder_of(blob_id))


async def sweep_blobs(database: Database, grace: timedelta = GRACE) -> None:
    """Delete the contents that nobody had for a day, and what uploads left that never ended."""
    orphans = await _delete_all(database, queries.delete_orphans, grace)
    uploads = await _delete_all(database, queries.delete_old_uploads, _UPLOADS_LAST)
    if orphans or uploads:
        log.info("blobs_swept", orphans=orphans, uploads=uploads)


async def _delete_all(
    database: Database, delete: Callable[[Tx, timedelta], Awaitable[list[BlobId]]], age: timedelta
) -> int:
    """Delete rows, some hundreds at a time, and have their objects follow; tell how many."""
    count, is_more = 0, True
    while is_more:
        async with database.transaction() as tx:
            deleted = await delete(tx, age)
            if deleted:
                await enqueue(tx, DeleteBlobs(deleted))
        count, is_more = count + len(deleted), bool(deleted)
    return count
