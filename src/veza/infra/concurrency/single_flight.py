"""Shares one answer among all who ask for it within a short time."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class SingleFlight[T]:
    """Asks at most once at a time and once in `lasts_s` seconds, however many want the answer."""

    def __init__(self, ask: Callable[[], Awaitable[T]], lasts_s: float) -> None:
        self._ask = ask
        self._lasts_s = lasts_s
        self._asking = asyncio.Lock()
        self._answers: list[T] = []
        self._good_until = 0.0

    async def look(self) -> T:
        """Return the answer, which is at most `lasts_s` old. Raises what asking raises."""
        async with self._asking:
            if not self._answers or time.monotonic() >= self._good_until:
                self._answers = [await self._ask()]
                self._good_until = time.monotonic() + self._lasts_s
            return self._answers[0]

    def forget(self) -> None:
        """Ask anew when somebody looks the next time."""
        self._answers = []
