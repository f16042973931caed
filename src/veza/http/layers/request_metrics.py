"""Counts and durations of requests, added to the metrics many at a time.

The values of a metric lie in a file that processes share; writing three of them takes longer than
finding a body that is at hand. So durations wait for a tenth of a second, or until there are many.
"""

import asyncio
import atexit
from bisect import bisect_left
from collections import Counter as Tally
from collections.abc import Sequence

from prometheus_client import Counter, Histogram

_REQUESTS = Counter("veza_http_requests_total", "Requests answered.", ["method", "route", "status"])
_MAX_WAITING = 256
_MAX_WAIT_S = 0.1


class _Seconds(Histogram):
    def observe_all(self, durations: Sequence[float]) -> None:
        """Observe many values, with one write for each bucket that they fall into."""
        self._sum.inc(sum(durations))
        found = Tally(bisect_left(self._upper_bounds, seconds) for seconds in durations)
        for bucket, count in found.items():
            self._buckets[bucket].inc(count)


_SECONDS = _Seconds(
    "veza_http_request_seconds",
    "Time until the response was sent completely.",
    ["method", "route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60),
)


class RequestMetrics:
    """Collects the durations of requests by method, route and class of their status."""

    def __init__(self) -> None:
        # `labels` takes longer than counting does.
        self._series: dict[tuple[str, str, int], tuple[Counter, _Seconds]] = {}
        self._waiting: dict[tuple[str, str, int], list[float]] = {}
        self._number = 0
        atexit.register(self.flush)

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request soon; at once if no event loop runs, which could do it later."""
        self._waiting.setdefault((method, route, status // 100), []).append(seconds)
        self._number += 1
        if self._number >= _MAX_WAITING:
            self.flush()
        elif self._number == 1:
            try:
                asyncio.get_running_loop().call_later(_MAX_WAIT_S, self.flush)
            except RuntimeError:
                self.flush()

    def flush(self) -> None:
        """Add everything that waits to the metrics."""
        waiting, self._waiting, self._number = self._waiting, {}, 0
        for key, durations in waiting.items():
            requests, seconds = self._series.get(key) or self._find_series(key)
            requests.inc(len(durations))
            seconds.observe_all(durations)

    def _find_series(self, key: tuple[str, str, int]) -> tuple[Counter, _Seconds]:
        method, route, hundreds = key
        # Without an answer the status is 0.
        status = f"{hundreds}xx" if hundreds else "none"
        found = (_REQUESTS.labels(method, route, status), _SECONDS.labels(method, route))
        self._series[key] = found
        return found


REQUEST_METRICS = RequestMetrics()
