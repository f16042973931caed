"""Metrics for Prometheus, of all processes of a node together, and who may read them."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, cast

from litestar.connection import ASGIConnection
from msgspec import Struct
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client import REGISTRY as OWN_REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from veza.core.addresses import Network
from veza.core.errors import Forbidden
from veza.http.layers.request_metrics import REQUEST_METRICS
from veza.http.security.client import is_directly_from
from veza.infra.concurrency.single_flight import SingleFlight
from veza.server.http_protocol import ON_HEALTH_LISTENER

CONTENT_TYPE = CONTENT_TYPE_LATEST
# Prometheus asks every few seconds.
_LASTS_S = 1.0

type ReadShared = Callable[[], Awaitable[Sequence[Metric]]]


class MetricsRefused(Forbidden):
    """The client is not one of those that may read metrics."""

    code = "metrics_refused"
    message = (
        "Metrics are read from this machine. Name other readers in VEZA_METRICS_ADDRESSES, and the "
        "proxies before this server in VEZA_TRUSTED_PROXIES; or read them at VEZA_HEALTH_ADDRESS."
    )


class MetricsReaders(Struct, frozen=True):
    """The networks from which metrics may be read, and the proxies that are trusted."""

    networks: Sequence[Network]
    trusted_proxies: Sequence[Network]

    def ensure_reader(self, connection: ASGIConnection[Any, Any, Any, Any]) -> None:
        """Raise MetricsRefused for a client elsewhere. The health listener answers everybody."""
        if ON_HEALTH_LISTENER in cast(dict[str, Any], connection.scope):
            return
        if not is_directly_from(connection, self.networks, self.trusted_proxies):
            raise MetricsRefused


class MetricsText:
    """The metrics as text: one collection at a time, which holds for a second."""

    def __init__(self, read_shared: ReadShared) -> None:
        self._read_shared = read_shared
        self._collecting = SingleFlight(self._collect, _LASTS_S)

    async def get(self) -> bytes:
        """Return the metrics, at most a second old."""
        return await self._collecting.get()

    async def _collect(self) -> bytes:
        shared = await self._read_shared()
        REQUEST_METRICS.flush()
        return await asyncio.to_thread(collect, shared)


class _FixedMetrics(Collector):
    def __init__(self, metrics: Iterable[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self._metrics


def collect(shared: Iterable[Metric] = ()) -> bytes:
    """Return the metrics as text: those of the processes, then `shared`.

    Reads files of all processes: call it in a thread.
    """
    others = CollectorRegistry()
    others.register(_FixedMetrics(list(shared)))
    return _collect_processes() + generate_latest(others)


def _collect_processes() -> bytes:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest(OWN_REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return generate_latest(registry)
