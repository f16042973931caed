"""Stores what a process has answered, once a minute, so that staff sees traffic over time."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from veza.core.errors import Unavailable
from veza.domains.platform.monitoring import service as monitoring
from veza.http.layers.request_log import TRAFFIC
from veza.infra.postgres.database import Database
from veza.infra.processes.tasks import repeat, running

log = structlog.get_logger()

_INTERVAL_S = 60.0
_STOP_S = 2.0


@asynccontextmanager
async def recording_traffic(database: Database) -> AsyncGenerator[None]:
    """Store the counts of this process each minute while inside, and at the end."""

    async def store() -> None:
        await store_traffic(database)

    async with running(repeat(store, each_s=_INTERVAL_S)):
        yield
    try:
        async with asyncio.timeout(_STOP_S):
            await store()
    except (Unavailable, TimeoutError) as error:
        log.warning("traffic_not_stored", error=str(error))


async def store_traffic(database: Database) -> None:
    """Store the counts of this process. If that fails, they are kept for the next time."""
    taken = TRAFFIC.take()
    if not taken.requests:
        return
    try:
        async with database.transaction(recorded=False) as tx:
            await monitoring.add_traffic(tx, taken)
    except BaseException:
        TRAFFIC.add(taken)
        raise
