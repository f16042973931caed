"""Work done after the fact."""

from veza.core.ids import ConversationId
from veza.domains.chat.attachments import service as attachments
from veza.domains.chat.conversations import service as conversations
from veza.domains.chat.messages import queries
from veza.infra.postgres.database import Database


async def sweep_ended(database: Database) -> None:
    """Delete conversations that have ended, and what was said there: a little at a time.

    Nobody reads it any more, so that it does no harm to stop in between.
    """
    async with database.read() as conn:
        ended = await conversations.list_ended(conn)
    for conversation_id in ended:
        while await _sweep_some(database, conversation_id):
            pass


async def _sweep_some(database: Database, conversation_id: ConversationId) -> bool:
    """Delete a thousand things of a conversation, or at last itself; tell whether to go on."""
    async with database.transaction() as tx:
        if await attachments.detach_batch(tx, conversation_id):
            return True
        if await queries.delete_message_batch(tx, conversation_id):
            return True
        await conversations.delete_ended(tx, conversation_id)
        return False
