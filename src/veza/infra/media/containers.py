"""Parses the headers of WAV, AIFF, Ogg and MP4 files, also of truncated ones."""

import struct
from collections.abc import Iterator
from typing import BinaryIO, Literal

from msgspec import Struct

_MAX_PIECES = 10_000

# Formats with a constant bit rate: PCM, float, A-law, mu-law and WAVE_FORMAT_EXTENSIBLE.
_WAV_FIXED_RATE = {0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE}
# Programs that write WAV to a pipe don't know the size, and set a very large one.
_WAV_UNKNOWN_BYTES = 0x7FFF_0000
_WAV_TAGS = {b"INAM": "title", b"IART": "artist", b"IPRD": "album", b"IGNR": "genre"}
_WAV_LIST_BYTES_MAX = 1 << 20

_OGG_TAIL_BYTES = 2 * (27 + 255 + 255 * 255)
# A first page is shorter. With a higher sample count, the beginning of a stream was cut off.
_OGG_FIRST_PAGE_S = 20

_MP4_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl"}
# Codecs of chapter images, which aren't video.
_MP4_STILLS = {b"jpeg", b"png ", b"mjpa"}


class AudioHeader(Struct, frozen=True):
    """The structure of a file as declared; `declared_s` is None if the length is unknown.

    `is_truncated` if the last page of an Ogg file is incomplete. The length of an MP4 file
    includes its edit lists.
    """

    declared_s: float | None
    channels: int | None = None
    bitrate: int | None = None
    is_truncated: bool = False
    has_video: bool = False
    tags: dict[str, bytes] = {}


def read_wav(file: BinaryIO) -> AudioHeader:
    """Parse a RIFF or RF64 file."""
    header = b""
    data_bytes = 0
    long_bytes = 0
    tags: dict[str, bytes] = {}
    for name, start, size in _chunks(file, "little"):
        file.seek(start)
        if name == b"fmt ":
            header = file.read(16)
        elif name == b"ds64":
            long_bytes = int.from_bytes(file.read(16)[8:], "little")
        elif name == b"LIST":
            tags |= _wav_tags(file.read(min(size, _WAV_LIST_BYTES_MAX)))
        elif name == b"data":
            data_bytes = size
    code, channels, rate, _, block = struct.unpack("<HHIIH2x", header)
    known_bytes = long_bytes or (data_bytes if data_bytes < _WAV_UNKNOWN_BYTES else 0)
    declared_s = None
    if known_bytes and block and rate and code in _WAV_FIXED_RATE:
        declared_s = known_bytes / (block * rate)
    return AudioHeader(declared_s, channels, 8 * block * rate, tags=tags)


def read_aiff(file: BinaryIO) -> AudioHeader:
    """Parse an AIFF or AIFC file."""
    for name, start, _ in _chunks(file, "big"):
        if name == b"COMM":
            file.seek(start)
            channels, frames, exponent, mantissa = struct.unpack(">HI2xHQ", file.read(18))
            # The sample rate is an 80-bit float.
            rate = mantissa * 2.0 ** (min(exponent, 16_500) - 16_383 - 63)
            return AudioHeader(frames / rate if rate else None, channels)
    return AudioHeader(None, channels=0)


def _chunks(file: BinaryIO, order: Literal["little", "big"]) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name, offset and declared size of each chunk."""
    at = 12
    for _ in range(_MAX_PIECES):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            return
        size = int.from_bytes(head[4:], order)
        yield head[:4], at + 8, size
        at += 8 + size + size % 2


def _wav_tags(chunk: bytes) -> dict[str, bytes]:
    """Return the texts of a LIST chunk of type INFO."""
    tags: dict[str, bytes] = {}
    at = 4 if chunk[:4] == b"INFO" else len(chunk)
    while at + 8 <= len(chunk):
        size = int.from_bytes(chunk[at + 4 : at + 8], "little")
        if name := _WAV_TAGS.get(chunk[at : at + 4]):
            tags[name] = chunk[at + 8 : at + 8 + size].rstrip(b"\x00")
        at += 8 + size + size % 2
    return tags


def read_ogg(file: BinaryIO) -> AudioHeader:
    """Parse the first pages and the last one.

    A missing end-of-stream flag is no sign of truncation: recordings of radio streams lack it. A
    page shorter than declared is.
    """
    head = file.read(27 + 255 + 64)
    channels, rate = _ogg_sound(head[27 + head[26] :])
    first = next((count for count in _ogg_counts(file) if count > 0), 0)
    size = file.seek(0, 2)
    file.seek(max(0, size - _OGG_TAIL_BYTES))
    tail = file.read(_OGG_TAIL_BYTES)
    last = _ogg_last_count(tail)
    if first > _OGG_FIRST_PAGE_S * rate:
        last -= first
    declared_s = last / rate if last > 0 and rate > 0 else None
    return AudioHeader(declared_s, channels, is_truncated=_is_ogg_truncated(tail))


def _ogg_sound(packet: bytes) -> tuple[int, int]:
    """Return the channels and the sample rate from the first packet; Opus always uses 48 kHz."""
    if packet.startswith(b"OpusHead"):
        return packet[9], 48_000
    return packet[11], int.from_bytes(packet[12:16], "little")


def _ogg_counts(file: BinaryIO) -> Iterator[int]:
    """Yield the granule position of each page: samples so far, or -1 if no packet ends in it."""
    at = 0
    for _ in range(_MAX_PIECES):
        file.seek(at)
        page = file.read(27 + 255)
        if len(page) < 27 or page[:4] != b"OggS":
            return
        yield _ogg_count(page)
        at += _ogg_page_bytes(page)


def _ogg_last_count(tail: bytes) -> int:
    """Return the last positive granule position, or 0."""
    end = len(tail)
    while (at := tail.rfind(b"OggS", 0, end)) >= 0:
        page = tail[at:]
        end = at
        if len(page) >= 27 and (count := _ogg_count(page)) > 0:
            return count
    return 0


def _is_ogg_truncated(tail: bytes) -> bool:
    """Return whether the file ends within a page."""
    page = tail[max(0, tail.rfind(b"OggS")) :]
    if len(page) < 27 or len(page) < _ogg_page_bytes(page):
        return True
    rest = page[_ogg_page_bytes(page) :]
    return 0 < len(rest) < 4 and b"OggS".startswith(rest)


def _ogg_count(page: bytes) -> int:
    return int.from_bytes(page[6:14], "little", signed=True)


def _ogg_page_bytes(page: bytes) -> int:
    return 27 + page[26] + sum(page[27 : 27 + page[26]])


def read_mp4(file: BinaryIO) -> AudioHeader:
    """Parse an MP4 file."""
    duration_s = None
    is_visual = False
    has_video = False
    for name, start in _mp4_boxes(file):
        file.seek(start)
        if name == b"mvhd":
            duration_s = _mp4_duration_s(file.read(32))
        elif name == b"trak":
            is_visual = False
        elif name == b"hdlr":
            is_visual = is_visual or file.read(12)[8:] == b"vide"
        elif name == b"stsd" and is_visual:
            has_video = has_video or file.read(16)[12:] not in _MP4_STILLS
    return AudioHeader(duration_s, has_video=has_video)


def _mp4_boxes(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yield the name and offset of each box, including those within `_MP4_CONTAINERS`."""
    at = 0
    for _ in range(_MAX_PIECES):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            return
        size = int.from_bytes(head[:4])
        name = head[4:8]
        start = at + (16 if size == 1 else 8)
        yield name, start
        if name in _MP4_CONTAINERS:
            at = start
        elif size == 0:
            return
        else:
            at += max(8, int.from_bytes(head[8:]) if size == 1 else size)


def _mp4_duration_s(header: bytes) -> float | None:
    """Return the duration from an mvhd box, or None, as in fragmented files."""
    if len(header) < 32:
        return None
    is_long = header[0] == 1
    scale, length = struct.unpack_from(">IQ" if is_long else ">II", header, 20 if is_long else 12)
    is_unknown = length in {0, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF}
    return None if is_unknown or scale == 0 else length / scale
