"""Scheduled polling of disputes. A dispute that is reported twice counts once."""

import structlog

from veza.domains.marketplace.disputes import service
from veza.infra.payments.provider import PaymentProvider
from veza.infra.postgres.database import Database

log = structlog.get_logger()


async def poll_new_disputes(database: Database, payments: PaymentProvider) -> None:
    """Find new disputes whose webhooks got lost."""
    count = await service.find_new_disputes(database, payments)
    if count:
        log.warning("disputes_found", count=count)


async def poll_open_disputes(database: Database, payments: PaymentProvider) -> None:
    """Find results of open disputes whose webhooks got lost."""
    count = await service.check_open_disputes(database, payments)
    if count:
        log.warning("disputes_ended", count=count)
