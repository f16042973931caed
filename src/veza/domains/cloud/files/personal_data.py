"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import LOWEST_ID, UserId
from veza.core.personal_files import PersonalFile
from veza.domains.cloud.blobs import service as blobs
from veza.domains.cloud.files import queries
from veza.domains.cloud.files.models import OwnContent, StoredFile
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("files", "file_versions", "parcels", "held_contents")


async def export(conn: Conn, user_id: UserId) -> list[StoredFile]:
    """Hand out what is known of a member's files, those in the trash too."""
    files: list[StoredFile] = []
    while page := await queries.list_own(conn, user_id, files[-1].id if files else LOWEST_ID):
        files += page
    return files


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """List all that a member keeps, with former versions."""
    own: list[OwnContent] = []
    while page := await queries.list_own_contents(conn, user_id, own[-1].id if own else LOWEST_ID):
        own += page
    return [PersonalFile(one.name, blobs.object_key(one.blob_id), one.size_bytes) for one in own]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase a member's files, and what they sent; what nobody else has goes soon after."""
    await queries.lock_files_of(tx, user_id)
    await blobs.discard(tx, await queries.delete_files_of(tx, user_id))
