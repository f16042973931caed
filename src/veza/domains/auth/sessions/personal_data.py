"""Personal data of sessions: export and erase."""

from veza.core.ids import UserId
from veza.domains.auth.sessions import queries, service
from veza.domains.auth.sessions.models import StoredSession
from veza.infra.postgres.database import Conn, Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("sessions", "refresh_tokens")


async def export(conn: Conn, user_id: UserId) -> list[StoredSession]:
    """Return when and where a member signed in."""
    return await queries.list_all_sessions(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """End all sessions of a member, and delete them."""
    await service.end_sessions(tx, user_id)
    await queries.delete_sessions(tx, user_id)
