"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import LOWEST_ID, UserId
from veza.domains.chat.conversations import queries, service
from veza.domains.chat.conversations.models import OwnMembership
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("conversations", "conversation_members")


async def export(conn: Conn, user_id: UserId) -> list[OwnMembership]:
    """Hand out in which conversations a member is."""
    found: list[OwnMembership] = []
    # Before all ids.
    last_id = LOWEST_ID
    while page := await queries.list_memberships_of(conn, user_id, last_id):
        found += page
        last_id = page[-1].conversation_id
    return found


async def erase(tx: Tx, user_id: UserId) -> None:
    """Have a member leave wherever they are: what they owned is the next one's."""
    await service.depart(tx, user_id, await service.lock_for_erasing(tx, user_id, []))
