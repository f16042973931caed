"""Deletes used chat tokens that have expired."""

from veza.domains.realtime import queries
from veza.infra.postgres.database import Database


async def sweep_tokens(database: Database) -> None:
    """Delete used tokens that have expired."""
    async with database.transaction() as tx:
        await queries.delete_expired_tokens(tx)
