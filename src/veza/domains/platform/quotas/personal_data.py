"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import UserId
from veza.domains.platform.quotas import queries
from veza.domains.platform.quotas.models import Usage
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("storage_usage", "storage_reservations")


async def export(conn: Conn, user_id: UserId) -> list[Usage]:
    """Hand out how much a member keeps in the storage."""
    return await queries.list_usage(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase what is counted and reserved of a member."""
    await queries.delete_of(tx, user_id)
