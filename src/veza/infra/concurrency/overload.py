"""Tells how much work a process has to refuse, so that what it accepts is answered in time.

Measured is how long work waits: for the event loop, and for a connection to the database. While
that is longer than a limit, a share of the work is refused that grows until the wait is shorter,
beginning with the least important work. Queues of routers are kept short like this (PIE, RFC 8033);
it needs no measure of what the machine can do.
"""

import asyncio
import random
from collections.abc import Callable
from enum import IntEnum

SAMPLE_S = 0.05
# What a second adds while the limit is exceeded, times the delay in limits, at most three; and what
# it takes away otherwise. All is accepted again four seconds after an overload ended.
_RISE, _MOST_LIMITS = 2.0, 3.0
_FALL = 1.0
# One sample counts for no more: after a long pause it isn't known yet what goes on. For no less:
# at three times what the process can do, each turn of its loop is three times as long as the last.
_MOST_S = 0.3
# Up to here nothing is refused: a pause of some tenths of a second is no overload.
_SLACK = 0.7


class Importance(IntEnum):
    """The order in which work is refused: exploring first, what plays and what is paid last."""

    EXPLORATION = 0
    ORDINARY = 1
    VITAL = 2


class OverloadGauge:
    """The severity of an overload: 0 refuses nothing, and 3 everything. A `limit_s` of 0: never."""

    def __init__(self, limit_s: float, draw: Callable[[], float] = random.random) -> None:
        self._limit_s = limit_s
        self._draw = draw
        self._pressure = 0.0

    @property
    def severity(self) -> float:
        """Return the severity: each degree refuses one more importance."""
        return max(0.0, self._pressure - _SLACK)

    def add(self, delay_s: float, since_s: float = SAMPLE_S) -> None:
        """Add a sample: how long work waits now, and how long ago the last sample was."""
        if not self._limit_s:
            return
        if delay_s > self._limit_s:
            a_second = _RISE * min(_MOST_LIMITS, delay_s / self._limit_s)
        else:
            a_second = -_FALL
        changed = self._pressure + a_second * min(since_s, _MOST_S)
        self._pressure = min(len(Importance) + _SLACK, max(0.0, changed))

    def refuses(self, importance: Importance) -> bool:
        """Return whether to refuse work: by chance, so that a share of it is refused."""
        severity = self.severity
        return severity > importance and self._draw() < severity - importance

    async def watch(self, waited_s: Callable[[], float]) -> None:
        """Add samples until cancelled: of the event loop, and of what else is waited for."""
        clock = asyncio.get_running_loop().time
        while True:
            began_at = clock()
            await asyncio.sleep(SAMPLE_S)
            since_s = clock() - began_at
            self.add(max(since_s - SAMPLE_S, waited_s()), since_s)
