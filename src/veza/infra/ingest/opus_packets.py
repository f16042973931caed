"""Packets of RTP with Opus (RFC 3550, RFC 7587): in order, and with silence in place of gaps."""

import time

from msgspec import Struct

RATE = 48_000
# 20 ms of silence in stereo: what fills gaps.
SILENCE = b"\xfc\xff\xfe"
SILENCE_SAMPLES = 960
_HEADER_BYTES = 12
_MAX_FRAME_SAMPLES = 5760
# Packets that wait for an earlier one: about a fifth of a second.
_MAX_WAITING = 10
_MAX_AHEAD = 500
# The samples of a frame by the first five bits of a packet (RFC 6716, 3.1).
_FRAME_SAMPLES = (
    *(480, 960, 1920, 2880) * 3,
    *(480, 960) * 2,
    *(120, 240, 480, 960) * 4,
)


class BadOpusPacket(Exception):
    """A packet is not of RTP, or has no Opus."""


class RtpPacket(Struct, frozen=True):
    """A packet of a track."""

    payload_type: int
    sequence: int
    timestamp: int
    payload: bytes


def read_packet(data: bytes) -> RtpPacket:
    """Return a decrypted packet. Raises BadOpusPacket."""
    if len(data) < _HEADER_BYTES or data[0] >> 6 != 2:
        raise BadOpusPacket
    begin = _HEADER_BYTES + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        words = int.from_bytes(data[begin + 2 : begin + 4])
        begin += 4 + 4 * words
    end = len(data) - (data[-1] if data[0] & 0x20 else 0)
    if not begin < end:
        raise BadOpusPacket
    return RtpPacket(
        data[1] & 0x7F,
        int.from_bytes(data[2:4]),
        int.from_bytes(data[4:8]),
        data[begin:end],
    )


def is_control(data: bytes) -> bool:
    """Return whether a packet is of RTCP, which shares the port with RTP (RFC 5761)."""
    return len(data) > 1 and 192 <= data[1] <= 223


def count_samples(payload: bytes) -> int:
    """Return how long a packet of Opus is heard, in samples. Raises BadOpusPacket."""
    if not payload:
        raise BadOpusPacket
    frames = 1 if payload[0] & 3 == 0 else 2
    if payload[0] & 3 == 3:
        if len(payload) < 2:
            raise BadOpusPacket
        frames = payload[1] & 0x3F
    samples = frames * _FRAME_SAMPLES[payload[0] >> 3]
    if not 0 < samples <= _MAX_FRAME_SAMPLES:
        raise BadOpusPacket
    return samples


class PacketOrder:
    """Gives packets in the order in which they were sent; late ones are left out."""

    def __init__(self) -> None:
        self._next: int | None = None
        self._waiting: dict[int, RtpPacket] = {}

    def add(self, packet: RtpPacket) -> list[RtpPacket]:
        """Return the packets whose turn has come with this one."""
        if self._next is None:
            self._next = packet.sequence
        ahead = (packet.sequence - self._next) & 0xFFFF
        if _MAX_AHEAD < ahead < 0x10000 - _MAX_AHEAD:
            # Another numbering.
            self._waiting.clear()
            self._next, ahead = packet.sequence, 0
        if ahead > _MAX_AHEAD:
            return []
        self._waiting[packet.sequence] = packet
        ready = self._take()
        if len(self._waiting) > _MAX_WAITING:
            begin = self._next
            self._next = min(self._waiting, key=lambda each: (each - begin) & 0xFFFF)
            ready += self._take()
        return ready

    def _take(self) -> list[RtpPacket]:
        ready: list[RtpPacket] = []
        assert self._next is not None
        while (packet := self._waiting.pop(self._next, None)) is not None:
            ready.append(packet)
            self._next = (self._next + 1) & 0xFFFF
        return ready


class GapFiller:
    """Counts the silence that stands for what is missing between packets.

    No more is filled in than time has passed, whatever a sender says.
    """

    def __init__(self) -> None:
        self._begun = time.monotonic()
        self._expected: int | None = None
        self._given = 0

    def count_missing(self, packet: RtpPacket, samples: int) -> int:
        """Return how many packets of `SILENCE` go before this one, which has so many samples."""
        if self._expected is None:
            self._expected = packet.timestamp
        gap = (packet.timestamp - self._expected) & 0xFFFFFFFF
        # Two seconds are sent ahead at most.
        room = round((time.monotonic() - self._begun + 2) * RATE) - self._given
        missing = 0 if gap >= 1 << 31 else min(gap, max(room, 0)) // SILENCE_SAMPLES
        self._given += missing * SILENCE_SAMPLES + samples
        self._expected = (packet.timestamp + samples) & 0xFFFFFFFF
        return missing
