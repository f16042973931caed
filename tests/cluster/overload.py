"""Offer one node three times what it can do, and print what became of it.

python -m tests.cluster.overload
"""

import asyncio
import itertools
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.http_client import HttpConnection
from tests.cluster.cluster import Cluster, end_at_sigterm, running
from tests.cluster.load import Load
from tests.journeys.served import memory_kib, processes_of

CLOSED_CLIENTS, CLOSED_S = 12, 8
TIMES, OVERLOAD_S = 3, 20
# Fewer than the node accepts.
MAX_CONNECTIONS = 4000
WEIGHTS = {"exploration": 6, "ordinary": 2, "vital": 2}


@dataclass
class Results:
    """The durations of accepted requests by importance, and how many were refused."""

    accepted: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    others: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, kind: str, status: int, took_s: float) -> None:
        if status < 400:
            self.accepted[kind].append(took_s)
        elif status == 503:
            self.refused[kind] += 1
        else:
            self.others[f"{kind} {status}"] += 1

    @property
    def count(self) -> int:
        return sum(map(len, self.accepted.values()))


class Offered:
    """Requests of one member to one node, on as many connections as they need."""

    def __init__(self, cluster: Cluster, load: Load) -> None:
        self._port = cluster.nodes[0].port
        paths = {
            "exploration": "tracks?limit=20",
            "ordinary": "notifications",
            "vital": "marketplace/orders",
        }
        self._requests = {
            kind: (
                f"GET /api/v1/{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"Authorization: Bearer {load.token}\r\n\r\n"
            ).encode()
            for kind, path in paths.items()
        }
        self._kinds = random.Random(1).choices(list(WEIGHTS), list(WEIGHTS.values()), k=1000)
        self._idle: list[HttpConnection] = []
        self._open = 0

    async def measure_capacity(self) -> float:
        """Return how many requests a second are answered to clients that wait for answers."""
        results, numbers = Results(), itertools.count()
        end = time.monotonic() + CLOSED_S

        async def ask() -> None:
            while time.monotonic() < end:
                await self._send(results, next(numbers))

        await asyncio.gather(*(ask() for _ in range(CLOSED_CLIENTS)))
        assert not results.others, results.others
        return results.count / CLOSED_S

    async def offer(self, per_s: float, seconds: float) -> Results:
        """Send so many requests a second, whether or not earlier ones are answered."""
        results, began, sent = Results(), time.monotonic(), 0
        async with asyncio.TaskGroup() as group:
            while (now := time.monotonic()) < began + seconds:
                due = int((now - began) * per_s)
                for number in range(sent, due):
                    group.create_task(self._send(results, number))
                sent = due
                await asyncio.sleep(0.005)
        return results

    async def _send(self, results: Results, number: int) -> None:
        kind = self._kinds[number % len(self._kinds)]
        if not self._idle and self._open == MAX_CONNECTIONS:
            results.others["held back"] += 1
            return
        began = time.monotonic()
        try:
            connection = await self._connect()
            answer = await connection.send(self._requests[kind])
        except (OSError, asyncio.IncompleteReadError) as error:
            results.others[f"{kind} {type(error).__name__}"] += 1
            return
        results.add(kind, answer.status, time.monotonic() - began)
        self._idle.append(connection)

    async def _connect(self) -> HttpConnection:
        if self._idle:
            return self._idle.pop()
        self._open += 1
        return await HttpConnection(self._port).__aenter__()


def main() -> None:
    end_at_sigterm()
    unlimited = {"VEZA_CONNECTIONS_PER_IP": "0", "VEZA_OVERLOAD_DELAY_MS": "100"}
    with running(http_nodes=1, worker_nodes=1, **unlimited) as cluster:
        load = Load(cluster.url, Path(tempfile.mkdtemp(dir=cluster.folder)))
        load.start()
        load.stop()
        offered = Offered(cluster, load)
        asyncio.run(_try(cluster, offered))


async def _try(cluster: Cluster, offered: Offered) -> None:
    capacity = await offered.measure_capacity()
    before = _memory_mib(cluster)
    print(f"capacity: {capacity:.0f} requests/s, memory {before} MiB", flush=True)
    results = await offered.offer(TIMES * capacity, OVERLOAD_S)
    during = _memory_mib(cluster)
    recovered_s = await _time_recovery(cluster)
    print(f"offered: {TIMES * capacity:.0f}/s, answered: {results.count / OVERLOAD_S:.0f}/s")
    print("| importance | accepted | refused | median | p99 | slowest |")
    print("| --- | --- | --- | --- | --- | --- |")
    for kind in WEIGHTS:
        times = sorted(results.accepted[kind])
        print(
            f"| {kind} | {len(times)} | {results.refused[kind]} | {_ms(times, 0.5)} "
            f"| {_ms(times, 0.99)} | {_ms(times, 1)} |"
        )
    print(f"others: {dict(results.others)}; memory {during} MiB, {_memory_mib(cluster)} afterwards")
    print(f"all is accepted again after {recovered_s:.1f} s")


async def _time_recovery(cluster: Cluster) -> float:
    """Return how long it takes until twenty visitors in a row are answered."""
    began, in_a_row, recovered = time.monotonic(), 0, time.monotonic()
    async with httpx.AsyncClient(base_url=cluster.nodes[0].url, timeout=30) as client:
        while in_a_row < 20:
            answer = await client.get("/api/v1/tracks")
            if answer.status_code != 200:
                in_a_row, recovered = 0, time.monotonic()
            else:
                in_a_row += 1
            await asyncio.sleep(0.05)
    return recovered - began


def _memory_mib(cluster: Cluster) -> int:
    """The memory of all processes of the node, what they share counted once for each."""
    return sum(memory_kib(pid, "VmRSS") for pid in processes_of(cluster.nodes[0].data_dir)) // 1024


def _ms(times: Sequence[float], share: float) -> str:
    if not times:
        return "—"
    return f"{times[min(len(times) - 1, int(share * len(times)))] * 1000:.0f} ms"


if __name__ == "__main__":
    main()
