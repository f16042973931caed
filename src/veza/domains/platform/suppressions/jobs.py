"""Forgets failures that are long ago."""

from veza.domains.platform.suppressions import queries, rules
from veza.infra.postgres.database import Database


async def sweep_failures(database: Database) -> None:
    """Forget failures of addresses that are not suppressed, after three months."""
    async with database.transaction() as tx:
        await queries.delete_old_failures(tx, rules.FAILURES_KEPT_FOR)
