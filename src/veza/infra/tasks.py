"""Work that goes on beside other work, for as long as that lasts."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager, suppress


@asynccontextmanager
async def running(work: Coroutine[None, None, None]) -> AsyncGenerator[None]:
    """Have `work` go on while inside; it is cancelled at the end, and waited for."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
