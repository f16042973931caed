"""A broadcast that goes on while parts of the cluster fail: what its viewers see.

python -m tests.cluster.broadcast     # prints the table of docs/performance.md, in two minutes
"""

import secrets
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import httpx

from tests.cluster.cluster import Cluster, end_at_sigterm, running
from tests.cluster.faults import (
    Fault,
    do_nothing,
    kill_node,
    kill_primary,
    kill_valkey,
    start_node,
    start_primary,
    start_valkey,
    start_workers,
)
from tests.cluster.ingest import Ingest
from tests.encoders import encoding
from tests.journeys.served import free_port, kill_if_there, named_in, until
from tests.make import PASSWORD

BEFORE_S = 4
# So long after the repair viewers have to be where the encoder is.
AFTER_S = 15
BEAT_S = 0.25
RECONNECT_S = 1.0
# The module writes segments of one to two seconds.
SMOOTH_S = 4.0

HEAD = (
    "| fault | failed requests of a viewer | for how long | longest wait for a segment "
    "| encoder connects again |"
)


@dataclass
class Viewer:
    """A player: it reads the playlist four times a second, and each segment once.

    `arrivals` are the times of new segments, `failures` the times and reasons of what failed; a
    segment that failed is asked for again, as players do.
    """

    url: str
    arrivals: list[float] = field(default_factory=list)
    failures: list[tuple[float, str]] = field(default_factory=list)
    requests: int = 0
    _seen: set[str] = field(default_factory=set)

    def watch(self, is_over: threading.Event) -> None:
        with httpx.Client(base_url=f"{self.url}/hls/", timeout=10) as client:
            while not is_over.wait(BEAT_S):
                playlist = self._fetch(client, "index.m3u8")
                names = named_in(playlist.replace("\r", "")) if playlist else []
                for name, _ in names:
                    if name not in self._seen and self._fetch(client, name):
                        self._seen.add(name)
                        self.arrivals.append(time.monotonic())

    def longest_pause_s(self, since: float) -> float:
        """Return the longest time without a new segment."""
        times = [one for one in self.arrivals if one >= since]
        times = [since, *times, time.monotonic()]
        return max(later - earlier for earlier, later in pairwise(times))

    def _fetch(self, client: httpx.Client, name: str) -> str:
        self.requests += 1
        try:
            answer = client.get(name)
        except httpx.TransportError as error:
            self.failures.append((time.monotonic(), type(error).__name__))
            return ""
        if answer.status_code != 200:
            self.failures.append((time.monotonic(), str(answer.status_code)))
            return ""
        return answer.text or "empty"


@dataclass
class Broadcast:
    """An encoder that connects again after it was disconnected, and a viewer."""

    rtmp_url: str
    viewer: Viewer
    connections: int = 0

    def __post_init__(self) -> None:
        self._is_over = threading.Event()
        self._threads = [
            threading.Thread(target=target, daemon=True) for target in (self._encode, self._view)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()
        until(lambda: len(self.viewer.arrivals) > 2, 60)
        # Until the encoder was admitted there was nothing to see.
        self.viewer.failures.clear()

    def stop(self) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join()

    def _encode(self) -> None:
        while not self._is_over.is_set():
            with encoding(self.rtmp_url, seconds=3600, has_pictures=False) as encoder:
                self.connections += 1
                while not (encoder.has_ended or self._is_over.wait(BEAT_S)):
                    pass
            self._is_over.wait(RECONNECT_S)

    def _view(self) -> None:
        self.viewer.watch(self._is_over)


def make_faults(ingest: Ingest) -> list[Fault]:
    """Return what is broken during the broadcast; the last one is the ingest itself."""

    def kill_worker(cluster: Cluster) -> None:
        cluster.workers[0].kill()

    def kill_ingest(_: Cluster) -> None:
        for pid in ingest.program.family():
            kill_if_there(pid)
        ingest.program.wait()

    def start_ingest(_: Cluster) -> None:
        ingest.start()

    return [
        Fault("nothing fails", do_nothing, do_nothing),
        Fault("an HTTP node is killed", kill_node, start_node),
        Fault("a worker is killed", kill_worker, start_workers),
        Fault("Valkey is killed, and comes back empty", kill_valkey, start_valkey),
        Fault("PostgreSQL is killed, and starts again at once", kill_primary, start_primary, 0),
        Fault("the ingest is killed, and starts again at once", kill_ingest, start_ingest, 0),
    ]


def attempt(cluster: Cluster, broadcast: Broadcast, fault: Fault) -> tuple[str, bool]:
    """Try a fault during the broadcast; return the line of the table, and whether it goes on."""
    time.sleep(BEFORE_S)
    began, connections = time.monotonic(), broadcast.connections
    requests = broadcast.viewer.requests
    fault.hurt(cluster)
    time.sleep(fault.held_s)
    fault.heal(cluster)
    time.sleep(AFTER_S)
    viewer, now = broadcast.viewer, time.monotonic()
    failures = [(at, what) for at, what in viewer.failures if at >= began]
    lasted = f"{failures[-1][0] - failures[0][0]:.1f} s" if failures else "—"
    again = broadcast.connections - connections
    line = (
        f"| {fault.name} | {_summarise(failures, viewer.requests - requests)} | {lasted} "
        f"| {viewer.longest_pause_s(began):.1f} s | {again or 'none'} |"
    )
    return line, now - viewer.arrivals[-1] < SMOOTH_S


def _summarise(failures: Sequence[tuple[float, str]], total: int) -> str:
    if not failures:
        return f"nothing: {total} requests succeed"
    results = Counter(what for _, what in failures)
    shown = ", ".join(f"{count} × {result}" for result, count in results.most_common())
    return f"{shown} of {total} requests"


def main() -> None:
    end_at_sigterm()
    port, secret = free_port(), secrets.token_hex(16)
    settings = {"VEZA_LIVE_RTMP_PORT": str(port), "VEZA_LIVE_HOOK_SECRET": secret}
    stalled: list[str] = []
    with running(**settings) as cluster:
        ingest = Ingest(cluster, port, secret)
        ingest.start()
        broadcast = go_live(cluster, port)
        try:
            print(HEAD)
            print("| --- | --- | --- | --- | --- |", flush=True)
            for fault in make_faults(ingest):
                line, goes_on = attempt(cluster, broadcast, fault)
                stalled += [] if goes_on else [fault.name]
                print(line, flush=True)
        finally:
            broadcast.stop()
            ingest.program.stop()
    sys.exit(f"The broadcast did not go on: {stalled}" if stalled else 0)


def go_live(cluster: Cluster, port: int) -> Broadcast:
    """Start a broadcast of a new member, which a visitor watches through the load balancer."""
    name = f"radio{secrets.token_hex(4)}"
    form = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    with httpx.Client(base_url=f"{cluster.url}/api/v1/", timeout=30) as client:
        made = client.post("auth/register", json=form).json()["data"]
        headers = {"authorization": f"Bearer {made['access_token']}"}
        stream = client.post("live/streams", json={"title": "Radio"}, headers=headers)
        key = client.get("live/streams/me/key", headers=headers).json()["data"]["stream_key"]
    path = f"api/v1/live/streams/{stream.json()['data']['id']}"
    broadcast = Broadcast(f"rtmp://127.0.0.1:{port}/live/{key}", Viewer(f"{cluster.url}/{path}"))
    broadcast.start()
    return broadcast


if __name__ == "__main__":
    main()
