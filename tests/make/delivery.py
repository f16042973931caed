"""Makes delivery for tests, by the use cases of the application."""

import asyncio
from contextlib import suppress

from veza.app.reactions import REACTIONS
from veza.app.services import Services
from veza.app.worker import run_until_empty
from veza.core.errors import Unavailable
from veza.core.ids import OrderId
from veza.infra.jobs.outbox import EventDelivery
from veza.infra.postgres.database import Tx


async def delivered(services: Services) -> None:
    """Deliver all events, as the worker does: of two that wait for each other, one tries again.

    At none of them a reaction may fail: it would be put off, and nobody told.
    """
    before = await _put_off(services)
    await deliver_all(EventDelivery(services.database, REACTIONS))
    assert await _put_off(services) <= before


async def deliver_all(delivery: EventDelivery) -> None:
    """Deliver until nothing is due; a reaction that waits for another transaction tries again."""
    async with asyncio.timeout(120):
        while True:
            with suppress(Unavailable):
                if not await delivery.deliver_batch():
                    return


async def _put_off(services: Services) -> set[int]:
    async with services.database.read() as conn:
        return set(await conn.column(int, "select id from outbox where attempts > 0"))


async def unheard(tx: Tx, order_id: OrderId) -> None:
    """Have nobody hear of what happened to an order, and make its documents: not for this test."""
    await tx.run("delete from outbox where payload->>'order_id' = $1", str(order_id))


async def recounted(services: Services) -> None:
    """Deliver all events and do all jobs, until no recount waits, and be it to be tried again."""
    async with asyncio.timeout(120):
        while True:
            await delivered(services)
            await run_until_empty(services)
            if not await _is_recount_waiting(services):
                return
            await asyncio.sleep(0.1)


async def _is_recount_waiting(services: Services) -> bool:
    sql = """
        select exists (
            select from jobs where name like 'Recount%' and status <> 'failed'
        )
    """
    async with services.database.read() as conn:
        return bool(await conn.value(bool, sql))


async def keep_quiet(tx: Tx) -> None:
    """Let nobody hear of the orders of this transaction: their invoices take long to typeset."""
    own = "xmin = pg_current_xact_id()::xid"
    await tx.run(f"delete from outbox where name like 'Order%' and {own}")
