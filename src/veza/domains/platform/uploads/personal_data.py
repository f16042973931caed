"""Personal data of this domain: its export and its erasure."""

from veza.core.ids import UserId
from veza.domains.platform.uploads import queries
from veza.infra.postgres.database import Tx

# Tables with a person's id, or with a reference to such a table.
TABLES = ("storage_usage", "uploads")

export = queries.list_usage


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase the counts of a member; their uploads in progress are anonymized until swept."""
    await queries.delete_usage(tx, user_id)
    await queries.update_ownerless(tx, user_id)
