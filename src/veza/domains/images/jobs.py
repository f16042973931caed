"""Makes the sizes and placeholders of pictures; deletes those that nobody shows for a day."""

from contextlib import suppress
from datetime import timedelta

import structlog

from veza.core.ids import ImageId
from veza.domains.images import queries, rules
from veza.domains.images.models import PreparePicture
from veza.domains.images.service import images
from veza.domains.images.service.images import ImageProcessing
from veza.infra.jobs.queue import enqueue
from veza.infra.media.picture_sizes import PictureSizes
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database, Tx
from veza.infra.storage.deletion import DeleteFolders
from veza.infra.storage.errors import ObjectMissing

log = structlog.get_logger()

_UNUSED_KEPT = timedelta(days=1)


async def prepare_picture(sizes: PictureSizes, job: PreparePicture) -> None:
    """Make the sizes of a picture that are not there; nothing if it was deleted meanwhile.

    Idempotent: the same sizes are made.
    """
    with suppress(ObjectMissing):
        await sizes.prepare(job.key, job.etag)


async def fill_placeholders(database: Database, processing: ImageProcessing) -> None:
    """Make the placeholders of images that were stored without one.

    Idempotent. What can't be read is left as it is, and tried again by the next run.
    """
    last: ImageId | None = None
    while True:
        async with database.read() as conn:
            found = await queries.list_without_placeholder(conn, last)
        if not found:
            return
        for image_id in found:
            placeholder = await images.find_placeholder(processing, rules.key_of(image_id))
            if placeholder is not None:
                async with database.transaction(recorded=False) as tx:
                    await queries.update_placeholder(tx, image_id, placeholder)
        last = found[-1]


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
