"""Lets so many tries fail in a while, however many come at once, over all processes.

A try is counted before it is made, so that many at once can't slip through. Where the tries are
used up, but not by failures yet, those that are under way may turn out well: the next one waits.
"""

import asyncio
import math
import random
from collections.abc import Sequence

from veza.infra.valkey import Counters

_PAUSE_S = 0.1
_MAX_PAUSES = 100


class Attempts:
    """Counts tries and failures under keys: an account, an address."""

    def __init__(self, counters: Counters, *, max_failures: int, window_s: int) -> None:
        self._counters = counters
        self._max = max_failures
        self._window_s = window_s

    async def begin(self, keys: Sequence[str]) -> int | None:
        """Begin a try: None, or in how many seconds it may be made, as too many have failed."""
        for _ in range(_MAX_PAUSES):
            full = await self._find_full(keys)
            if full is None:
                return None
            failed = await self._counters.look(_failed(full))
            if failed.count >= self._max:
                return max(1, math.ceil(failed.ends_in_s))
            await asyncio.sleep(random.uniform(0.5, 1.5) * _PAUSE_S)  # noqa: S311 - no secret
        return 1

    async def fail(self, keys: Sequence[str]) -> None:
        """End a try that failed: it stays counted."""
        for key in keys:
            await self._counters.add(_failed(key), self._window_s)

    async def undo(self, key: str) -> None:
        """End a try that turned out well: it never was."""
        await self._counters.take_back(key)

    async def forget(self, key: str) -> None:
        """End a try that turned out well, and forget the failures before it."""
        await self._counters.clear(key)
        await self._counters.clear(_failed(key))

    async def _find_full(self, keys: Sequence[str]) -> str | None:
        """Count a try under each key; under none where one of them has no try left."""
        counted: list[str] = []
        for key in keys:
            counted.append(key)
            window = await self._counters.add(key, self._window_s)
            if window.count > self._max:
                for taken in counted:
                    await self._counters.take_back(taken)
                return key
        return None


def _failed(key: str) -> str:
    return f"{key}:failed"
