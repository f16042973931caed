"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.blobs import service as blobs
from veza.domains.files import queries
from veza.domains.files.models import OwnFile
from veza.infra.db import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("files", "file_versions")


async def export(conn: Conn, user_id: UserId) -> list[OwnFile]:
    """Hand out what is known of a member's files, those in the trash too."""
    files: list[OwnFile] = []
    while page := await queries.list_own(conn, user_id, files[-1].id if files else None):
        files += page
    return files


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase a member's files; contents that nobody else has follow a day later."""
    await queries.lock_files_of(tx, user_id)
    await blobs.release(tx, await queries.delete_files_of(tx, user_id))
