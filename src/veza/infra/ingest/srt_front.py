"""The port for encoders that speak SRT: one for all, whose connections go to one ffmpeg each.

A listener of ffmpeg takes one encoder, and can't ask who it is. So the packets of all encoders
arrive here. The first two are answered: a cookie proves that an encoder receives what is sent to
it, and its key material, that it knows the key of the stream it names, which is the passphrase.
Then packets pass unread, both ways: see `srt_connections`.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog

from veza.infra.ingest import srt_packets as packets
from veza.infra.ingest.hooks import NotAdmitted, Reason
from veza.infra.ingest.limits import TooManyConnections
from veza.infra.ingest.publications import log_failure
from veza.infra.ingest.srt_connections import (
    Peer,
    SrtConnection,
    SrtRefused,
    SrtTools,
)
from veza.infra.ingest.udp_ports import enlarge_buffer, open_udp_port

log = structlog.get_logger()

_COOKIE_S = 60
_REMEMBER_S = 3.0
_MAX_REMEMBERED = 1000
_REASONS = {
    Reason.REFUSED: packets.FORBIDDEN,
    Reason.IN_USE: packets.IN_USE,
    Reason.UNAVAILABLE: packets.UNAVAILABLE,
}


class SrtFront(asyncio.DatagramProtocol):
    """Answers encoders, and passes on packets of those that were admitted."""

    def __init__(self, tools: SrtTools) -> None:
        self._tools = tools
        self._secret = secrets.token_bytes(32)
        self._connections: dict[Peer, SrtConnection] = {}
        self._refused: dict[Peer, tuple[float, bytes]] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self._count = 0

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:
        """Keep the port."""
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Pass on a packet of a connection, or answer one that asks for a connection."""
        peer = addr
        connection = self._connections.get(peer)
        with suppress(packets.BadPacket):
            if connection is not None and not self._asks_again(data):
                connection.pass_on(data)
            elif packets.is_handshake(data):
                self._answer(packets.read_handshake(data), peer)

    def send(self, data: bytes, peer: Peer) -> None:
        """Send a packet to an encoder."""
        if self._transport is not None:
            self._transport.sendto(data, peer)

    async def close(self) -> None:
        """Disconnect all encoders, and wait until that was reported."""
        tasks = [each.task for each in self._connections.values() if each.task is not None]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._transport is not None:
            self._transport.close()

    def _asks_again(self, data: bytes) -> bool:
        return packets.is_handshake(data) and packets.read_handshake(data).is_induction

    def _answer(self, asked: packets.Handshake, peer: Peer) -> None:
        """Answer a handshake without a connection; nothing is kept before the cookie is right."""
        minute = int(time.monotonic() // _COOKIE_S)
        if asked.is_induction:
            cookie = packets.make_cookie(self._secret, f"{peer[0]} {peer[1]}", minute)
            self.send(packets.answer_induction(asked, cookie), peer)
            return
        cookies = {
            packets.make_cookie(self._secret, f"{peer[0]} {peer[1]}", each)
            for each in (minute, minute - 1)
        }
        if not asked.is_conclusion or asked.cookie not in cookies:
            return
        moment, answer = self._refused.get(peer, (0.0, b""))
        if time.monotonic() - moment < _REMEMBER_S:
            self.send(answer, peer)
            return
        self._count += 1
        connection = SrtConnection(self.send, self._tools, peer, f"srt-{self._count}")
        self._connections[peer] = connection
        connection.task = asyncio.create_task(self._serve(connection, asked, peer))

    async def _serve(self, connection: SrtConnection, asked: packets.Handshake, peer: Peer) -> None:
        try:
            with self._tools.admissions.connected(peer[0]):
                await connection.run(asked)
        except TooManyConnections:
            self._refuse(asked, peer, packets.OVERLOADED)
        except SrtRefused as refused:
            self._refuse(asked, peer, refused.reason)
        except NotAdmitted as error:
            self._refuse(asked, peer, _REASONS[error.reason])
        except OSError as error:
            # Without a traceback, which would have the key.
            log.info("encoder_ended", way="srt", reason=type(error).__name__)
        except Exception as error:
            log_failure("srt", error)
            self._refuse(asked, peer, packets.UNAVAILABLE)
        finally:
            del self._connections[peer]

    def _refuse(self, asked: packets.Handshake, peer: Peer, reason: int) -> None:
        """Refuse a connection, and its next requests for some seconds without a question."""
        answer = packets.refuse(asked, reason)
        if len(self._refused) >= _MAX_REMEMBERED:
            self._refused.clear()
        self._refused[peer] = (time.monotonic(), answer)
        self.send(answer, peer)


@asynccontextmanager
async def serving_srt(tools: SrtTools, port: int) -> AsyncGenerator[None]:
    """Serve encoders at a port of all addresses. Raises OSError if it is taken."""
    front = SrtFront(tools)
    opened = open_udp_port(port)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: front, sock=opened
    )
    enlarge_buffer(transport)
    try:
        yield
    finally:
        await front.close()
