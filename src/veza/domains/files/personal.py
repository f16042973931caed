"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.blobs import service as blobs
from veza.domains.files import queries
from veza.domains.files.models import OwnFile, OwnParcel, PersonalFiles
from veza.infra.db import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("files", "file_versions", "parcels")


async def export(conn: Conn, user_id: UserId) -> PersonalFiles:
    """Hand out what is known of a member's files, those in the trash too, and of what they sent."""
    files: list[OwnFile] = []
    while page := await queries.list_own(conn, user_id, files[-1].id if files else None):
        files += page
    sent: list[OwnParcel] = []
    while parcels := await queries.list_own_parcels(conn, user_id, sent[-1].id if sent else None):
        sent += parcels
    return PersonalFiles(files, sent)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase a member's files, and what they sent; what nobody else has follows a day later."""
    await queries.lock_files_of(tx, user_id)
    await blobs.release(tx, await queries.delete_files_of(tx, user_id))
