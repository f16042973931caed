"""Waits for work that is done by jobs, in this process or by the worker of a server."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic

from veza.app.services import Services
from veza.app.worker import run_until_empty
from veza.core.errors import CannotStart
from veza.infra.postgres.database import Conn

_PATIENCE_S = 300.0
_PAUSE_S = 0.5


async def wait_for_jobs(
    services: Services,
    count_unfinished: Callable[[Conn], Awaitable[int]],
    *,
    what: str,
    on_progress: Callable[[int], None],
    patience_s: float = _PATIENCE_S,
) -> None:
    """Run jobs until nothing is unfinished, including what the worker of a server has taken.

    Calls `on_progress` with the number of things that were finished since the last call. Raises
    CannotStart if nothing was finished for `patience_s`.
    """
    working = asyncio.create_task(run_until_empty(services))
    try:
        unfinished, give_up_at = None, monotonic() + patience_s
        while left := await _count(services, count_unfinished):
            if unfinished is not None and left < unfinished:
                on_progress(unfinished - left)
                give_up_at = monotonic() + patience_s
            unfinished = left
            if monotonic() > give_up_at:
                raise CannotStart(_explain(what, left, patience_s))
            if working.done():
                await working
                working = asyncio.create_task(run_until_empty(services))
            await asyncio.sleep(_PAUSE_S)
        if unfinished:
            on_progress(unfinished)
        await working
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


async def _count(services: Services, count: Callable[[Conn], Awaitable[int]]) -> int:
    async with services.database.read() as conn:
        return await count(conn)


def _explain(what: str, left: int, patience_s: float) -> str:
    return (
        f"{left} {what} are still not finished, and none was in the last {patience_s:.0f} seconds. "
        "Check the log of the server's worker, then run the same command again: it continues "
        "where it stopped."
    )
