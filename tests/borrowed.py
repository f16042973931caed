"""A connection of the program's own pool, to look at the database with the program's rights."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from veza.app.services import Services
from veza.infra.pool import Raw


@asynccontextmanager
async def borrowed(services: Services) -> AsyncIterator[Raw]:
    pool = services.database.pool
    raw = await pool.take()
    try:
        yield raw
    finally:
        pool.give_back(raw, is_at_rest=False)
