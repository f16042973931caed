"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import LOWEST_ID, UserId
from veza.core.personal_files import PersonalFile
from veza.domains.chat.attachments import queries
from veza.domains.chat.attachments.models import (
    HandedOutParcel,
    PersonalAttachments,
    SentContent,
    SentImage,
)
from veza.domains.cloud.blobs import service as blobs
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("message_images", "message_files")


async def export(conn: Conn, user_id: UserId) -> PersonalAttachments:
    """Hand out what a member hung on which message."""
    images: list[SentImage] = []
    while page := await queries.list_own_images(
        conn, user_id, images[-1].id if images else LOWEST_ID
    ):
        images += page
    files: list[HandedOutParcel] = []
    while sent := await queries.list_own_files(conn, user_id, files[-1].id if files else LOWEST_ID):
        files += sent
    return PersonalAttachments(images, files)


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """List what a member sent of files that they have no more; all else is among their files."""
    contents: list[SentContent] = []
    while page := await queries.list_contents(
        conn, user_id, contents[-1].id if contents else LOWEST_ID
    ):
        contents += page
    return [
        PersonalFile(f"{each.id}-{each.name}", blobs.object_key(each.blob_id), each.size_bytes)
        for each in contents
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Leave it to the images and the files themselves, with which their rows here go.

    Whoever takes something from messages locks it first, and so does whoever erases it then.
    """
