"""Metrics of the storage. Files on local disk that are sent to clients are not counted here."""

import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from functools import wraps

from prometheus_client import Counter, Histogram

from veza.core.errors import OutOfSpace
from veza.infra.storage.errors import ObjectExists, ObjectMissing, StorageBusy, StorageUnavailable

_CALLS = Counter(
    "veza_storage_operations_total", "Operations of the storage.", ["operation", "result"]
)
_SECONDS = Histogram(
    "veza_storage_seconds",
    "Duration of an operation of the storage. A `put` takes as long as its source.",
    ["operation"],
    buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300),
)
_WRITTEN = Counter("veza_storage_written_bytes_total", "Bytes of uploads that were stored.")

_RESULTS: dict[type[Exception], str] = {
    ObjectMissing: "missing",
    ObjectExists: "exists",
    OutOfSpace: "full",
    StorageBusy: "busy",
    StorageUnavailable: "unavailable",
}


def measured[**P, T](
    operation: str,
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Return a decorator that counts the calls of a coroutine function, and their duration."""
    for result in ("ok", "unavailable", "full"):
        # At 0: Prometheus sees no increase from nothing to 1.
        _CALLS.labels(operation, result)

    def decorate(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @wraps(function)
        async def call(*args: P.args, **kwargs: P.kwargs) -> T:
            with measuring(operation):
                return await function(*args, **kwargs)

        return call

    return decorate


@contextmanager
def measuring(operation: str) -> Generator[None]:
    """Count the operation inside and its duration."""
    started, result = time.perf_counter(), "interrupted"
    try:
        yield
        result = "ok"
    except Exception as error:
        # Others are of the source of an upload: a client that ended it.
        result = _RESULTS.get(type(error), "interrupted")
        raise
    finally:
        _CALLS.labels(operation, result).inc()
        _SECONDS.labels(operation).observe(time.perf_counter() - started)


def count_written(size: int) -> None:
    """Count the bytes of an upload."""
    _WRITTEN.inc(size)
