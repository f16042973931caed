"""Exports messages and reactions; erasing clears the content of messages."""

from itertools import groupby

from veza.core.ids import MessageId, UserId
from veza.domains.chat.conversations.service import conversations
from veza.domains.chat.messages import rules
from veza.domains.chat.messages.models.messages import StoredReaction
from veza.domains.chat.messages.models.personal_data import ExportedMessages
from veza.domains.chat.messages.queries import messages as queries
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("messages", "message_reactions", "conversation_events")


async def export(conn: Conn, user_id: UserId) -> ExportedMessages:
    """Return the messages and reactions of a member."""
    return ExportedMessages(
        await queries.list_messages_of(conn, user_id),
        await queries.list_reactions_of(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Clear the content of a member's messages, and delete their reactions."""
    touched = await queries.list_conversations_touched_by(tx, user_id)
    await conversations.lock_for_erasure(tx, user_id, touched)
    while removed := await queries.list_member_reactions(tx, user_id):
        left: dict[MessageId, list[StoredReaction]] = {}
        for message_id, theirs in groupby(removed, key=lambda each: each.message_id):
            for each in theirs:
                before = left.get(message_id, each.reactions)
                left[message_id] = rules.toggle_reaction(before, each.emoji, is_added=False)
        await queries.delete_member_reactions(tx, user_id, removed, left)
    while await queries.anonymize_messages(tx, user_id):
        pass


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Make another profile the sender of all messages of a page, in locked conversations."""
    await conversations.lock_for_move(tx, user_id, into_id)
    await queries.update_sender(tx, user_id, into_id)
