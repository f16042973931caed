"""Scheduled jobs of sessions."""

from datetime import timedelta

from veza.domains.auth.sessions import queries
from veza.infra.postgres.database import Database

_KEPT_FOR = timedelta(days=7)


async def sweep_sessions(database: Database) -> None:
    """Delete sessions, with their refresh tokens, that ended more than a week ago."""
    async with database.transaction() as tx:
        await queries.delete_old_sessions(tx, _KEPT_FOR)
