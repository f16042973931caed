"""Counts calls to an external system by their result, and measures how long they take."""

import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager

from msgspec import Struct
from prometheus_client import Counter, Histogram


class CallMetrics(Struct, frozen=True):
    """A counter with two labels, what is called and its result, and a histogram with the first.

    `results` are those of errors, the first that fits; `otherwise` is that of all others.
    """

    calls: Counter
    seconds: Histogram
    results: Mapping[type[Exception], str]
    otherwise: str

    def declare(self, name: str) -> None:
        """Create the series at 0: Prometheus sees no increase from nothing to 1."""
        for result in ("ok", *self.results.values()):
            self.calls.labels(name, result)

    @contextmanager
    def measure(self, name: str) -> Generator[None]:
        """Count the call inside and its duration."""
        started = time.perf_counter()
        result = self.otherwise
        try:
            yield
            result = "ok"
        except Exception as error:
            found = (result for kind, result in self.results.items() if isinstance(error, kind))
            result = next(found, self.otherwise)
            raise
        finally:
            self.calls.labels(name, result).inc()
            self.seconds.labels(name).observe(time.perf_counter() - started)
