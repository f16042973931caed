"""Personal data of this domain: its export and its erasure."""

from collections.abc import Sequence

from veza.core.ids import UserId
from veza.core.pages import Cursor
from veza.core.personal_files import PersonalFile
from veza.domains.gear import queries, rules
from veza.domains.gear.models import DocumentRef, ExportedGear, Gear, GearQuery
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders

# Tables with a person's id, or with a reference to such a table.
TABLES = ("gear", "gear_repairs", "gear_documents")

_PAGE = 100


async def export(conn: Conn, user_id: UserId) -> list[ExportedGear]:
    """Return a member's items with their repairs and documents."""
    exported: list[ExportedGear] = []
    cursor = None
    while gear := await queries.list_gear(conn, user_id, GearQuery(_PAGE - 1, cursor)):
        exported += await _export_page(conn, gear)
        cursor = Cursor(gear[-1].created_at, gear[-1].id)
    return exported


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the files of a member's documents."""
    files: list[PersonalFile] = []
    for own in await export(conn, user_id):
        for document in own.documents:
            key = rules.key_of(DocumentRef(document.gear_id, document.id))
            files.append(PersonalFile(f"{document.id}-{document.name}", key, document.size_bytes))
    return files


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's items; a job deletes the files."""
    deleted = await queries.delete_all_of(tx, user_id)
    if deleted:
        await enqueue(tx, DeleteFolders([rules.folder_of(gear_id) for gear_id in deleted]))


async def _export_page(conn: Conn, gear: Sequence[Gear]) -> list[ExportedGear]:
    ids = [item.id for item in gear]
    repairs = await queries.list_all_repairs(conn, ids)
    documents = await queries.list_all_documents(conn, ids)
    return [
        ExportedGear(
            item,
            [repair for repair in repairs if repair.gear_id == item.id],
            [document for document in documents if document.gear_id == item.id],
        )
        for item in gear
    ]
