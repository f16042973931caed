"""Deletes expired challenges of logins."""

from veza.domains.auth.factors import queries
from veza.infra.postgres.database import Database


async def sweep_challenges(database: Database) -> None:
    """Delete challenges of logins that have expired."""
    async with database.transaction() as tx:
        await queries.delete_expired_challenges(tx)
