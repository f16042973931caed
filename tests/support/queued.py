"""Events and jobs that earlier tests left: some take long, and no test asks for them."""

from veza.app.services import Services


async def forget_queued(services: Services) -> None:
    """Delete all events that are not delivered and all jobs that have not begun."""
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("delete from outbox")
        await tx.run("delete from jobs where status = 'queued'")
