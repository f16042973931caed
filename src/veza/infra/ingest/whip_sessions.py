"""The sessions of WHIP: ICE, the encryption, and the sound of one encoder, which goes to ffmpeg."""

import asyncio
import secrets
import time
from collections.abc import Callable
from contextlib import suppress

import structlog
from msgspec import Struct

from veza.infra.ingest import dtls_srtp, opus_packets, stun
from veza.infra.ingest.connections import FLUSH_WITHIN_S
from veza.infra.ingest.dtls_srtp import DtlsConnection, DtlsEnded, DtlsIdentity
from veza.infra.ingest.hooks import Hooks, Publishing
from veza.infra.ingest.limits import (
    IDLE_AFTER_S,
    MAX_AUDIO_BYTES_PER_S,
    Admissions,
    Flow,
)
from veza.infra.ingest.ogg_opus import OggOpus
from veza.infra.ingest.publications import publication, relay_while_admitted
from veza.infra.ingest.relay import RelayTools, relaying_sound
from veza.infra.ingest.whip_sdp import DtlsRole, Offer
from veza.infra.media.confined_process import FedProcess

log = structlog.get_logger()

# From the answer to the first sound: ICE, the handshake, and on the way of the client a permission.
CONNECT_WITHIN_S = 10.0
_REPEAT_EACH_S = 0.3
# The shortest packets of Opus are 400 in a second.
_MAX_PACKETS_PER_S = 500
# Four seconds of usual packets, while ffmpeg begins.
_MAX_QUEUED = 200
# The addresses of one peer, which may change its network.
_MAX_PEERS = 4

type Peer = tuple[str, int]
type Send = Callable[[bytes, Peer], None]


class WhipTools(Struct, frozen=True):
    """The parts that sessions share, and the addresses that answers name."""

    hooks: Hooks
    admissions: Admissions
    relay: RelayTools
    identity: DtlsIdentity
    addresses: tuple[str, ...]
    port: int


class WhipSession:
    """A session: its packets arrive from the addresses that ICE has admitted, `peers`."""

    def __init__(self, tools: WhipTools, send: Send, offer: Offer, encoder: Publishing) -> None:
        self.id = secrets.token_urlsafe(24)
        self.fragment = secrets.token_urlsafe(6).replace("-", "+").replace("_", "/")
        self.password = secrets.token_urlsafe(24).replace("-", "+").replace("_", "/")
        self.peers: list[Peer] = []
        self.encoder = encoder
        self.offer = offer
        self.is_on_air = False
        self.task: asyncio.Task[None] | None = None
        self._tools = tools
        self._send = send
        begins = offer.role is DtlsRole.ACTIVE
        self._dtls = DtlsConnection(tools.identity, offer.fingerprints, begins=begins)
        self._flow = Flow(MAX_AUDIO_BYTES_PER_S)
        self._second = (0, 0)
        self._order = opus_packets.PacketOrder()
        self._gaps: opus_packets.GapFiller | None = None
        self._ogg = OggOpus()
        self._pages = asyncio.Queue[bytes](_MAX_QUEUED)
        self._has_sound = asyncio.Event()
        self._end = asyncio.Event()

    def check(self, request: stun.BindingRequest, peer: Peer) -> bool:
        """Answer a request of ICE; return whether the peer proved to have the answer."""
        is_ours = request.username == f"{self.fragment}:{self.offer.fragment}"
        if not is_ours or not request.is_signed_with(self.password):
            return False
        if peer not in self.peers:
            self.peers = [peer, *self.peers][:_MAX_PEERS]
        elif request.is_nominating and self.peers[0] != peer:
            self.peers = [peer, *(each for each in self.peers if each != peer)]
        self._send(stun.answer(request, peer, self.password), peer)
        return True

    def receive(self, data: bytes) -> None:
        """Read a packet from one of the peers."""
        second, count = int(time.monotonic()), self._second[1]
        self._second = (second, count + 1 if second == self._second[0] else 1)
        if self._second[1] > _MAX_PACKETS_PER_S:
            return
        if dtls_srtp.is_media(data):
            self._hear(data)
        elif dtls_srtp.is_dtls(data):
            try:
                self._send_all(self._dtls.receive(data))
            except DtlsEnded as error:
                log.info("encoder_ended", way="whip", reason=str(error))
                self._end.set()

    def end(self) -> None:
        """End the session soon, as its client asks."""
        self._end.set()

    async def run(self, address: str) -> None:
        """Wait for sound, then publish it to its end. Raises NotAdmitted and TimeoutError."""
        try:
            await self._connect()
            if self._end.is_set():
                return
            async with publication(self._tools.hooks, self.encoder) as name:
                self.is_on_air = True
                with self._tools.admissions.lasting(address):
                    async with relaying_sound(self._tools.relay, name, "ogg") as process:
                        await relay_while_admitted(
                            self._tools.hooks, self.encoder, lambda: self._feed(process)
                        )
        finally:
            self._send_all(self._dtls.close())

    async def _connect(self) -> None:
        """Repeat what is lost of the handshake until sound arrives. Raises TimeoutError."""
        waiting = [asyncio.create_task(each.wait()) for each in (self._has_sound, self._end)]
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                while not (self._has_sound.is_set() or self._end.is_set()):
                    if self.peers:
                        self._proceed()
                    await asyncio.wait(
                        waiting, timeout=_REPEAT_EACH_S, return_when=asyncio.FIRST_COMPLETED
                    )
        finally:
            for each in waiting:
                each.cancel()

    def _proceed(self) -> None:
        try:
            self._send_all(self._dtls.proceed())
        except DtlsEnded as error:
            log.info("encoder_ended", way="whip", reason=str(error))
            self._end.set()

    def _hear(self, data: bytes) -> None:
        """Queue the sound of a packet, and silence for what is missing before it."""
        if opus_packets.is_control(data):
            return
        decrypted = self._dtls.decrypt(data)
        if decrypted is None:
            return
        with suppress(opus_packets.BadOpusPacket):
            packet = opus_packets.read_packet(decrypted)
            if packet.payload_type != self.offer.payload_type:
                return
            self._flow.add(len(data))
            for each in self._order.add(packet):
                self._queue(each)

    def _queue(self, packet: opus_packets.RtpPacket) -> None:
        samples = opus_packets.count_samples(packet.payload)
        if self._gaps is None:
            self._gaps = opus_packets.GapFiller()
        missing = self._gaps.count_missing(packet, samples)
        pages = [
            self._ogg.write(opus_packets.SILENCE, opus_packets.SILENCE_SAMPLES)
            for _ in range(missing)
        ]
        pages.append(self._ogg.write(packet.payload, samples))
        self._has_sound.set()
        # What is too much while ffmpeg is busy is lost.
        with suppress(asyncio.QueueFull):
            self._pages.put_nowait(b"".join(pages))

    async def _feed(self, process: FedProcess) -> None:
        """Pass on what arrives, until it ends, falls silent or is too much."""
        # The time until now does not count as silence.
        self._flow = Flow(MAX_AUDIO_BYTES_PER_S)
        await process.write(self._ogg.begin())
        ending = asyncio.create_task(self._end.wait())
        try:
            while not (ending.done() or self._flow.is_idle or self._flow.is_too_fast):
                getting = asyncio.create_task(self._pages.get())
                try:
                    await asyncio.wait(
                        [getting, ending],
                        timeout=IDLE_AFTER_S,
                        return_when=asyncio.FIRST_COMPLETED,
                    )
                    if not getting.done():
                        break
                    await process.write(getting.result())
                finally:
                    getting.cancel()
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_WITHIN_S):
                    await process.finish()
        finally:
            ending.cancel()

    def _send_all(self, datagrams: list[bytes]) -> None:
        for datagram in datagrams:
            if self.peers:
                self._send(datagram, self.peers[0])
