"""Deletes idempotency keys after a day."""

from veza.domains.platform.idempotency import queries
from veza.domains.platform.idempotency.models import KEPT_FOR
from veza.infra.postgres.database import Database


async def sweep_idempotency_keys(database: Database) -> None:
    """Delete keys after a day."""
    async with database.transaction() as tx:
        await queries.delete_old(tx, KEPT_FOR)
