"""Counts the figures of moderation."""

from veza.domains.moderation.transparency import service
from veza.infra.postgres.database import Database


async def compute_figures(database: Database) -> None:
    """Count the figures of the latest quarters."""
    async with database.transaction(recorded=False) as tx:
        await service.compute_figures(tx)
