"""Background tasks."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress

import structlog

from veza.core.errors import Unavailable

log = structlog.get_logger()


@asynccontextmanager
async def running(work: Coroutine[None, None, None]) -> AsyncGenerator[None]:
    """Run a coroutine in the background while inside; cancel it at the end."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def wait_for(event: asyncio.Event, timeout_s: float) -> None:
    """Wait until an event is set, at most for `timeout_s`."""
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout_s):
            await event.wait()


async def repeat(
    action: Callable[[], Awaitable[None]], *, each_s: float, wake: asyncio.Event | None = None
) -> None:
    """Call an action with a pause in between until cancelled; log its failures.

    `wake` ends the pause, and is cleared.
    """
    woken = asyncio.Event() if wake is None else wake
    while True:
        woken.clear()
        try:
            await action()
        except Unavailable as error:
            log.warning("repeat_waits", error=str(error))
        except Exception:
            log.exception("repeat_failed")
        await wait_for(woken, each_s)
