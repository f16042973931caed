"""Shares the result of a call among concurrent callers, and for a short time afterwards."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class SingleFlight[T]:
    """Runs `call` at most once at a time and once in `lasts_s` seconds."""

    def __init__(self, call: Callable[[], Awaitable[T]], lasts_s: float) -> None:
        self._call = call
        self._lasts_s = lasts_s
        self._calling = asyncio.Lock()
        self._results: list[T] = []
        self._valid_until = 0.0

    async def get(self) -> T:
        """Return the result, which is at most `lasts_s` old. Raises what the call raises."""
        async with self._calling:
            if not self._results or time.monotonic() >= self._valid_until:
                self._results = [await self._call()]
                self._valid_until = time.monotonic() + self._lasts_s
            return self._results[0]

    def forget(self) -> None:
        """Forget the result: the next `get` calls again."""
        self._results = []
