"""Wait for what others do, without a guess at how long it takes."""

import asyncio
from collections.abc import Awaitable, Callable

from veza.core.errors import Unavailable
from veza.infra.postgres.database import Database


async def until_somebody_waits(database: Database) -> None:
    """Wait until another connection waits for a lock."""
    sql = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
    async with asyncio.timeout(28):
        while True:
            async with database.read() as conn:
                if await conn.value(int, sql):
                    return
            await asyncio.sleep(0)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that other tasks or processes bring about."""
    async with asyncio.timeout(120):
        while not holds():  # noqa: ASYNC110 - processes set no event.
            await asyncio.sleep(0)


async def deliver(work: Callable[[], Awaitable[None]]) -> None:
    """Deliver events and run jobs, and retry after a deadlock as the worker does."""
    async with asyncio.timeout(120):
        while True:
            try:
                return await work()
            except Unavailable:
                continue
