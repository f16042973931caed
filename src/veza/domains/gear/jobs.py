"""Jobs: deletion of documents, and warnings before warranties end."""

from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.gear import queries, rules
from veza.domains.gear.events import WarrantyEnding
from veza.domains.gear.models import DeleteGearDocument, DeleteGearFiles
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Database
from veza.infra.storage.objects import Storage


async def delete_gear_files(storage: Storage, job: DeleteGearFiles) -> None:
    """Delete the files of deleted items. Idempotent."""
    for gear_id in job.gear_ids:
        await storage.delete_folder(rules.folder_of(gear_id))


async def delete_gear_document(storage: Storage, job: DeleteGearDocument) -> None:
    """Delete the file of a deleted document. Idempotent."""
    ref = job.document
    await storage.delete_folder(rules.folder_of(ref.gear_id, ref.document_id))


async def warn_of_warranties(database: Database) -> None:
    """Announce each warranty that ends within thirty days, once, the last day included."""
    today = now().date()
    ending = True
    while ending:
        async with database.transaction() as tx:
            ending = await queries.update_warned(tx, today, today + rules.WARNED_BEFORE)
            for warranty in ending:
                await emit(tx, WarrantyEnding(new_id(), warranty.gear_id, warranty.owner_id))
