"""Metrics for Prometheus, of all processes of a node together."""

import os
from collections.abc import Iterable

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client import REGISTRY as OWN_REGISTRY
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST


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
