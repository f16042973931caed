"""Exports memberships; erasing gives conversations that a member owned another owner."""

from veza.core.ids import UserId
from veza.domains.chat.conversations import service
from veza.domains.chat.conversations.queries import members
from veza.infra.postgres.database import Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("conversations", "conversation_members")

export = members.list_memberships


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove a member from all conversations; those they owned get another owner."""
    await service.remove_memberships(tx, user_id, await service.lock_for_erasure(tx, user_id, []))
