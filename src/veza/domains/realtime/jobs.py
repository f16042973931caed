"""Work done by the clock."""

from veza.domains.realtime import queries
from veza.infra.postgres.database import Database


async def sweep_tokens(database: Database) -> None:
    """Forget the spent tokens that would be refused anyway."""
    async with database.transaction() as tx:
        await queries.delete_expired_tokens(tx)
