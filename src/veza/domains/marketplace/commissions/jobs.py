"""Begin and end commissions with payments, and apply time-outs."""

import structlog

from veza.core.ids import OrderItemId
from veza.domains.marketplace.commissions.queries import records
from veza.domains.marketplace.commissions.rules import states
from veza.domains.marketplace.commissions.service import payment, steps
from veza.domains.marketplace.orders.events import OrderDisputed, OrderPaid, OrderRefunded
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()


async def begin_commissions(tx: Tx, event: OrderPaid) -> None:
    """Begin the commissions of the services in a paid order."""
    await payment.begin(tx, event.order_id)


async def end_returned(tx: Tx, event: OrderRefunded | OrderDisputed) -> None:
    """Cancel commissions whose payment was returned."""
    await payment.end_returned(tx, event.order_id)


async def expire_commissions(database: Database) -> None:
    """Accept what was delivered a week ago, and cancel what nobody goes on with.

    Each is done in a transaction of its own, and once however often this runs.
    """
    after: OrderItemId | None = None
    while True:
        async with database.read() as conn:
            due = await records.list_due(conn, states.ABANDONED_AFTER, after)
        for commission_id in due:
            await _expire(database, commission_id)
        if not due:
            return
        after = due[-1]


async def _expire(database: Database, commission_id: OrderItemId) -> None:
    async def expire(tx: Tx) -> bool:
        return await steps.expire(tx, commission_id)

    try:
        if await database.transact(expire):
            log.info("commission_expired", commission=str(commission_id))
    except Exception:
        # The others go on; this one is tried again by the next run.
        log.exception("commission_not_expired", commission=str(commission_id))
