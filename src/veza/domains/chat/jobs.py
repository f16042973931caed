"""Work done by the clock."""

from veza.domains.chat import queries
from veza.infra.db import Database


async def sweep_tokens(database: Database) -> None:
    """Forget the spent tokens that would be refused anyway."""
    async with database.transaction() as tx:
        await queries.delete_expired_tokens(tx)
