"""Every SQL statement of the domain, one function each."""

from datetime import datetime
from uuid import UUID

from veza.infra.db import Tx


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
