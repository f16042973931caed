"""Deletes ended conversations and their messages, and indexes messages, in small transactions."""

from veza.core.ids import ConversationId
from veza.domains.chat.attachments import service as attachments
from veza.domains.chat.conversations import shared_queries as conversation_queries
from veza.domains.chat.messages import rules
from veza.domains.chat.messages.queries import messages as queries
from veza.domains.chat.messages.queries import search
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


async def index_messages(database: Database) -> None:
    """Index messages of before they were searched by words. Safe to run twice, or to stop."""
    while True:
        async with database.transaction(recorded=False) as tx:
            found = await search.lock_unindexed(tx)
            words = [rules.index_message(each.conversation_id, each.content) for each in found]
            await search.update_words(tx, found, words)
        if not found:
            return


async def _sweep_some(database: Database, conversation_id: ConversationId) -> bool:
    """Delete up to a thousand rows, or at last the conversation. Return whether to go on."""
    async with database.transaction() as tx:
        if await attachments.detach_batch(tx, conversation_id):
            return True
        if await queries.delete_message_batch(tx, conversation_id):
            return True
        await conversation_queries.delete_ended(tx, conversation_id)
        return False
