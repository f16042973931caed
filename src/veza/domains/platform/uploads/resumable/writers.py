"""The writers of uploads: the request, or the job, that may change one at a time."""

from contextlib import suppress
from uuid import UUID

import structlog

from veza.core.errors import Unavailable, VezaError
from veza.domains.platform.uploads.models import UploadFailure
from veza.domains.platform.uploads.queries import resumable as queries
from veza.domains.platform.uploads.service import Uploads, delete_contents

log = structlog.get_logger()


async def release(
    uploads: Uploads, upload_id: UUID, writer_id: UUID, *, pause_s: float = 0
) -> None:
    """Release an upload, unless another writer has it. Without a database, its time runs out.

    A job completes an upload that is received after the pause; a request may do so before.
    """
    with suppress(Unavailable):
        async with uploads.database.transaction(recorded=False) as tx:
            await queries.update_released(tx, upload_id, writer_id, pause_s)


async def fail(uploads: Uploads, upload_id: UUID, writer_id: UUID, error: VezaError) -> None:
    """Note why an upload was refused, and delete what arrived, unless another writer has it."""
    failure = UploadFailure(error.code, str(error))
    async with uploads.database.transaction(recorded=False) as tx:
        if await queries.update_failed(tx, upload_id, writer_id, failure):
            await delete_contents(tx, upload_id)
    log.info("upload_refused", upload_id=str(upload_id), code=error.code)
