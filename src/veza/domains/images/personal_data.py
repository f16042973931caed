"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.core.personal_files import PersonalFile
from veza.domains.images import queries, rules, service
from veza.domains.images.models import OwnImage
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("images",)


async def export(conn: Conn, user_id: UserId) -> list[OwnImage]:
    """Hand out what is known of a member's images."""
    images: list[OwnImage] = []
    while page := await queries.list_images_of(conn, user_id, images[-1].id if images else None):
        images += page
    return images


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """List a member's pictures, as they are kept."""
    return [
        PersonalFile(f"{image.id}.jpg", rules.file_of(image.id), image.size_bytes)
        for image in await export(conn, user_id)
        if image.size_bytes is not None
    ]


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase a member's images; the files go soon after."""
    while page := await queries.list_images_of(tx, user_id, None):
        await service.retire(tx, [image.id for image in page])
