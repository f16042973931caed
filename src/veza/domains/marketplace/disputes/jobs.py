"""What the clock starts. A dispute that is learnt twice counts once."""

import structlog

from veza.domains.marketplace.disputes import service
from veza.infra.payments.provider import PaymentProvider
from veza.infra.postgres.database import Database

log = structlog.get_logger()


async def poll_new_disputes(database: Database, payments: PaymentProvider) -> None:
    """Find disputes that began and of which no event came."""
    count = await service.find_new_disputes(database, payments)
    if count:
        log.warning("disputes_found", count=count)


async def poll_open_disputes(database: Database, payments: PaymentProvider) -> None:
    """Ask how open disputes stand, so that an end is known of which no event came."""
    count = await service.check_open_disputes(database, payments)
    if count:
        log.warning("disputes_ended", count=count)
