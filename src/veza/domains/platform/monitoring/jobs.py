"""Deletes traffic that is no longer shown."""

from veza.domains.platform.monitoring import queries
from veza.infra.postgres.database import Database


async def sweep_traffic(database: Database) -> None:
    """Delete traffic that is no longer shown."""
    async with database.transaction(recorded=False) as tx:
        await queries.delete_old_traffic(tx)
