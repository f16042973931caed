"""Exports memberships; erasing gives conversations that a member owned another owner."""

from veza.core.ids import UserId
from veza.domains.chat.conversations.queries import members
from veza.domains.chat.conversations.service import conversations
from veza.infra.postgres.database import Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("conversations", "conversation_members")

export = members.list_memberships


async def erase(tx: Tx, user_id: UserId) -> None:
    """Remove a member from all conversations; those they owned get another owner."""
    await conversations.remove_memberships(
        tx, user_id, await conversations.lock_for_erasure(tx, user_id, [])
    )


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Put another profile in a page's place in conversations, where it isn't yet."""
    await conversations.move_memberships(tx, user_id, into_id)
