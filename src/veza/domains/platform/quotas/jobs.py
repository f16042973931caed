"""Work done by the clock: reservations of processes that died."""

from datetime import timedelta

import structlog

from veza.domains.platform.quotas import queries
from veza.infra.postgres.database import Database

log = structlog.get_logger()

_EXPIRED_KEPT = timedelta(minutes=10)


async def sweep_reservations(database: Database) -> None:
    """Delete reservations that expired. They count no more, whether or not they are deleted."""
    count = 0
    while True:
        async with database.transaction(recorded=False) as tx:
            deleted = await queries.delete_expired(tx, _EXPIRED_KEPT)
        if not deleted:
            break
        count += deleted
    if count:
        log.info("reservations_swept", count=count)
