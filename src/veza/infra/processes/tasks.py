"""Work that goes on beside other work, for as long as that lasts."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress

import structlog

from veza.core.errors import Unavailable

log = structlog.get_logger()


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


async def repeat(action: Callable[[], Awaitable[None]], *, each_s: float) -> None:
    """Do something again and again, with a pause, until cancelled: a failure is told, no more."""
    while True:
        try:
            await action()
        except Unavailable as error:
            log.warning("repeat_waits", error=str(error))
        except Exception:
            log.exception("repeat_failed")
        await asyncio.sleep(each_s)
