"""Background tasks."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial

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
    action: Callable[[], Awaitable[object]],
    *,
    each_s: float,
    wake: asyncio.Event | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Call an action with a pause in between until `stop` is set, or cancelled; log its failures.

    `wake` ends the pause, and is cleared. An outage is logged when it begins and when it is over.
    """
    woken = asyncio.Event() if wake is None else wake
    waits = False
    while stop is None or not stop.is_set():
        woken.clear()
        try:
            await action()
            if waits:
                waits = False
                log.info("repeat_resumed", action=_name(action))
        except Unavailable as error:
            if not waits:
                waits = True
                log.warning("repeat_waits", action=_name(action), error=str(error))
        except Exception:
            log.exception("repeat_failed", action=_name(action))
        if stop is None or not stop.is_set():
            await wait_for(woken, each_s)


def _name(action: Callable[[], Awaitable[object]]) -> str:
    """Return the name of the function that an action calls in the end."""
    while isinstance(action, partial):
        action = action.func
    return getattr(action, "__qualname__", repr(action))
