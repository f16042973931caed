"""Measure the latency of another client while one address attacks, and the memory it costs.

The attacker connects from 127.0.0.1 and the other client from 127.0.0.2: two addresses for the
server. Latencies are those of a new connection with one request, including the moment when
all attacking connections arrive.
"""

import asyncio
import base64
import os
import resource
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from bench.plan import Plan, Topic
from bench.ratios import Case, Result, Sample, compute_ratio
from bench.server import Server, running_server

CONNECTIONS = 2500
SECONDS = 25.0
QUIET_SECONDS = 3.0
_ATTACKER, _OTHER = "127.0.0.1", "127.0.0.2"
_PATIENCE_S = 30.0

_BODY = (
    b"POST /api/v1/auth/login HTTP/1.1\r\nHost: veza.test\r\nContent-Type: application/json\r\n"
    b"Content-Length: 1000\r\n\r\n{"
)
_HEAD = b"GET /api/v1/health HTTP/1.1\r\nHost: veza.test\r\nX: "
_PROBE = b"GET %b HTTP/1.1\r\nHost: veza.test\r\nConnection: close\r\n\r\n"
# A message of four parts of 15 MiB that never ends.
_PART_BYTES = 15 << 20
_PARTS = 4

type Attack = Callable[[int], Awaitable[None]]


async def run(_: Plan) -> list[Result]:
    """Run each attack once: the latency of another client during it and before."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    attacks: list[tuple[str, Attack, int]] = [
        ("bodies byte by byte", lambda port: _drip(port, _BODY), CONNECTIONS),
        ("unfinished headers", lambda port: _drip(port, _HEAD), CONNECTIONS),
        ("silent WebSockets", _be_silent, CONNECTIONS),
        # More sockets would measure how fast this process sends.
        ("endless WebSocket messages", _send_without_end, CONNECTIONS // 50),
    ]
    async with running_server(VEZA_CONNECTIONS_PER_IP="256", VEZA_LOG_LEVEL="error") as server:
        return [
            await _measure(server, name, attack, connections)
            for name, attack, connections in attacks
        ]


async def _measure(server: Server, name: str, attack: Attack, connections: int) -> Result:
    before = await _probe(server.port, QUIET_SECONDS)
    attackers = [asyncio.create_task(_attack(server.port, attack)) for _ in range(connections)]
    seen_mib: list[float] = []
    watching = asyncio.create_task(_watch_memory(server, seen_mib))
    during = await _probe(server.port, SECONDS)
    for task in (*attackers, watching):
        task.cancel()
    await asyncio.gather(*attackers, watching, return_exceptions=True)
    case = Case(
        topic="attacks",
        name=f"another client's p99 during {name}",
        reference="before",
        unit="ms",
        is_lower_better=True,
    )
    print(
        f"{name:27} p99 {_p99(before):6.1f} ms before, {_p99(during):6.1f} ms during, "
        f"slowest {max(during):7.1f} ms, memory at most {max(seen_mib):4.0f} MiB"
    )
    return compute_ratio(case, [Sample(_p99(during))], [Sample(_p99(before))])


async def _attack(port: int, attack: Attack) -> None:
    while True:
        with suppress(OSError, asyncio.IncompleteReadError, TimeoutError):
            await attack(port)
        # Reconnect, but not in a loop that loads the attacker's machine only.
        await asyncio.sleep(5)


async def _drip(port: int, start: bytes) -> None:
    reader, writer = await _connect(port, _ATTACKER)
    try:
        writer.write(start)
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    if not await reader.read(1000):
                        return
            writer.write(b" ")
    finally:
        writer.transport.abort()


async def _be_silent(port: int) -> None:
    reader, writer = await _open_socket(port)
    try:
        await reader.read(-1)
    finally:
        writer.transport.abort()


async def _send_without_end(port: int) -> None:
    _, writer = await _open_socket(port)
    try:
        piece = b"a" * 65536
        for number in range(_PARTS):
            start = b"\x01" if number == 0 else b"\x00"
            writer.write(start + b"\xff" + _PART_BYTES.to_bytes(8) + b"\0\0\0\0")
            for _ in range(_PART_BYTES // len(piece)):
                writer.write(piece)
                await writer.drain()
        await asyncio.sleep(_PATIENCE_S)
    finally:
        writer.transport.abort()


async def _open_socket(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await _connect(port, _ATTACKER)
    writer.write(
        b"GET /api/v1/chat/ws HTTP/1.1\r\nHost: veza.test\r\nUpgrade: websocket\r\n"
        b"Connection: upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
        + base64.b64encode(os.urandom(16))
        + b"\r\n\r\n"
    )
    await reader.readuntil(b"\r\n\r\n")
    return reader, writer


async def _probe(port: int, seconds: float) -> list[float]:
    """Send requests from another address; return the latency of each in milliseconds."""
    took: list[float] = []
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        for path in (b"/api/v1/health", b"/api/v1/tracks"):
            began = time.monotonic()
            async with asyncio.timeout(_PATIENCE_S):
                reader, writer = await _connect(port, _OTHER)
                writer.write(_PROBE % path)
                answer = await reader.read(-1)
                writer.close()
            if not answer.startswith(b"HTTP/1.1 200 "):
                raise RuntimeError(f"The other client was refused: {answer[:200]!r}")
            took.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(0.02)
    return took


async def _connect(port: int, source: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(source, 0))


async def _watch_memory(server: Server, seen_mib: list[float]) -> None:
    while True:
        seen_mib.append(server.rss_mib())
        await asyncio.sleep(0.1)


def _p99(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.99)]


TOPIC = Topic("attacks", run, is_compared=False)
