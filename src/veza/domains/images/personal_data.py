"""Personal data of this domain: its export and its erasure."""

from veza.core.ids import LOWEST_ID, UserId
from veza.core.pages import read_all
from veza.core.personal_files import PersonalFile
from veza.domains.images import queries, rules, service
from veza.domains.images.models import ExportedImage
from veza.infra.postgres.database import Conn, Tx

# Tables with a person's id, or with a reference to such a table.
TABLES = ("images",)


async def export(conn: Conn, user_id: UserId) -> list[ExportedImage]:
    """Return the stored data of a member's images."""
    return await read_all(lambda after: queries.list_images_of(conn, user_id, after))


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the files of a member's images."""
    return [
        PersonalFile(f"{image.id}.jpg", rules.key_of(image.id), image.size_bytes)
        for image in await export(conn, user_id)
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's images; a job deletes the files."""
    while page := await queries.list_images_of(tx, user_id, LOWEST_ID):
        await service.delete_images(tx, [image.id for image in page])
