"""Deletion of the files of deleted images, and of images that are never shown."""

from datetime import timedelta

import structlog

from veza.domains.images import queries, rules
from veza.domains.images.models import DeleteImageFiles
from veza.domains.images.service import ImageProcessing
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database

log = structlog.get_logger()

_UNUSED_KEPT = timedelta(days=1)


async def delete_image_files(processing: ImageProcessing, job: DeleteImageFiles) -> None:
    """Delete the files of deleted images. Idempotent."""
    for image_id in job.image_ids:
        await processing.storage.delete_folder(rules.folder_of(image_id))


async def sweep_images(database: Database) -> None:
    """Delete the images that were not shown within a day."""
    count, is_more = 0, True
    while is_more:
        async with database.transaction() as tx:
            deleted = await queries.delete_unused(tx, _UNUSED_KEPT)
            if deleted:
                await enqueue(tx, DeleteImageFiles(deleted))
        count, is_more = count + len(deleted), bool(deleted)
    if count:
        log.info("images_swept", count=count)
