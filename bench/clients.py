"""Many WebSocket clients in one process, with little overhead.

Runs as a separate process: reads a `Task` as JSON from standard input and writes an `Outcome` as
JSON to standard output. Messages contain the time at which they were sent, by this process's clock,
to compute the lag of each delivery.
"""

import asyncio
import base64
import os
import sys
import time
from array import array
from typing import cast

import msgspec
import uvloop
from msgspec import Struct

_STAMP = b"stamp:"
_STAMP_DIGITS = 19
_MESSAGE = b'"type":"message"'
_ACK = b'"type":"ack"'
# The type is within the first bytes of a frame.
_HEAD = 80
_PATIENCE_S = 60.0
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Task(Struct, frozen=True):
    """The clients to open, their first frame, and the messages to send.

    `STAMP` and `CLIENT_ID` in `message` are replaced each time it is sent.
    """

    port: int
    paths: list[str]
    hello: str | None
    message: str
    a_second: int
    warm_s: float
    seconds: float


class Outcome(Struct, frozen=True):
    """Deliveries in the measured time, their lags in ms, and acknowledgements."""

    sent: int
    acknowledged: int
    delivered: int
    delivered_a_second: float
    lag_p50_ms: float
    lag_p99_ms: float
    closed: int


class Tally:
    """Counts of all clients; `lags_ns` and `delivered` only while `is_measuring`."""

    def __init__(self) -> None:
        self.is_measuring = False
        self.lags_ns = array("q")
        self.delivered = 0
        self.acknowledged = 0
        self.closed = 0


class Client(asyncio.Protocol):
    """A WebSocket client (RFC 6455) that counts what it receives."""

    def __init__(self, path: str, tally: Tally) -> None:
        self._path = path
        self._tally = tally
        self._rest = b""
        self._is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Request the upgrade to a WebSocket."""
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, _: Exception | None) -> None:
        """Count the closed connection."""
        self._tally.closed += 1
        for waiting in (self.opened, self.welcomed):
            if not waiting.done():
                waiting.set_exception(ConnectionError("The connection was closed."))

    def data_received(self, data: bytes) -> None:
        """Process all complete frames."""
        data = self._rest + data if self._rest else data
        if not self._is_open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self._rest = head
                return
            if b" 101 " not in head[:20]:
                self.opened.set_exception(ConnectionError(head.decode()))
                return
            self._is_open = True
            self.opened.set_result(None)
        place, length = 0, len(data)
        while length - place >= 2:
            size, start = data[place + 1] & 127, place + 2
            if size == 126:
                size, start = int.from_bytes(data[start : start + 2]), start + 2
            elif size == 127:
                size, start = int.from_bytes(data[start : start + 8]), start + 8
            if length < start + size:
                break
            self._count(data[place] & 15, data[start : start + size])
            place = start + size
        self._rest = data[place:]

    def send(self, text: bytes, opcode: int = _TEXT) -> None:
        """Send a frame, masked with zeros."""
        size = len(text)
        head = bytes([128 | opcode])
        head += bytes([128 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
        self._transport.write(head + b"\0\0\0\0" + text)

    def close(self) -> None:
        """Abort the connection."""
        self._transport.abort()

    def _count(self, opcode: int, text: bytes) -> None:
        tally = self._tally
        if opcode == _PING:
            self.send(text, _PONG)
        elif _MESSAGE in text[:_HEAD]:
            if tally.is_measuring:
                tally.delivered += 1
                at = text.find(_STAMP) + len(_STAMP)
                tally.lags_ns.append(time.monotonic_ns() - int(text[at : at + _STAMP_DIGITS]))
        elif _ACK in text[:_HEAD]:
            if not self.welcomed.done():
                self.welcomed.set_result(None)
            elif b"client_id" in text:
                tally.acknowledged += 1


async def run(task: Task) -> Outcome:
    """Open the clients, send messages, and return the outcome."""
    tally = Tally()
    clients = [await _open(task, path, tally) for path in task.paths]
    sent = await _send_messages(task, clients, task.warm_s)
    tally.is_measuring = True
    began = time.monotonic()
    sent += await _send_messages(task, clients, task.seconds)
    took = time.monotonic() - began
    tally.is_measuring = False
    lags = sorted(tally.lags_ns)
    # Wait for the last acknowledgements; later deliveries don't count.
    await asyncio.sleep(2)
    closed = tally.closed
    for client in clients:
        client.close()
    return Outcome(
        sent=sent,
        acknowledged=tally.acknowledged,
        delivered=tally.delivered,
        delivered_a_second=tally.delivered / took,
        lag_p50_ms=lags[len(lags) // 2] / 1e6 if lags else 0.0,
        lag_p99_ms=lags[len(lags) * 99 // 100] / 1e6 if lags else 0.0,
        closed=closed,
    )


async def _open(task: Task, path: str, tally: Tally) -> Client:
    loop = asyncio.get_running_loop()
    _, client = await loop.create_connection(lambda: Client(path, tally), "127.0.0.1", task.port)
    async with asyncio.timeout(_PATIENCE_S):
        await client.opened
        if task.hello is not None:
            client.send(task.hello.encode())
            await client.welcomed
        else:
            client.welcomed.set_result(None)
    return client


async def _send_messages(task: Task, clients: list[Client], seconds: float) -> int:
    """Send messages from the clients in turn at the rate of the task; return their number."""
    began, sent = time.monotonic(), 0
    while (past := time.monotonic() - began) < seconds:
        while sent < past * task.a_second:
            text = task.message.replace("CLIENT_ID", base64.b32encode(os.urandom(10)).decode())
            text = text.replace("STAMP", f"stamp:{time.monotonic_ns():0{_STAMP_DIGITS}d}")
            # A prime, so that consecutive messages come from distant clients.
            clients[(sent * 7) % len(clients)].send(text.encode())
            sent += 1
        await asyncio.sleep(0.002)
    return sent


def main() -> None:
    """Run the task from standard input."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(task))))


if __name__ == "__main__":
    main()
