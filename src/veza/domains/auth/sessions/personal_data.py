"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.auth.sessions import queries, service
from veza.domains.auth.sessions.models import KnownSession
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("sessions", "refresh_tokens")


async def export(conn: Conn, user_id: UserId) -> list[KnownSession]:
    """Hand out where and when a member signed in."""
    return await queries.list_known_sessions(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """End the sessions at once, and forget them."""
    await service.end_sessions(tx, user_id)
    await queries.delete_sessions(tx, user_id)
