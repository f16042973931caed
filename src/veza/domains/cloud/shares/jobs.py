"""The scheduled deletion of links that ended long ago."""

from datetime import timedelta

import structlog

from veza.domains.cloud.shares import queries
from veza.infra.postgres.database import Database

log = structlog.get_logger()

# How long an ended link is part of its owner's data export.
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
