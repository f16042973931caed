"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import LOWEST_ID, UserId
from veza.domains.chat.conversations import queries, service
from veza.domains.chat.conversations.models import ExportedMembership
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("conversations", "conversation_members")


async def export(conn: Conn, user_id: UserId) -> list[ExportedMembership]:
    """Hand out in which conversations a member is."""
    found: list[ExportedMembership] = []
    # Before all ids.
    last_id = LOWEST_ID
    while page := await queries.list_memberships(conn, user_id, last_id):
        found += page
        last_id = page[-1].conversation_id
    return found


async def erase(tx: Tx, user_id: UserId) -> None:
    """Have a member leave wherever they are: what they owned is the next one's."""
    await service.remove_memberships(tx, user_id, await service.lock_for_erasure(tx, user_id, []))
