"""Metrics of a process: what it uses, its pool, its WebSockets and its uploads.

They are sampled, as a request must not pay for them. Each process writes its own gauges, which are
added up when the metrics are read; those of processes that have ended are removed.
"""

import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from prometheus_client import Counter, Gauge

from veza.app.services import Services
from veza.infra.processes.heartbeats import beating
from veza.infra.processes.tasks import repeat, running

INTERVAL_S = 2.0

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def _gauge(name: str, description: str, *labels: str) -> Gauge:
    return Gauge(name, description, labels, multiprocess_mode="livesum")


_PROCESSES = _gauge("veza_processes", "Running processes of this node.", "process")
_MEMORY = _gauge("veza_process_resident_bytes", "Resident memory, shared in part.", "process")
_FILES = _gauge("veza_process_open_files", "Open descriptors.", "process")
_CPU = Counter("veza_process_cpu_seconds_total", "CPU time of user and system.", ["process"])
_DELAY = Gauge(
    "veza_event_loop_delay_seconds",
    "How late the event loop was at the last sample: the worst process.",
    ["process"],
    multiprocess_mode="livemax",
)
_CONNECTIONS = _gauge("veza_database_connections", "Connections of a pool.", "pool", "state")
_MAX_CONNECTIONS = _gauge("veza_database_connections_max", "The limit of a pool.", "pool")
_WAITING = _gauge("veza_database_waiting", "Callers that wait for a connection.", "pool")
_SOCKETS = _gauge("veza_chat_connections", "Open WebSockets that are authenticated.")
_CHANNELS = _gauge("veza_chat_channels", "Conversations with subscribers, by process.")
_UPLOADS = _gauge("veza_storage_uploads", "Uploads under way.")
_MAX_UPLOADS = _gauge("veza_storage_uploads_max", "The limit of uploads under way.")


@asynccontextmanager
async def sampling(services: Services, process: str) -> AsyncGenerator[None]:
    """Sample this process every two seconds while inside, and show that its event loop runs."""
    sampler = ProcessSampler(services, process)
    async with beating(), running(repeat(sampler.sample, each_s=INTERVAL_S)):
        yield


class ProcessSampler:
    """Writes the gauges of a process: `http` or `worker`."""

    def __init__(self, services: Services, process: str) -> None:
        self._services = services
        self._process = process
        self._cpu_s = 0.0
        self._due_at = time.monotonic()

    async def sample(self) -> None:
        """Write all gauges."""
        pool = self._services.database.pool
        use = pool.use
        _CONNECTIONS.labels(pool.name, "in_use").set(use.in_use)
        _CONNECTIONS.labels(pool.name, "idle").set(use.idle)
        _MAX_CONNECTIONS.labels(pool.name).set(pool.max_size)
        _WAITING.labels(pool.name).set(use.waiting)
        hub = self._services.hub
        storage = self._services.storage
        _SOCKETS.set(len(hub.connections))
        _CHANNELS.set(len(hub.channels))
        _UPLOADS.set(storage.writes)
        _MAX_UPLOADS.set(storage.max_writes)
        self._sample_process()

    def _sample_process(self) -> None:
        now = time.monotonic()
        _DELAY.labels(self._process).set(max(0.0, now - self._due_at))
        self._due_at = now + INTERVAL_S
        times = os.times()
        used_s = times.user + times.system
        _CPU.labels(self._process).inc(used_s - self._cpu_s)
        self._cpu_s = used_s
        resident = int(Path("/proc/self/statm").read_bytes().split()[1])
        _MEMORY.labels(self._process).set(resident * _PAGE_BYTES)
        _FILES.labels(self._process).set(sum(1 for _ in Path("/proc/self/fd").iterdir()))
        # Last: where it is, the others are.
        _PROCESSES.labels(self._process).set(1)


def forget_gauges(pid: int | None = None) -> None:
    """Remove the gauges of a process that has ended, or of all; counters stay in the sums."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder is not None:
        for path in Path(folder).glob(f"gauge_live*_{pid or '*'}.db"):
            path.unlink(missing_ok=True)
