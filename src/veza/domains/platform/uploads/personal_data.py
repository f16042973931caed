"""Personal data of this domain: its export and its erasure."""

from veza.core.ids import UserId
from veza.domains.platform.uploads import queries
from veza.domains.platform.uploads.models import StorageUsage
from veza.infra.postgres.database import Conn, Tx

# Tables with a person's id, or with a reference to such a table.
TABLES = ("storage_usage", "uploads")


async def export(conn: Conn, user_id: UserId) -> list[StorageUsage]:
    """Return the storage usage of a member."""
    return await queries.list_usage(conn, user_id)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase the counts of a member; their uploads in progress are anonymized until swept."""
    await queries.delete_usage(tx, user_id)
    await queries.update_ownerless(tx, user_id)
