"""Metrics of the storage. Files on local disk that are sent to clients are not counted here."""

from collections.abc import Awaitable, Callable
from functools import wraps

from prometheus_client import Counter, Histogram

from veza.core.errors import OutOfSpace
from veza.infra.metrics.calls import CallMetrics
from veza.infra.storage.errors import ObjectExists, ObjectMissing, StorageBusy, StorageUnavailable

STORAGE_CALLS = CallMetrics(
    Counter("veza_storage_operations_total", "Operations of the storage.", ["operation", "result"]),
    Histogram(
        "veza_storage_seconds",
        "Duration of an operation of the storage. A `put` takes as long as its source.",
        ["operation"],
        buckets=(0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 15, 60, 300),
    ),
    {
        ObjectMissing: "missing",
        ObjectExists: "exists",
        OutOfSpace: "full",
        StorageBusy: "busy",
        StorageUnavailable: "unavailable",
    },
    # Others are of the source of an upload: a client that ended it.
    otherwise="interrupted",
)
_WRITTEN = Counter("veza_storage_written_bytes_total", "Bytes of uploads that were stored.")


def measured[**P, T](
    operation: str,
) -> Callable[[Callable[P, Awaitable[T]]], Callable[P, Awaitable[T]]]:
    """Return a decorator that counts the calls of a coroutine function, and their duration."""
    STORAGE_CALLS.declare(operation)

    def decorate(function: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
        @wraps(function)
        async def call(*args: P.args, **kwargs: P.kwargs) -> T:
            with STORAGE_CALLS.measure(operation):
                return await function(*args, **kwargs)

        return call

    return decorate


def count_written(size: int) -> None:
    """Count the bytes of an upload."""
    _WRITTEN.inc(size)
