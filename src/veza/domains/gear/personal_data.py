"""Exports a member's items, repairs and documents; erasing leaves files to a job."""

from veza.core.ids import UserId
from veza.domains.contributions import PersonalFile
from veza.domains.gear import queries, rules
from veza.domains.gear.models import DocumentRef, ExportedGear
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.storage.deletion import DeleteFolders

# Tables with a person's id, or with a reference to such a table.
TABLES = ("gear", "gear_repairs", "gear_documents")


async def export(conn: Conn, user_id: UserId) -> list[ExportedGear]:
    """Return a member's items with their repairs and documents."""
    exported = {
        item.id: ExportedGear(item, [], []) for item in await queries.list_all_gear(conn, user_id)
    }
    for repair in await queries.list_all_repairs(conn, user_id):
        exported[repair.gear_id].repairs.append(repair)
    for document in await queries.list_all_documents(conn, user_id):
        exported[document.gear_id].documents.append(document)
    return list(exported.values())


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the files of a member's documents."""
    return [
        PersonalFile(
            f"{document.id}-{document.name}",
            rules.key_of(DocumentRef(document.gear_id, document.id)),
            document.size_bytes,
        )
        for document in await queries.list_all_documents(conn, user_id)
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's items; a job deletes the files."""
    deleted = await queries.delete_all_of(tx, user_id)
    if deleted:
        await enqueue(tx, DeleteFolders([rules.folder_of(gear_id) for gear_id in deleted]))


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the items of a page to another profile."""
    await queries.update_owner(tx, user_id, into_id)
