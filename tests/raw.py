"""The connections of the program's own pool: to borrow one, and to hear what is asked on them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from veza.app.services import Services
from veza.infra.postgres.pool import Raw

type Statement = tuple[str, tuple[Any, ...]]


@asynccontextmanager
async def borrowed(services: Services) -> AsyncIterator[Raw]:
    pool = services.database.pool
    raw = await pool.take()
    try:
        yield raw
    finally:
        pool.give_back(raw, is_at_rest=False)


@asynccontextmanager
async def hearing(services: Services, word: str) -> AsyncIterator[list[Statement]]:
    """Hear the statements with a certain word in them, and their values.

    This process also asks for its news now and then: that is no part of a request.
    """
    statements: list[Statement] = []

    def hear(query: Any) -> None:
        if word in query.query:
            statements.append((query.query, query.args))

    # Each connection of the pool has to exist already to be listened to.
    pool = services.database.pool
    connections = [await pool.take() for _ in range(pool.max_size)]
    for raw in connections:
        raw.add_query_logger(hear)
        pool.give_back(raw, is_at_rest=True)
    yield statements
    # The driver tells of a statement a moment after its answer.
    await asyncio.sleep(0)
    for raw in connections:
        raw.remove_query_logger(hear)
