"""Deletes images that were not shown within a day."""

from datetime import timedelta

import structlog

from veza.domains.images import queries, rules
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx
from veza.infra.storage.deletion import DeleteFolders

log = structlog.get_logger()

_UNUSED_KEPT = timedelta(days=1)


async def sweep_images(database: Database) -> None:
    """Delete the images that were not shown within a day."""

    async def sweep(tx: Tx) -> int:
        deleted = await queries.delete_unused(tx, _UNUSED_KEPT)
        if deleted:
            await enqueue(tx, DeleteFolders([rules.folder_of(image_id) for image_id in deleted]))
        return len(deleted)

    count = await run_in_batches(database, sweep)
    if count:
        log.info("images_swept", count=count)
