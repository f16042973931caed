"""Deletes contents that have had no references for some time."""

from datetime import timedelta

import structlog

from veza.domains.cloud.blobs import queries
from veza.domains.cloud.blobs.service import folder_of
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx
from veza.infra.storage.deletion import DeleteFolders

log = structlog.get_logger()

# Downloads that began before the last reference was removed can finish.
GRACE = timedelta(days=1)


async def sweep_blobs(database: Database, grace: timedelta = GRACE) -> None:
    """Delete the contents that have had no references for longer than `grace`."""

    async def sweep(tx: Tx) -> int:
        deleted = await queries.delete_orphans(tx, grace)
        if deleted:
            await enqueue(tx, DeleteFolders([folder_of(blob_id) for blob_id in deleted]))
        return len(deleted)

    count = await run_in_batches(database, sweep)
    if count:
        log.info("blobs_swept", count=count)
