"""The connections of the program's own pool: to borrow one, and to hear what is asked on them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from veza.app.services import Services
from veza.infra.postgres.pool import Raw

type Statement = tuple[str, tuple[Any, ...]]

# By which a process finds changed conversations and rooms, and the news of other processes.
_POLLS = (
    "select c.id as conversation_id, c.last_seq as seq",
    "heard_at < now() - $2::interval as is_due",
    "select clock_timestamp()",
    "pg_snapshot_xmin(",
    "from revisions",
)


@asynccontextmanager
async def borrowed(services: Services) -> AsyncIterator[Raw]:
    pool = services.database.pool
    raw = await pool.acquire()
    try:
        yield raw
    finally:
        pool.release(raw, is_idle=False)


@asynccontextmanager
async def hearing(services: Services, word: str) -> AsyncIterator[list[Statement]]:
    """Hear the statements with a certain word in them, and their values.

    Those by which this process polls now and then are left out: they are no part of a request. So
    are records of requests that it writes a moment later: they wait for the end.
    """
    statements: list[Statement] = []

    def hear(query: Any) -> None:
        if word in query.query and not any(poll in query.query for poll in _POLLS):
            statements.append((query.query, query.args))

    await services.unrecorded.flush()
    async with services.unrecorded._flushing:
        # Each connection of the pool has to exist already to be listened to.
        pool = services.database.pool
        connections = [await pool.acquire() for _ in range(pool.max_size)]
        for raw in connections:
            raw.add_query_logger(hear)
            pool.release(raw, is_idle=True)
        yield statements
        # The driver tells of a statement a moment after its answer.
        await asyncio.sleep(0)
        for raw in connections:
            raw.remove_query_logger(hear)
