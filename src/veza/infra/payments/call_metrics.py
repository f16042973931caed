"""Metrics of the calls to payment and payout providers."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from prometheus_client import Counter, Histogram

from veza.core.errors import Unavailable
from veza.infra.payments.errors import ProviderRefused

_CALLS = Counter(
    "veza_provider_calls_total", "Calls to a payment or payout provider.", ["provider", "result"]
)
_SECONDS = Histogram(
    "veza_provider_seconds",
    "Duration of a call to a payment or payout provider.",
    ["provider"],
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)


def declare_provider(provider: str) -> None:
    """Create the series of a provider at 0: Prometheus sees no increase from nothing to 1."""
    for result in ("ok", "refused", "unavailable"):
        _CALLS.labels(provider, result)


@contextmanager
def measuring_call(provider: str) -> Generator[None]:
    """Count the call inside and its duration; `refused` is an answer, `unavailable` is none."""
    started, result = time.perf_counter(), "error"
    try:
        yield
        result = "ok"
    except ProviderRefused:
        result = "refused"
        raise
    except Unavailable:
        result = "unavailable"
        raise
    finally:
        _CALLS.labels(provider, result).inc()
        _SECONDS.labels(provider).observe(time.perf_counter() - started)
