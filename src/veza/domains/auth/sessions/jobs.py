"""Deletes sessions, with their refresh tokens, a week after they ended."""

from veza.domains.auth.sessions import queries, rules
from veza.infra.postgres.database import Database


async def sweep_sessions(database: Database) -> None:
    """Delete sessions, with their refresh tokens, that ended more than a week ago."""
    async with database.transaction() as tx:
        await queries.delete_old_sessions(tx, rules.KEPT_FOR)
