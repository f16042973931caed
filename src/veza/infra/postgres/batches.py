"""Work that is done in batches, each in its own transaction."""

from collections.abc import Awaitable, Callable

from veza.infra.postgres.database import Database, Tx


async def run_in_batches(database: Database, run_batch: Callable[[Tx], Awaitable[int]]) -> int:
    """Run a batch in its own transaction, again and again until it does nothing; return the sum.

    `run_batch` returns how much it did.
    """
    total = 0
    while True:
        async with database.transaction() as tx:
            done = await run_batch(tx)
        if not done:
            return total
        total += done
