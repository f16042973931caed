"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.belongings import OwnFile
from veza.core.ids import UserId
from veza.domains.blobs import service as blobs
from veza.domains.files import queries
from veza.domains.files.models import HandedOutFile, HandedOutVersion
from veza.infra.db import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("files", "file_versions")


async def export(conn: Conn, user_id: UserId) -> list[HandedOutFile]:
    """Hand out what is known of a member's files, those in the trash too."""
    files: list[HandedOutFile] = []
    while page := await queries.list_own(conn, user_id, files[-1].id if files else None):
        files += page
    return files


async def list_files(conn: Conn, user_id: UserId) -> list[OwnFile]:
    """List all that a member keeps, with former versions."""
    versions: list[HandedOutVersion] = []
    while page := await queries.list_own_versions(
        conn, user_id, versions[-1].id if versions else None
    ):
        versions += page
    return [
        OwnFile(
            f"{version.file_id}-{version.version}-{version.name}",
            blobs.object_key(version.blob_id),
            version.size_bytes,
        )
        for version in versions
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase a member's files; contents that nobody else has follow a day later."""
    await queries.lock_files_of(tx, user_id)
    await blobs.release(tx, await queries.delete_files_of(tx, user_id))
