"""AAC frames with ADTS headers: taken from MPEG-TS segments, measured, and cut without decoding.

What strangers send is read here: anything that is no frame is left out, and no length is trusted.
"""

import struct
from collections.abc import Iterator

from msgspec import Struct

from veza.infra.media.ts_packets import (
    AAC,
    PACKET_BYTES,
    SYNC,
    begins_unit,
    list_table_pids,
    list_tracks,
    read_payload,
    read_pid,
)

_SAMPLES = 1024
RATES = (
    *(96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050),
    *(16000, 12000, 11025, 8000, 7350),
)
HEADER_BYTES = 7
_TIMESTAMP_OWNER = b"com.apple.streaming.transportStreamTimestamp\0"


class AacFrame(Struct, frozen=True):
    """A frame: its place and size in bytes, and its duration in microseconds."""

    start: int
    size: int
    duration_us: float


class SegmentSound(Struct, frozen=True):
    """The first AAC track of a segment: its frames, and the packets that have it.

    `start` is the timestamp of the first frame, in 1/90,000 s; None without one.
    """

    frames: bytes
    packets: bytes
    start: int | None


def extract_aac(segment: bytes) -> bytes:
    """Return the frames of the first AAC track of an MPEG-TS segment; empty without one."""
    return read_sound(segment).frames


def read_sound(segment: bytes) -> SegmentSound:
    """Return the first AAC track of an MPEG-TS segment, with the tables that name it."""
    sound = bytearray()
    packets: list[bytes] = []
    start: int | None = None
    pid: int | None = None
    tables: set[int] = set()
    for at in range(0, len(segment) - PACKET_BYTES + 1, PACKET_BYTES):
        if segment[at] != SYNC:
            break
        found = read_pid(segment, at)
        if found not in {pid, 0} and found not in tables:
            continue
        packets.append(segment[at : at + PACKET_BYTES])
        begins = begins_unit(segment, at)
        payload = read_payload(segment, at)
        if found == pid:
            sound += without_pes_header(payload) if begins else payload
            if begins and start is None:
                start = read_timestamp(payload)
        elif begins and found == 0:
            tables |= set(list_table_pids(payload))
        elif begins and pid is None:
            pid = _find_aac(payload)
    content = bytes(sound)
    frames = b"".join(content[each.start : each.start + each.size] for each in list_frames(content))
    return SegmentSound(frames, b"".join(packets), start if frames else None)


def read_timestamp(payload: bytes) -> int | None:
    """Return the presentation time of a PES packet, in 1/90,000 s and modulo 2^33; or None."""
    if len(payload) < 14 or payload[:3] != b"\0\0\x01" or not payload[7] & 0x80:
        return None
    high, middle, low = payload[9], payload[10:12], payload[12:14]
    return (high >> 1 & 7) << 30 | int.from_bytes(middle) >> 1 << 15 | int.from_bytes(low) >> 1


def list_frames(content: bytes) -> Iterator[AacFrame]:
    """Iterate over the whole frames of a content, leaving out what is between them."""
    at = 0
    while at + HEADER_BYTES <= len(content):
        size = _frame_bytes(content, at)
        if size == 0:
            at = content.find(b"\xff", at + 1)
            if at < 0:
                return
            continue
        if at + size > len(content):
            return
        rate = RATES[content[at + 2] >> 2 & 15]
        blocks = (content[at + 6] & 3) + 1
        yield AacFrame(at, size, blocks * _SAMPLES * 1_000_000 / rate)
        at += size


def measure_us(content: bytes) -> int:
    """Return the duration of frames in microseconds."""
    return round(sum(frame.duration_us for frame in list_frames(content)))


def cut_frames(content: bytes, start_us: int, end_us: int) -> bytes:
    """Return the frames that begin from a time on, and before another."""
    first, last = len(content), len(content)
    position = 0.0
    for frame in list_frames(content):
        if position >= end_us:
            last = frame.start
            break
        if position >= start_us:
            first = min(first, frame.start)
        position += frame.duration_us
    return content[first:last]


def stamp(content: bytes, offset_us: int) -> bytes:
    """Return frames as a segment of HLS, which says at which time it begins (RFC 8216, 3.4)."""
    return stamp_ticks(content, offset_us * 9 // 100)


def stamp_ticks(content: bytes, ticks: int) -> bytes:
    """Return frames as a segment of HLS that begins at a time in 1/90,000 s."""
    body = _TIMESTAMP_OWNER + struct.pack(">Q", ticks % 2**33)
    frame = b"PRIV" + _syncsafe(len(body)) + b"\0\0" + body
    return b"ID3\x04\0\0" + _syncsafe(len(frame)) + frame + content


def _syncsafe(number: int) -> bytes:
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))


def _frame_bytes(content: bytes, at: int) -> int:
    """Return the size of the frame at a place, or 0."""
    if content[at] != 0xFF or content[at + 1] & 0xF6 != 0xF0 or content[at + 2] >> 2 & 15 > 12:
        return 0
    size = (content[at + 3] & 3) << 11 | content[at + 4] << 3 | content[at + 5] >> 5
    return size if size > HEADER_BYTES else 0


def without_pes_header(payload: bytes) -> bytes:
    """Return the content of a packet that begins a PES packet; empty if it is malformed."""
    if len(payload) < 9 or payload[:3] != b"\0\0\x01":
        return b""
    return payload[9 + payload[8] :]


def _find_aac(payload: bytes) -> int | None:
    """Return the PID of the first AAC track in a program map table."""
    return next((pid for pid, kind in list_tracks(payload) if kind == AAC), None)
