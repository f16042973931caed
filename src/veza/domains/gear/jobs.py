"""Work done after the fact: files of what is gone, and warranties that are about to end."""

from datetime import timedelta

import structlog

from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.gear import queries, rules
from veza.domains.gear.events import WarrantyEnding
from veza.domains.gear.models import DeleteGearDocument, DeleteGearFiles
from veza.domains.gear.service import Binder, abandon_upload
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Database

log = structlog.get_logger()

_UPLOADS_LAST = timedelta(days=1)


async def delete_gear_files(binder: Binder, job: DeleteGearFiles) -> None:
    """Delete the documents of items that are gone. Doing it twice is the same as once."""
    for gear_id in job.gear_ids:
        await binder.storage.delete_folder(rules.folder_of(gear_id))


async def delete_gear_document(binder: Binder, job: DeleteGearDocument) -> None:
    """Delete the file of a document that is gone. Doing it twice is the same as once."""
    place = job.place
    await binder.storage.delete_folder(rules.folder_of(place.gear_id, place.document_id))


async def warn_of_warranties(database: Database) -> None:
    """Announce which warranties end within thirty days: each end once, the last day included."""
    today = now().date()
    ending = True
    while ending:
        async with database.transaction() as tx:
            ending = await queries.update_warned(tx, today, today + rules.WARNED_BEFORE)
            for one in ending:
                await emit(tx, WarrantyEnding(new_id(), one.gear_id, one.owner_id))


async def sweep_gear_uploads(database: Database, binder: Binder) -> None:
    """Delete what uploads left that began a day ago and never ended."""
    async with database.read() as conn:
        abandoned = await queries.list_old_uploads(conn, _UPLOADS_LAST)
    for place in abandoned:
        await abandon_upload(database, binder, place)
    if abandoned:
        log.info("gear_uploads_swept", count=len(abandoned))
