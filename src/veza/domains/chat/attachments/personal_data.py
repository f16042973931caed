"""Exports sent images and files; erasing needs nothing here, as rows go with them."""

from veza.core.ids import UserId
from veza.domains.chat.attachments import queries
from veza.domains.chat.attachments.models import ExportedAttachments
from veza.domains.cloud.blobs import service as blobs
from veza.domains.contributions import PersonalFile
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("message_images", "message_files")


async def export(conn: Conn, user_id: UserId) -> ExportedAttachments:
    """Return the images and files that a member sent."""
    return ExportedAttachments(
        await queries.list_own_images(conn, user_id), await queries.list_own_files(conn, user_id)
    )


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the sent files that are in none of the member's files any more."""
    return [
        PersonalFile(f"{each.id}-{each.name}", blobs.object_key(each.blob_id), each.size_bytes)
        for each in await queries.list_orphaned_contents(conn, user_id)
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Do nothing: the rows here are deleted with the images and files themselves."""
