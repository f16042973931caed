"""Exports when and where a member signed in; erasing ends sessions first."""

from veza.core.ids import UserId
from veza.domains.auth.sessions import queries, service
from veza.infra.postgres.database import Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("sessions", "refresh_tokens")

export = queries.list_all_sessions


async def erase(tx: Tx, user_id: UserId) -> None:
    """End all sessions of a member, and delete them."""
    await service.end_sessions(tx, user_id)
    await queries.delete_sessions(tx, user_id)
