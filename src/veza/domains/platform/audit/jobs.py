"""Signs new events, and deletes personal details whose retention is over."""

from datetime import timedelta

import structlog

from veza.core.clock import now
from veza.domains.platform.audit import service
from veza.domains.platform.audit.queries import event_records
from veza.domains.platform.audit.service import SigningKeys
from veza.infra.postgres.database import Database

log = structlog.get_logger()

_RECENT = timedelta(days=7)


async def sign_events(database: Database, keys: SigningKeys) -> None:
    """Sign all unsigned events.

    Each signature is logged, so that an external copy of the logs can be compared with the table.
    """
    async for signature in service.sign_all(database, keys):
        log.info(
            "audit_signed",
            signature=signature.number,
            digest=signature.digest.hex(),
            events=len(signature.event_ids),
        )


async def delete_old_details(database: Database) -> None:
    """Delete expired details of anonymous requests, and those an erasure left behind."""
    async with database.transaction(recorded=False) as tx:
        await event_records.delete_expired_details(tx)
        await event_records.delete_orphaned_details(tx, now() - _RECENT)
