"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from veza.core.ids import ConversationId, UserId
from veza.domains.realtime.models import Standing
from veza.infra.postgres.database import Conn, Tx


async def insert_spent_token(tx: Tx, token_id: UUID, expires_at: datetime) -> bool:
    """Spend a token; False where it was spent before. Of two at once, one waits for the other."""
    sql = """
        insert into chat_tokens (id, expires_at)
             values ($1, $2)
        on conflict do nothing
    """
    return await tx.run(sql, token_id, expires_at) == 1


async def delete_expired_tokens(tx: Tx) -> int:
    # A while after, so that no clock that goes wrong lets one in again.
    return await tx.run("delete from chat_tokens where expires_at < now() - interval '1 hour'")


async def list_standings(
    conn: Conn, conversation_id: ConversationId, user_ids: Sequence[UserId]
) -> list[Standing]:
    """Of some who may be in a conversation, those who are."""
    sql = """
        select user_id, joined_seq
          from conversation_members
         where conversation_id = $1 and user_id = any($2)
    """
    return await conn.all(Standing, sql, conversation_id, user_ids)
