"""The port for encoders that send RTMP by TLS (RTMPS), which nginx's module doesn't speak.

TLS ends here, and the bytes within go to nginx at this machine, and back. nginx asks about the key
and disconnects as with RTMP; what it answers tells whether it admitted an encoder.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog
from msgspec import Struct

from veza.infra.ingest.certificates import Certificate
from veza.infra.ingest.connections import FLUSH_WITHIN_S, close_connection
from veza.infra.ingest.limits import (
    AUTHENTICATE_WITHIN_S,
    IDLE_AFTER_S,
    MAX_VIDEO_BYTES_PER_S,
    Admissions,
    Flow,
    TooManyConnections,
)
from veza.infra.ingest.publications import log_failure

log = structlog.get_logger()

# nginx waits up to five seconds for the answer about the key.
PUBLISH_WITHIN_S = 10.0
# Of nginx, and of an encoder that doesn't read what nginx answers.
STALLED_AFTER_S = 10.0
_CONNECT_WITHIN_S = 5.0
_ACCEPT_AGAIN_AFTER_S = 1.0
# TLS has records of 16 KiB at most.
_PIECE_BYTES = 32 * 1024
_BACKLOG = 100
# nginx's part of RTMP's handshake, which repeats bytes of the encoder.
_HANDSHAKE_BYTES = 1 + 1536 + 1536
_PUBLISHED = b"NetStream.Publish.Start"

type _Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class RtmpsTools(Struct, frozen=True):
    """The parts that connections share, and the port of nginx at this machine."""

    certificate: Certificate
    admissions: Admissions
    nginx_port: int


class Answers:
    """Reads in nginx's answers, as they pass, whether it admitted the encoder."""

    def __init__(self) -> None:
        self.published = asyncio.Event()
        self._left = _HANDSHAKE_BYTES
        self._kept = b""

    def note(self, piece: bytes) -> None:
        """Note what nginx answers next."""
        if self.published.is_set():
            return
        seen = self._kept + piece[self._left :]
        self._left = max(0, self._left - len(piece))
        if _PUBLISHED in seen:
            self.published.set()
        self._kept = seen[1 - len(_PUBLISHED) :]


class RtmpsPort:
    """Serves encoders; `connections` are the tasks of those that are connected."""

    def __init__(self, tools: RtmpsTools) -> None:
        self.connections: set[asyncio.Task[None]] = set()
        self._tools = tools

    async def accept(self, listening: socket.socket) -> None:
        """Accept connections of encoders and serve them, until this is cancelled.

        Not by a server of asyncio, which begins TLS before it tells who connected.
        """
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, peer = await loop.sock_accept(listening)
            except OSError as error:
                # It is gone already, or this process has too many open files.
                log.warning("encoder_not_accepted", way="rtmps", reason=type(error).__name__)
                await asyncio.sleep(_ACCEPT_AGAIN_AFTER_S)
                continue
            task = asyncio.create_task(self._serve(accepted, str(peer[0])))
            self.connections.add(task)
            task.add_done_callback(self.connections.discard)

    async def close(self) -> None:
        """Disconnect all encoders."""
        for task in self.connections:
            task.cancel()
        if self.connections:
            await asyncio.wait(self.connections)

    async def _serve(self, accepted: socket.socket, address: str) -> None:
        """Serve a connection to its end."""
        context = self._tools.certificate.context
        try:
            with self._tools.admissions.connected(address):
                if context is None:
                    accepted.close()
                    return
                streams = await self._shake_hands(accepted, context, address)
                try:
                    await self._relay(streams, address)
                finally:
                    await close_connection(streams[1])
        except TooManyConnections:
            # Unread: without TLS there is no way to say why.
            accepted.close()
        except (OSError, TimeoutError) as error:
            # The encoder is gone or speaks no TLS, or nginx doesn't listen.
            log.info("encoder_ended", way="rtmps", reason=_name(error))
        except Exception as error:
            log_failure("rtmps", error)

    async def _shake_hands(
        self, accepted: socket.socket, context: ssl.SSLContext, address: str
    ) -> _Streams:
        """Return a connection with TLS. Raises OSError."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=_PIECE_BYTES)
        protocol = asyncio.StreamReaderProtocol(reader)
        try:
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol,
                accepted,
                ssl=context,
                ssl_handshake_timeout=AUTHENTICATE_WITHIN_S,
                ssl_shutdown_timeout=FLUSH_WITHIN_S,
            )
        except (ssl.SSLError, ConnectionAbortedError):
            # No TLS, or not in time. Who only looks whether the port is open resets the connection.
            self._tools.admissions.count_fault(address)
            raise
        return reader, asyncio.StreamWriter(transport, protocol, reader, loop)

    async def _relay(self, streams: _Streams, address: str) -> None:
        """Connect an encoder with nginx, until one of them ends. Raises OSError, TimeoutError."""
        answers = Answers()
        async with self._connected_with_nginx() as inner:
            sending = asyncio.create_task(_send(streams[0], inner[1]))
            answering = asyncio.create_task(_answer(inner[0], streams[1], answers))
            try:
                if await _is_admitted(answers, sending, answering):
                    with self._tools.admissions.lasting(address):
                        await _wait_for_first(sending, answering)
                elif not sending.done():
                    # nginx refused the key, or nothing was published in time.
                    self._tools.admissions.count_fault(address)
                if sending.done() and not answering.done():
                    # So that nginx reads all that was sent.
                    inner[1].write_eof()
                    await asyncio.wait([answering], timeout=FLUSH_WITHIN_S)
            finally:
                for task in (sending, answering):
                    task.cancel()
                await asyncio.wait((sending, answering))
        for task in (sending, answering):
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error

    @asynccontextmanager
    async def _connected_with_nginx(self) -> AsyncGenerator[_Streams]:
        async with asyncio.timeout(_CONNECT_WITHIN_S):
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self._tools.nginx_port, limit=_PIECE_BYTES
            )
        try:
            yield reader, writer
        finally:
            await close_connection(writer)


async def _is_admitted(answers: Answers, *tasks: asyncio.Task[None]) -> bool:
    """Wait until nginx admits an encoder, and return whether it did in time."""
    published = asyncio.create_task(answers.published.wait())
    try:
        await asyncio.wait(
            (published, *tasks), timeout=PUBLISH_WITHIN_S, return_when=asyncio.FIRST_COMPLETED
        )
    finally:
        published.cancel()
    return answers.published.is_set()


async def _wait_for_first(*tasks: asyncio.Task[None]) -> None:
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


async def _send(reader: asyncio.StreamReader, inner: asyncio.StreamWriter) -> None:
    """Pass on what an encoder sends, until it ends or falls silent, or nginx reads nothing."""
    flow = Flow(MAX_VIDEO_BYTES_PER_S)
    with suppress(TimeoutError):
        while not flow.is_idle:
            async with asyncio.timeout(IDLE_AFTER_S):
                piece = await reader.read(_PIECE_BYTES)
            if not piece:
                return
            flow.add(len(piece))
            await _write(inner, piece)
            if pause := flow.pause_s():
                await asyncio.sleep(pause)


async def _answer(
    inner: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: Answers
) -> None:
    """Pass on what nginx answers, until it disconnects. Raises TimeoutError for a slow reader."""
    while piece := await inner.read(_PIECE_BYTES):
        answers.note(piece)
        await _write(writer, piece)


async def _write(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """Write a piece, and wait while too much is unread. Raises TimeoutError."""
    writer.write(piece)
    async with asyncio.timeout(STALLED_AFTER_S):
        await writer.drain()


def _name(error: Exception) -> str:
    """Return the reason of an error: of TLS, or its type. Its text may have what was sent."""
    reason = error.reason if isinstance(error, ssl.SSLError) else None
    return reason or type(error).__name__


@asynccontextmanager
async def serving_rtmps(tools: RtmpsTools, port: int) -> AsyncGenerator[RtmpsPort]:
    """Serve encoders at a port of all addresses. Raises OSError if it is taken."""
    served = RtmpsPort(tools)
    with _open_port(port) as listening:
        tasks = [
            asyncio.create_task(served.accept(listening)),
            asyncio.create_task(tools.certificate.follow()),
        ]
        try:
            yield served
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
            await served.close()


def _open_port(port: int) -> socket.socket:
    """Open a port of all addresses, of IPv4 alone where there is no IPv6."""
    if socket.has_dualstack_ipv6():
        opened = socket.create_server(
            ("", port), family=socket.AF_INET6, dualstack_ipv6=True, backlog=_BACKLOG
        )
    else:
        opened = socket.create_server(("", port), backlog=_BACKLOG)
    opened.setblocking(False)
    return opened
