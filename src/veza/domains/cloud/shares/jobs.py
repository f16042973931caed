"""What the clock does with links: forget those that ended long ago."""

from datetime import timedelta

import structlog

from veza.domains.cloud.shares import queries
from veza.infra.postgres.database import Database

log = structlog.get_logger()

# So long after its time a link is handed out with its owner's data.
_KEPT = timedelta(days=30)


async def sweep_shares(database: Database) -> None:
    """Delete the links that ended a month ago."""
    count, is_more = 0, True
    while is_more:
        async with database.transaction() as tx:
            deleted = await queries.delete_old_shares(tx, _KEPT)
        count, is_more = count + deleted, deleted > 0
    if count:
        log.info("shares_swept", count=count)
