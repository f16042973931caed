"""Tells how much work a process has to refuse, so that what it accepts is answered in time.

Measured is how long requests wait for each other: for the event loop, and for a connection to the
database. While that is longer than a limit, a share of the requests is refused that grows until the
wait is shorter, beginning with the least important ones. Queues of routers are kept short like this
(PIE, RFC 8033); it needs no measure of what the machine can do.

A wait that others cause is none: refusing requests would not end it. So a turn of the event loop
counts as long as the CPU time that this process used in it, roughly, and only if many requests came
meanwhile; the queue for connections counts only if it is long and more callers keep joining it.
"""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from enum import IntEnum

from msgspec import Struct

SAMPLE_S = 0.05
# So many requests at once are a crowd that any process copes with: nothing is refused for them.
FEW = 50
# A queue that fewer have joined within the limit is left from an earlier burst, and gets shorter.
STILL_JOINING = 4
# All is accepted again when no more than a few have been there for so long, or next to none came:
# up to one between two samples.
CALM_S = 0.5
# What a second adds while the limit is exceeded, times the wait in limits, at most three; and what
# it takes away otherwise.
_RISE = 2.0
_MOST_LIMITS = 3.0
_FALL = 1.0
# One sample counts for no more: after a long pause it isn't known yet what goes on. For no less:
# at three times what the process can do, each turn of its loop is three times as long as the last.
_MOST_S = 0.3
# What a process gets of a core beside the database that works for it: all of its wait is its own.
_OWN_SHARE = 0.25
# Up to here nothing is refused. A first sample above the limit leads no further: it is a burst.
_SLACK = 0.7


class Importance(IntEnum):
    """The order in which work is refused: exploring first, what plays and what is paid last."""

    EXPLORATION = 0
    ORDINARY = 1
    VITAL = 2


class LoadSample(Struct, frozen=True):
    """The work of a process since its last sample, and the callers that wait now."""

    since_s: float
    # CPU time of the whole process.
    cpu_s: float
    # Requests that came.
    begun: int
    # How long each caller that waits for a connection has waited; the first is the longest.
    waits_s: Sequence[float] = ()


class OverloadGauge:
    """The severity of an overload: 0 refuses nothing, and 3 everything. A `limit_s` of 0: never."""

    def __init__(self, limit_s: float, draw: Callable[[], float] = random.random) -> None:
        self._limit_s = limit_s
        self._draw = draw
        self._pressure = 0.0
        self._is_lasting = False
        self._calm_s = 0.0
        self._begun = 0

    @property
    def severity(self) -> float:
        """Return the severity: each degree refuses one more importance."""
        return max(0.0, self._pressure - _SLACK)

    def begin(self) -> None:
        """Count a request, accepted or not."""
        self._begun += 1

    def add(self, sample: LoadSample) -> None:
        """Add a sample."""
        if not self._limit_s:
            return
        is_calm = sample.begun <= 1 or sample.begun + len(sample.waits_s) <= FEW
        self._calm_s = self._calm_s + sample.since_s if is_calm else 0.0
        loop_s = _wait_for_loop(sample)
        queue_s = _wait_for_connection(sample, self._limit_s)
        wait_s = max(loop_s if sample.begun > FEW else 0.0, queue_s)
        is_exceeded = wait_s > self._limit_s
        counted_s = min(sample.since_s, _MOST_S)
        if is_exceeded:
            added = _RISE * min(_MOST_LIMITS, wait_s / self._limit_s) * counted_s
            most = len(Importance) + _SLACK if self._is_lasting else max(_SLACK, self._pressure)
            self._pressure = min(most, self._pressure + added)
        elif self._calm_s >= CALM_S:
            self._pressure = 0.0
        else:
            self._pressure = max(0.0, self._pressure - _FALL * counted_s)
        self._is_lasting = is_exceeded or loop_s > self._limit_s / _MOST_LIMITS

    def refuses(self, importance: Importance) -> bool:
        """Return whether to refuse work: by chance, so that a share of it is refused."""
        severity = self.severity
        return severity > importance and self._draw() < severity - importance

    async def watch(self, list_waits: Callable[[], Sequence[float]]) -> None:
        """Add samples until cancelled. `list_waits` returns the waits for a connection."""
        clock = asyncio.get_running_loop().time
        while True:
            began_at = clock()
            used_s = time.process_time()
            self._begun = 0
            await asyncio.sleep(SAMPLE_S)
            since_s = clock() - began_at
            cpu_s = time.process_time() - used_s
            self.add(LoadSample(since_s, cpu_s, self._begun, list_waits()))


def _wait_for_loop(sample: LoadSample) -> float:
    return min(sample.since_s - SAMPLE_S, sample.cpu_s / _OWN_SHARE)


def _wait_for_connection(sample: LoadSample, limit_s: float) -> float:
    waits_s = sample.waits_s
    recent_s = max(limit_s, sample.since_s)
    if len(waits_s) <= FEW or sum(wait_s <= recent_s for wait_s in waits_s) <= STILL_JOINING:
        return 0.0
    return waits_s[0]
