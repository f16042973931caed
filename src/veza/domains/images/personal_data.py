"""Exports the files of a member's images; erasing leaves them to a job."""

from itertools import batched

from veza.core.ids import UserId
from veza.domains.contributions import PersonalFile
from veza.domains.images import queries, rules
from veza.domains.images.service import images
from veza.infra.postgres.database import Conn, Tx

# Tables with a person's id, or with a reference to such a table.
TABLES = ("images",)

_BATCH = 500


export = queries.list_images_of


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the files of a member's images."""
    # Smaller copies of a picture are no data of their own.
    return [
        PersonalFile(f"{image.id}.jpg", rules.key_of(image.id), image.size_bytes)
        for image in await export(conn, user_id)
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's images; a job deletes the files."""
    for batch in batched(await queries.list_images_of(tx, user_id), _BATCH):
        await images.delete_images(tx, [image.id for image in batch])


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the images of a page to another profile, but for its own picture and banner."""
    await queries.update_owner(tx, user_id, into_id)
