"""The load generator where wrk is not installed.

Runs as a separate process: reads a `LoadTask` as JSON from standard input and writes a `LoadResult`
as JSON to standard output.
"""

import asyncio
import itertools
import sys
import time
from collections.abc import Iterator

import msgspec
import uvloop

from bench.http_client import HttpConnection, encode_request
from bench.load import LoadResult, LoadTask


class LoadTally:
    """The number of messages that all connections have received."""

    def __init__(self) -> None:
        self.lags_s: list[float] = []
        self.received_bytes = 0
        self.failures: dict[str, int] = {}


async def run(task: LoadTask) -> LoadResult:
    """Send the requests of the task and return the result."""
    tally = LoadTally()
    requests = itertools.cycle([encode_request(task.port, r) for r in task.requests])
    began = time.monotonic()
    ends_at = began + task.seconds
    connections = (_send(task.port, requests, ends_at, tally) for _ in range(task.connections))
    await asyncio.gather(*connections)
    took = time.monotonic() - began
    lags = sorted(tally.lags_s) or [0.0]
    return LoadResult(
        responses=len(tally.lags_s),
        seconds=took,
        p50_ms=lags[len(lags) // 2] * 1000,
        p99_ms=lags[len(lags) * 99 // 100] * 1000,
        mib_per_s=tally.received_bytes / took / 2**20,
        failures=", ".join(f"{n} x {what}" for what, n in tally.failures.items()),
    )


async def _send(port: int, requests: Iterator[bytes], ends_at: float, tally: LoadTally) -> None:
    async with HttpConnection(port) as connection:
        while (began := time.monotonic()) < ends_at:
            text = next(requests)
            if b"COUNT" in text:
                text = text.replace(b"COUNT", b"%05d" % (time.monotonic_ns() // 1000 % 100_000))
            answer = await connection.send(text)
            tally.lags_s.append(time.monotonic() - began)
            tally.received_bytes += len(answer.body)
            if not 200 <= answer.status < 300:
                what = f"status {answer.status}"
                tally.failures[what] = tally.failures.get(what, 0) + 1


def main() -> None:
    """Run the task from standard input."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=LoadTask)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(task))))


if __name__ == "__main__":
    main()
