"""Deletes ended conversations and their messages, in small transactions."""

from veza.core.ids import ConversationId
from veza.domains.chat.attachments import service as attachments
from veza.domains.chat.conversations import shared_queries as conversation_queries
from veza.domains.chat.messages.queries import messages as queries
from veza.infra.postgres.database import Database


async def sweep_ended(database: Database) -> None:
    """Delete ended conversations and their messages, in small transactions.

    They can no longer be read, so it is safe to stop in between.
    """
    async with database.read() as conn:
        ended = await conversation_queries.list_ended(conn)
    for conversation_id in ended:
        while await _sweep_some(database, conversation_id):
            pass


async def _sweep_some(database: Database, conversation_id: ConversationId) -> bool:
    """Delete up to a thousand rows, or at last the conversation. Return whether to go on."""
    async with database.transaction() as tx:
        if await attachments.detach_batch(tx, conversation_id):
            return True
        if await queries.delete_message_batch(tx, conversation_id):
            return True
        await conversation_queries.delete_ended(tx, conversation_id)
        return False
