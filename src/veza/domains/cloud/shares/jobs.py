"""Deletes links a month after they ended."""

from datetime import timedelta

import structlog

from veza.domains.cloud.shares import queries
from veza.infra.postgres.batches import run_in_batches
from veza.infra.postgres.database import Database

log = structlog.get_logger()

# How long an ended link is part of its owner's data export.
_KEPT = timedelta(days=30)


async def sweep_shares(database: Database) -> None:
    """Delete the links that ended a month ago."""
    count = await run_in_batches(database, lambda tx: queries.delete_old_shares(tx, _KEPT))
    if count:
        log.info("shares_swept", count=count)
