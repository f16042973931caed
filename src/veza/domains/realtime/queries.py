"""A chat token is used up by inserting it: of concurrent uses one succeeds."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from veza.core.ids import ConversationId, UserId
from veza.domains.chat.conversations.shared_queries import still_admits
from veza.domains.realtime.models import ChannelMember
from veza.infra.postgres.database import Conn, Tx


async def insert_spent_token(tx: Tx, token_id: UUID, expires_at: datetime) -> bool:
    """Store a token as used; return False if it was. Concurrent calls wait for each other."""
    sql = """
        insert into chat_tokens (id, expires_at)
             values ($1, $2)
        on conflict do nothing
    """
    return await tx.run(sql, token_id, expires_at) == 1


async def delete_expired_tokens(tx: Tx) -> int:
    # An hour later, so that a wrong clock does not make them valid again.
    return await tx.run("delete from chat_tokens where expires_at < now() - interval '1 hour'")


async def list_channel_members(
    conn: Conn, conversation_id: ConversationId, user_ids: Sequence[UserId]
) -> list[ChannelMember]:
    """Return those of the given users who are members of a conversation, and have its tier."""
    sql = f"""
        select m.user_id, m.joined_seq
          from conversation_members m
          join conversations c on c.id = m.conversation_id
         where m.conversation_id = $1 and m.user_id = any($2) and {still_admits("m")}
    """
    return await conn.all(ChannelMember, sql, conversation_id, user_ids)
