"""Many WebSocket clients in one process, as cheaply for this side as can be.

Run as a process of its own: what to do comes as JSON on standard input, what came of it goes out
as JSON on standard output. Messages carry the moment at which they were sent, by this process's
clock, so that each delivery tells its lag.
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
# The type stands at the beginning of a frame.
_HEAD = 80
_PATIENCE_S = 60.0
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Task(Struct, frozen=True):
    """Which clients to open, what each says first, and how much is said then.

    In `message` the words `STAMP` and `CLIENT_ID` are replaced, each time it is sent.
    """

    port: int
    paths: list[str]
    hello: str | None
    message: str
    a_second: int
    warm_s: float
    seconds: float


class Outcome(Struct, frozen=True):
    """What came of it: deliveries in the measured time, their lags in ms, and acknowledgements."""

    sent: int
    acknowledged: int
    delivered: int
    delivered_a_second: float
    lag_p50_ms: float
    lag_p99_ms: float
    closed: int


class Tally:
    """What all clients have seen; `lags_ns` only while `is_measuring`."""

    def __init__(self) -> None:
        self.is_measuring = False
        self.lags_ns = array("q")
        self.delivered = 0
        self.acknowledged = 0
        self.closed = 0


class Client(asyncio.Protocol):
    """One WebSocket (RFC 6455), which counts what it gets."""

    def __init__(self, path: str, tally: Tally) -> None:
        self._path = path
        self._tally = tally
        self._rest = b""
        self._is_open = False
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.welcomed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask to talk."""
        self._transport = cast("asyncio.Transport", transport)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def connection_lost(self, _: Exception | None) -> None:
        """Count it: nobody closes while it is measured."""
        self._tally.closed += 1
        for waiting in (self.opened, self.welcomed):
            if not waiting.done():
                waiting.set_exception(ConnectionError("It was closed."))

    def data_received(self, data: bytes) -> None:
        """Read as many whole frames as there are."""
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
            self._hear(data[place] & 15, data[start : start + size])
            place = start + size
        self._rest = data[place:]

    def say(self, text: bytes, opcode: int = _TEXT) -> None:
        """Send a frame. It is masked with zeros, which is a mask like any other."""
        size = len(text)
        head = bytes([128 | opcode])
        head += bytes([128 | size]) if size < 126 else b"\xfe" + size.to_bytes(2)
        self._transport.write(head + b"\0\0\0\0" + text)

    def close(self) -> None:
        """Go."""
        self._transport.abort()

    def _hear(self, opcode: int, text: bytes) -> None:
        tally = self._tally
        if opcode == _PING:
            self.say(text, _PONG)
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
    """Open the clients, let them talk, and tell what came of it."""
    tally = Tally()
    clients = [await _open(task, path, tally) for path in task.paths]
    sent = await _talk(task, clients, task.warm_s)
    tally.is_measuring = True
    began = time.monotonic()
    sent += await _talk(task, clients, task.seconds)
    took = time.monotonic() - began
    tally.is_measuring = False
    lags = sorted(tally.lags_ns)
    # What is under way still is acknowledged; it counts no more.
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
            client.say(task.hello.encode())
            await client.welcomed
        else:
            client.welcomed.set_result(None)
    return client


async def _talk(task: Task, clients: list[Client], seconds: float) -> int:
    """Have one client after the other say something, so many times a second."""
    began, said = time.monotonic(), 0
    while (past := time.monotonic() - began) < seconds:
        while said < past * task.a_second:
            text = task.message.replace("CLIENT_ID", base64.b32encode(os.urandom(10)).decode())
            text = text.replace("STAMP", f"stamp:{time.monotonic_ns():0{_STAMP_DIGITS}d}")
            # A prime, so that neighbours don't talk one after the other.
            clients[(said * 7) % len(clients)].say(text.encode())
            said += 1
        await asyncio.sleep(0.002)
    return said


def main() -> None:
    """Do what standard input says."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    sys.stdout.buffer.write(msgspec.json.encode(uvloop.run(run(task))))


if __name__ == "__main__":
    main()
