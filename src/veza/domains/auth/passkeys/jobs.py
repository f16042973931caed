"""Deletes challenges of passkeys that have expired."""

from veza.domains.auth.passkeys import queries
from veza.infra.postgres.database import Database


async def sweep_challenges(database: Database) -> None:
    """Delete challenges that have expired."""
    async with database.transaction() as tx:
        await queries.delete_expired_challenges(tx)
