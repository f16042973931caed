"""The connections of encoders that send SRT: each has an ffmpeg, to whose port its packets go.

ffmpeg gets another passphrase for each connection, with which the key material of the encoder is
wrapped again, so the key itself is in no command.
"""

import asyncio
import secrets
import socket
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress

from msgspec import Struct, structs

from veza.infra.ingest import srt_packets as packets
from veza.infra.ingest.hooks import Hooks, NotAdmitted, Publishing, Reason
from veza.infra.ingest.limits import MAX_VIDEO_BYTES_PER_S, Admissions, Flow
from veza.infra.ingest.publications import publication, relay_while_admitted
from veza.infra.ingest.relay import RelayTools, relaying_srt
from veza.infra.ingest.udp_ports import enlarge_buffer
from veza.infra.media.confined_process import FedProcess
from veza.infra.security.srt_keys import MAX_BYTES, BadKeyMaterial, rewrap

_LONGEST_PACKET = 1500
_LISTENS_WITHIN_S = 5.0
_ASK_EACH_S = 0.05
_LOOK_EACH_S = 0.5
# Wrapping takes a millisecond.
_WRAP_EACH_S = 1.0

type Peer = tuple[str, int]
type Send = Callable[[bytes, Peer], None]


class SrtTools(Struct, frozen=True):
    """The parts that connections share."""

    hooks: Hooks
    admissions: Admissions
    relay: RelayTools


class SrtRefused(Exception):
    """A connection is refused for a reason of SRT."""

    def __init__(self, reason: int) -> None:
        super().__init__(reason)
        self.reason = reason


class SrtConnection(asyncio.DatagramProtocol):
    """The connection of an encoder: its packets go to the port of its own ffmpeg, and back."""

    def __init__(self, send: Send, tools: SrtTools, peer: Peer, client_id: str) -> None:
        self.task: asyncio.Task[None] | None = None
        self._send = send
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
        self._wrapped_at = 0.0
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
                self._send(packets.shut_down(asked.socket_id), self._peer)

    def pass_on(self, data: bytes) -> None:
        """Pass a packet of the encoder on to ffmpeg, if it listens yet."""
        if self._inner is None or self._cookie is None or len(data) > _LONGEST_PACKET:
            return
        if not packets.is_control(data):
            self._flow.add(len(data))
        elif packets.has_key_message(data):
            data = self._translate(data)
        if data:
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
        self._send(data, self._peer)

    def error_received(self, exc: Exception) -> None:
        """Ignore that ffmpeg doesn't listen yet, or not any more: its end is noticed."""

    async def _unlock(self, asked: packets.Handshake) -> str:
        """Return the key that the encoder proved to have. Raises SrtRefused and NotAdmitted."""
        material = asked.key_material
        if not material:
            raise SrtRefused(packets.UNENCRYPTED)
        try:
            return await self._tools.hooks.unlock(asked.stream_id, material[: MAX_BYTES + 1])
        except NotAdmitted as error:
            if error.reason is not Reason.REFUSED:
                raise
            self._tools.admissions.count_fault(self._peer[0])
            raise SrtRefused(packets.BAD_SECRET) from error

    @asynccontextmanager
    async def _connected(self, port: int) -> AsyncGenerator[None]:
        """Exchange packets with ffmpeg at its port."""
        loop = asyncio.get_running_loop()
        inner, _ = await loop.create_datagram_endpoint(
            lambda: self, remote_addr=("127.0.0.1", port)
        )
        enlarge_buffer(inner)
        self._inner = inner
        try:
            yield
        finally:
            # What the encoder still sends goes nowhere.
            self._inner = None
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
        """Return a packet with the cookie and the passphrase of ffmpeg, empty to leave it out."""
        assert self._cookie is not None
        material = packets.key_material_of(data)
        if packets.is_handshake(data):
            asked = structs.replace(packets.read_handshake(data), cookie=self._cookie)
            data = packets.write_handshake(asked)
        if not material or len(material) > MAX_BYTES:
            return data
        if material != self._material[0]:
            if time.monotonic() - self._wrapped_at < _WRAP_EACH_S:
                # The encoder sends it again.
                return b""
            self._wrapped_at = time.monotonic()
            with suppress(BadKeyMaterial):
                wrapped = rewrap(material, self._key, self._passphrase)
                self._material = (material, wrapped)
        return data.replace(*self._material) if self._material[0] == material else data


def _find_port() -> int:
    """Return a port of this machine that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
