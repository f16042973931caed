"""Export and erase the conversations of a member."""

from veza.core.ids import LOWEST_ID, UserId
from veza.domains.chat.conversations import service
from veza.domains.chat.conversations.models import ExportedMembership
from veza.domains.chat.conversations.queries import members
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("conversations", "conversation_members")


async def export(conn: Conn, user_id: UserId) -> list[ExportedMembership]:
    """Return the conversations that a member is in."""
    found: list[ExportedMembership] = []
    last_id = LOWEST_ID
    while page := await members.list_memberships(conn, user_id, last_id):
        found += page
        last_id = page[-1].conversation_id
    return found


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove a member from all conversations; those they owned get another owner."""
    await service.remove_memberships(tx, user_id, await service.lock_for_erasure(tx, user_id, []))
