"""Remembers the pictures of what staff takes down by law."""

from veza.domains.images.service import images
from veza.domains.images.service.images import ImageProcessing
from veza.domains.moderation.pictures import queries
from veza.domains.moderation.pictures.models import RememberPicture
from veza.domains.moderation.reports.events import ModerationActionTaken
from veza.domains.moderation.reports.models import ModerationActionType
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_remembering(tx: Tx, event: ModerationActionTaken) -> None:
    """Enqueue the reading of the pictures that were taken down."""
    if event.action is ModerationActionType.TAKE_DOWN:
        for job in await queries.list_pictures(tx, event.action_id):
            await enqueue(tx, job)


async def remember_picture(
    database: Database, processing: ImageProcessing, job: RememberPicture
) -> None:
    """Store the hash of a picture; nothing if it is gone, or shows too little to recognize.

    Idempotent: the same hash is stored once.
    """
    picture_hash = await images.find_hash(processing, job.image_id)
    if picture_hash is not None:
        async with database.transaction(recorded=False) as tx:
            await queries.insert_picture(tx, job.takedown_id, picture_hash)
