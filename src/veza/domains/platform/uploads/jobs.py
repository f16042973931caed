"""The scheduled deletion of uploads that never ended."""

from datetime import timedelta

import structlog

from veza.domains.platform.uploads import queries
from veza.domains.platform.uploads.service import Uploads

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
    if count:
        log.info("uploads_swept", count=count)
