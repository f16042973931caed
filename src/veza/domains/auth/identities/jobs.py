"""Deletes sign-ins at providers that were begun and never came back."""

from veza.domains.auth.identities import queries
from veza.infra.postgres.database import Database


async def sweep_attempts(database: Database) -> None:
    """Delete sign-ins that were begun and never came back."""
    async with database.transaction() as tx:
        await queries.delete_expired_attempts(tx)
