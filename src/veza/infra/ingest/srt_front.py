"""The port for encoders that speak SRT: one for all, whose connections go to one ffmpeg each.

A listener of ffmpeg takes one encoder, and can't ask who it is. So the packets of all encoders
arrive here. The first two are answered: a cookie proves that an encoder receives what is sent to
it, and its key material, that it knows the key of the stream it names, which is the passphrase.
Then packets pass unread, both ways. ffmpeg gets another passphrase for each connection, with which
the key material is wrapped again: the key itself is in no command.
"""

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog
from msgspec import Struct, structs

from veza.infra.ingest import srt_packets as packets
from veza.infra.ingest.hooks import Hooks, NotAdmitted, Publishing, Reason
from veza.infra.ingest.limits import (
    MAX_VIDEO_BYTES_PER_S,
    Admissions,
    Flow,
    TooManyConnections,
)
from veza.infra.ingest.publications import publication, relay_while_admitted
from veza.infra.ingest.relay import RelayTools, relaying_srt
from veza.infra.media.confined_process import FedProcess
from veza.infra.security.srt_keys import MAX_BYTES, BadKeyMaterial, rewrap

log = structlog.get_logger()

_BUFFER_BYTES = 4 << 20
_LONGEST_PACKET = 1500
_COOKIE_S = 60
_REMEMBER_S = 3.0
_MAX_REMEMBERED = 1000
_LISTENS_WITHIN_S = 5.0
_ASK_EACH_S = 0.05
_LOOK_EACH_S = 0.5
_REASONS = {
    Reason.REFUSED: packets.FORBIDDEN,
    Reason.IN_USE: packets.IN_USE,
    Reason.UNAVAILABLE: packets.UNAVAILABLE,
}

type Peer = tuple[str, int]


class SrtTools(Struct, frozen=True):
    """The parts that connections share."""

    hooks: Hooks
    admissions: Admissions
    relay: RelayTools


class _Refused(Exception):
    """A connection is refused for a reason of SRT."""

    def __init__(self, reason: int) -> None:
        super().__init__(reason)
        self.reason = reason


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
        connection = SrtConnection(self, self._tools, peer, f"srt-{self._count}")
        self._connections[peer] = connection
        connection.task = asyncio.create_task(self._serve(connection, asked, peer))

    async def _serve(
        self, connection: "SrtConnection", asked: packets.Handshake, peer: Peer
    ) -> None:
        try:
            with self._tools.admissions.connected(peer[0]):
                await connection.run(asked)
        except TooManyConnections:
            self._refuse(asked, peer, packets.OVERLOADED)
        except _Refused as refused:
            self._refuse(asked, peer, refused.reason)
        except NotAdmitted as error:
            self._refuse(asked, peer, _REASONS[error.reason])
        except OSError:
            log.exception("srt_failed")
        finally:
            del self._connections[peer]

    def _refuse(self, asked: packets.Handshake, peer: Peer, reason: int) -> None:
        """Refuse a connection, and its next requests for some seconds without a question."""
        answer = packets.refuse(asked, reason)
        if len(self._refused) >= _MAX_REMEMBERED:
            self._refused.clear()
        self._refused[peer] = (time.monotonic(), answer)
        self.send(answer, peer)


class SrtConnection(asyncio.DatagramProtocol):
    """The connection of an encoder: its packets go to the port of its own ffmpeg, and back."""

    def __init__(self, front: SrtFront, tools: SrtTools, peer: Peer, client_id: str) -> None:
        self.task: asyncio.Task[None] | None = None
        self._front = front
        self._tools = tools
        self._peer = peer
        self._client_id = client_id
        self._inner: asyncio.DatagramTransport | None = None
        self._asked: packets.Handshake | None = None
        self._cookie: int | None = None
        self._key = ""
        self._passphrase = secrets.token_urlsafe(24)
        # The last key material of the encoder, as it sent it and as ffmpeg has it.
        self._material = (b"", b"")
        self._flow = Flow(MAX_VIDEO_BYTES_PER_S)
        self._is_listening = asyncio.Event()

    async def run(self, asked: packets.Handshake) -> None:
        """Admit the encoder, and relay what it sends to its end. Raises NotAdmitted."""
        self._asked = asked
        self._key = await self._unlock(asked)
        encoder = Publishing(self._key, self._client_id)
        async with publication(self._tools.hooks, encoder) as name:
            port = _find_port()
            relay = relaying_srt(self._tools.relay, name, port=port, passphrase=self._passphrase)
            try:
                with self._tools.admissions.lasting(self._peer[0]):
                    async with relay as process, self._connected(port):
                        await relay_while_admitted(
                            self._tools.hooks, encoder, lambda: self._relay(process)
                        )
            finally:
                self._front.send(packets.shut_down(asked.socket_id), self._peer)

    def pass_on(self, data: bytes) -> None:
        """Pass a packet of the encoder on to ffmpeg, if it listens yet."""
        if self._inner is None or self._cookie is None or len(data) > _LONGEST_PACKET:
            return
        if not packets.is_control(data):
            self._flow.add(len(data))
        elif packets.has_key_message(data):
            data = self._translate(data)
        self._inner.sendto(data)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:  # noqa: ARG002
        """Pass a packet of ffmpeg on to the encoder; its first answer has ffmpeg's cookie."""
        if self._cookie is None:
            with suppress(packets.BadPacket):
                self._cookie = packets.read_handshake(data).cookie
                self._is_listening.set()
            return
        if packets.is_handshake(data) and packets.read_handshake(data).is_induction:
            return
        sent, wrapped = self._material
        if wrapped and packets.has_key_message(data):
            data = data.replace(wrapped, sent)
        self._front.send(data, self._peer)

    def error_received(self, exc: Exception) -> None:
        """Ignore that ffmpeg doesn't listen yet, or not any more: its end is noticed."""

    async def _unlock(self, asked: packets.Handshake) -> str:
        """Return the key that the encoder proved to have. Raises _Refused and NotAdmitted."""
        material = asked.key_material
        if not material:
            raise _Refused(packets.UNENCRYPTED)
        try:
            return await self._tools.hooks.unlock(asked.stream_id, material[: MAX_BYTES + 1])
        except NotAdmitted as error:
            if error.reason is not Reason.REFUSED:
                raise
            self._tools.admissions.count_fault(self._peer[0])
            raise _Refused(packets.BAD_SECRET) from error

    @asynccontextmanager
    async def _connected(self, port: int) -> AsyncGenerator[None]:
        """Exchange packets with ffmpeg at its port."""
        loop = asyncio.get_running_loop()
        inner, _ = await loop.create_datagram_endpoint(
            lambda: self, remote_addr=("127.0.0.1", port)
        )
        _enlarge_buffer(inner)
        self._inner = inner
        try:
            yield
        finally:
            inner.close()

    async def _relay(self, process: FedProcess) -> None:
        """Connect the encoder with ffmpeg, then wait until one of them ends, or the time is up."""
        await self._greet()
        ending = asyncio.create_task(process.wait())
        try:
            while not (ending.done() or self._flow.is_too_fast or self._flow.is_idle):
                await asyncio.wait([ending], timeout=_LOOK_EACH_S)
        finally:
            ending.cancel()

    async def _greet(self) -> None:
        """Ask ffmpeg for its cookie until it listens, and hand it the request of the encoder."""
        assert self._asked is not None
        assert self._inner is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(_LISTENS_WITHIN_S):
                while not self._is_listening.is_set():
                    self._inner.sendto(packets.make_induction(self._asked.socket_id))
                    await asyncio.sleep(_ASK_EACH_S)
            self.pass_on(packets.write_handshake(self._asked))

    def _translate(self, data: bytes) -> bytes:
        """Return a packet with the cookie and the passphrase of ffmpeg."""
        assert self._cookie is not None
        material = packets.key_material_of(data)
        if packets.is_handshake(data):
            asked = structs.replace(packets.read_handshake(data), cookie=self._cookie)
            data = packets.write_handshake(asked)
        if not material or len(material) > MAX_BYTES:
            return data
        if material != self._material[0]:
            with suppress(BadKeyMaterial):
                wrapped = rewrap(material, self._key, self._passphrase)
                self._material = (material, wrapped)
        return data.replace(*self._material) if self._material[0] == material else data


def _find_port() -> int:
    """Return a port of this machine that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _enlarge_buffer(transport: asyncio.BaseTransport) -> None:
    """Let some packets wait while this process is busy; the system bounds that."""
    found = transport.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)


@asynccontextmanager
async def serving_srt(tools: SrtTools, port: int) -> AsyncGenerator[None]:
    """Serve encoders at a port of all addresses. Raises OSError if it is taken."""
    front = SrtFront(tools)
    opened = _open_port(port)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: front, sock=opened
    )
    _enlarge_buffer(transport)
    try:
        yield
    finally:
        await front.close()


def _open_port(port: int) -> socket.socket:
    """Open a port of all addresses, of IPv4 alone where there is no IPv6."""
    try:
        opened = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.bind(("::", port))
    except OSError:
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        opened.bind(("0.0.0.0", port))  # noqa: S104
    opened.setblocking(False)
    return opened
