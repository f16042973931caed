"""What this domain keeps of a person: to hand out, and to erase."""

from uuid import UUID

from veza.core.ids import UserId
from veza.domains.attachments import queries
from veza.domains.attachments.models import OwnAttachment
from veza.infra.db import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("message_images", "message_files")

# Before all ids.
_FIRST = UUID(int=0)


async def export(conn: Conn, user_id: UserId) -> list[OwnAttachment]:
    """Hand out what a member hung on which message; what it is stands with images and files."""
    attached: list[OwnAttachment] = []
    while page := await queries.list_own(conn, user_id, attached[-1].id if attached else _FIRST):
        attached += page
    return attached


async def erase(tx: Tx, user_id: UserId) -> None:
    """Leave it to the images and the files themselves, with which their rows here go.

    Whoever takes something from messages locks it first, and so does whoever erases it then.
    """
