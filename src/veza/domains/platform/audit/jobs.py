"""Work done by the clock: sealing what was recorded, forgetting what is kept long enough."""

from datetime import timedelta

import structlog

from veza.core.clock import now
from veza.domains.platform.audit import queries, service
from veza.domains.platform.audit.service import SealKeys
from veza.infra.postgres.database import Database

log = structlog.get_logger()

_RECENT = timedelta(days=7)


async def seal_events(database: Database, keys: SealKeys) -> None:
    """Seal what waits for it.

    Each seal is logged: whoever keeps the logs elsewhere can hold the audit against them.
    """
    async for seal in service.seal_waiting(database, keys):
        log.info(
            "audit_sealed",
            seal=seal.number,
            digest=seal.digest.hex(),
            events=len(seal.event_ids),
        )


async def sweep_details(database: Database) -> None:
    """Forget the details of what nobody did, after half a year, and of whom erasing has left."""
    async with database.transaction(recorded=False) as tx:
        await queries.delete_expired_details(tx)
        await queries.delete_orphaned_details(tx, now() - _RECENT)
