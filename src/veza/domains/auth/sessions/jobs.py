"""Work done by the clock."""

from datetime import timedelta

from veza.domains.auth.sessions import queries
from veza.infra.postgres.database import Database

_KEPT_FOR = timedelta(days=7)


async def sweep_sessions(database: Database) -> None:
    """Forget sessions, and their refresh tokens, that have been over for a week."""
    async with database.transaction() as tx:
        await queries.delete_old_sessions(tx, _KEPT_FOR)
