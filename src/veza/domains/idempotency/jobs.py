"""Work done by the clock."""

from veza.domains.idempotency import queries
from veza.domains.idempotency.models import KEPT_FOR
from veza.infra.db import Database


async def sweep_idempotency_keys(database: Database) -> None:
    """Forget the keys that have been kept for long enough."""
    async with database.transaction() as tx:
        await queries.delete_old(tx, KEPT_FOR)
