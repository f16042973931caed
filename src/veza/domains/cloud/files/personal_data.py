"""Exports files; erasing deletes them, and contents without other references."""

from veza.core.ids import UserId
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.files.queries import file_records
from veza.domains.contributions import PersonalFile
from veza.infra.postgres.database import Conn, Tx

# Tables with a person's id, or with a reference to such a table.
TABLES = ("files", "file_versions", "file_snapshots", "content_owners")


export = file_records.list_own


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the contents of a member's files, with former versions."""
    contents = await file_records.list_own_contents(conn, user_id)
    return [
        PersonalFile(content.name, blobs.object_key(content.blob_id), content.size_bytes)
        for content in contents
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's files and file snapshots; delete contents without other references."""
    await file_records.lock_files_of(tx, user_id)
    contents = await file_records.delete_files_of(tx, user_id)
    await blobs.remove_references(tx, contents, delete_at_once=True)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the files of a page to another profile."""
    await file_records.lock_files_of(tx, user_id)
    await file_records.update_owner(tx, user_id, into_id)
