"""Steps and values that tests of inbox share."""

from veza.infra.jobs.outbox import emit


async def happen(services, *events):
    """Emit events as their domains do, once more than they did."""
    async with services.database.transaction() as tx:
        for event in events:
            await emit(tx, event)
