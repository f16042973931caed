"""Personal data of this domain: its export and its erasure."""

from veza.core.ids import LOWEST_ID, UserId
from veza.core.personal_files import PersonalFile
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.files import queries
from veza.domains.cloud.files.models import CloudFile, ExportedContent
from veza.infra.postgres.database import Conn, Tx

# Tables with a person's id, or with a reference to such a table.
TABLES = ("files", "file_versions", "file_snapshots", "content_owners")


async def export(conn: Conn, user_id: UserId) -> list[CloudFile]:
    """Return a member's files, including those in the trash."""
    files: list[CloudFile] = []
    while page := await queries.list_own(conn, user_id, files[-1].id if files else LOWEST_ID):
        files += page
    return files


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the contents of a member's files, with former versions."""
    own: list[ExportedContent] = []
    while page := await queries.list_own_contents(conn, user_id, own[-1].id if own else LOWEST_ID):
        own += page
    return [
        PersonalFile(content.name, blobs.object_key(content.blob_id), content.size_bytes)
        for content in own
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's files and file snapshots; delete contents without other references."""
    await queries.lock_files_of(tx, user_id)
    contents = await queries.delete_files_of(tx, user_id)
    await blobs.remove_references(tx, contents, delete_at_once=True)
