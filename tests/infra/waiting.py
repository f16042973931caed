"""Waiting for what happens soon: tests hold that it happens, not how fast."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

# Below the thirty seconds after which the database ends a statement by itself.
PATIENCE_S = 28.0


async def until(is_so: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so; fail where it never is.

    It is asked once more when the time is over: on a busy machine the first answer may take longer.
    """
    give_up_at = monotonic() + PATIENCE_S
    while True:
        is_last = monotonic() >= give_up_at
        answer = is_so()
        if answer if isinstance(answer, bool) else await answer:
            return
        assert not is_last, "It never came to be."
        await asyncio.sleep(0.02)
