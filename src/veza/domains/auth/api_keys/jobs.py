"""Deletes API keys a month after they were revoked."""

from veza.domains.auth.api_keys import queries, rules
from veza.infra.postgres.database import Database


async def sweep_keys(database: Database) -> None:
    """Delete keys that were revoked a month ago."""
    async with database.transaction() as tx:
        await queries.delete_revoked_keys(tx, rules.REVOKED_KEPT_FOR)
