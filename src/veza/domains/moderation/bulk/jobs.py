"""Deletes the progress of bulk runs after a day."""

from datetime import timedelta

from veza.domains.moderation.bulk import queries
from veza.infra.postgres.database import Database

# Much longer than a token is valid.
_KEPT_FOR = timedelta(days=1)


async def sweep_bulk_runs(database: Database) -> None:
    """Delete the progress of runs after a day."""
    async with database.transaction() as tx:
        await queries.delete_old_runs(tx, _KEPT_FOR)
