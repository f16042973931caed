"""Opus in Ogg, as ffmpeg reads it from a pipe (RFC 3533, RFC 7845)."""

import secrets
import struct

from veza.infra.ingest.opus_packets import RATE

_PAGE = struct.Struct("<4sBBqIIIB")
_HEAD = struct.Struct("<8sBBHIhB")
_BEGIN = 2
_VENDOR = b"Veza"
_LACE = 255
_CHANNELS = 2
# What a decoder drops at the begin: Opus needs 80 ms to converge.
_PRE_SKIP = 3840


def _table() -> tuple[int, ...]:
    entries: list[int] = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        entries.append(value & 0xFFFFFFFF)
    return tuple(entries)


_CRC = _table()


class OggOpus:
    """Writes packets of one stream, each on a page of its own, so that none waits for another."""

    def __init__(self) -> None:
        self._serial = secrets.randbits(32)
        self._pages = 0
        self._samples = 0

    def begin(self) -> bytes:
        """Return the head of the stream."""
        head = _HEAD.pack(b"OpusHead", 1, _CHANNELS, _PRE_SKIP, RATE, 0, 0)
        tags = b"OpusTags" + struct.pack("<I", len(_VENDOR)) + _VENDOR + bytes(4)
        return self._write(head, _BEGIN) + self._write(tags)

    def write(self, packet: bytes, samples: int) -> bytes:
        """Return the page with a packet that is heard for so many samples."""
        self._samples += samples
        return self._write(packet)

    def _write(self, packet: bytes, flags: int = 0) -> bytes:
        laces = bytes([_LACE] * (len(packet) // _LACE)) + bytes([len(packet) % _LACE])
        position, number = self._samples, self._pages
        self._pages += 1
        page = (
            _PAGE.pack(b"OggS", 0, flags, position, self._serial, number, 0, len(laces))
            + laces
            + packet
        )
        return page[:22] + struct.pack("<I", _checksum(page)) + page[26:]


def _checksum(page: bytes) -> int:
    value = 0
    for byte in page:
        value = (value << 8) & 0xFFFFFFFF ^ _CRC[value >> 24 ^ byte]
    return value
