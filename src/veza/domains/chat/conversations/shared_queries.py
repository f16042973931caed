"""Statements on heads and ended conversations, which other domains call."""

from collections.abc import Sequence

from veza.core.ids import ConversationId
from veza.domains.chat.conversations.models import ConversationHead
from veza.infra.postgres.database import Conn, Tx


async def list_heads(
    conn: Conn, conversation_ids: Sequence[ConversationId]
) -> list[ConversationHead]:
    """Return the heads of conversations that have not ended."""
    sql = """
        select c.id as conversation_id, c.last_seq as seq, c.members_version
          from conversations c
         where c.id = any($1) and c.ended_at is null
    """
    return await conn.all(ConversationHead, sql, conversation_ids)


async def list_ended(conn: Conn) -> list[ConversationId]:
    """Return up to 100 conversations that have ended and are to be deleted."""
    sql = "select id from conversations where ended_at is not null order by ended_at limit 100"
    return await conn.column(ConversationId, sql)


async def delete_ended(tx: Tx, conversation_id: ConversationId) -> None:
    """Delete an ended conversation whose messages are deleted."""
    sql = "delete from conversations where id = $1 and ended_at is not null"
    await tx.run(sql, conversation_id)
