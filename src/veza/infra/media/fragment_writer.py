"""Writes fragmented MP4 of AAC frames that are encoded already: a head, and segments."""

import struct
from collections.abc import Sequence

from veza.infra.media.adts import HEADER_BYTES, RATES, list_frames
from veza.infra.media.fragments import AacConfig

FRAME_SAMPLES = 1024
_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_BRAND = b"iso5\0\0\2\0iso5iso6mp41"
# Of `tfhd`: offsets count from the fragment. Of `trun`: an offset, and the size of each frame.
_FROM_FRAGMENT, _RUN_FLAGS = 0x020000, 0x000201


def split_frames(content: bytes) -> tuple[AacConfig, list[bytes]] | None:
    """Return frames without their ADTS headers, as far as all are of one kind; None without any.

    Those with several blocks, or with checksums, are none.
    """
    found: AacConfig | None = None
    frames: list[bytes] = []
    for each in list_frames(content):
        header = content[each.start : each.start + HEADER_BYTES]
        config = AacConfig(
            (header[2] >> 6) + 1, header[2] >> 2 & 15, (header[2] & 1) << 2 | header[3] >> 6
        )
        has_checksum, has_blocks = not header[1] & 1, header[6] & 3
        if has_checksum or has_blocks or not config.channels or config != (found or config):
            break
        found = config
        frames.append(content[each.start + HEADER_BYTES : each.start + each.size])
    return None if found is None else (found, frames)


def write_head(config: AacConfig) -> bytes:
    """Return the initial segment of a sound."""
    rate = RATES[config.rate_index]
    times = struct.pack(">4I", 0, 0, 1000, 0) + b"\0\1\0\0\1\0" + bytes(10)
    movie = _full(b"mvhd", 0, times, _MATRIX, bytes(24), struct.pack(">I", 2))
    track = struct.pack(">5I", 0, 0, 1, 0, 0) + bytes(8) + struct.pack(">4H", 0, 0, 0x100, 0)
    entry = bytes(6) + b"\0\1" + bytes(8)
    entry += struct.pack(">4HI", config.channels, 16, 0, 0, min(rate, 0xFFFF) << 16)
    tables = [
        _full(b"stsd", 0, struct.pack(">I", 1), _box(b"mp4a", entry, _write_esds(config))),
        *(_full(name, 0, bytes(4)) for name in (b"stts", b"stsc", b"stco")),
        _full(b"stsz", 0, bytes(8)),
    ]
    data = _box(b"dinf", _full(b"dref", 0, struct.pack(">I", 1), _full(b"url ", 1)))
    media = _box(
        b"mdia",
        _full(b"mdhd", 0, struct.pack(">4I2H", 0, 0, rate, 0, 0x55C4, 0)),
        _full(b"hdlr", 0, bytes(4) + b"soun" + bytes(12) + b"Sound\0"),
        _box(b"minf", _full(b"smhd", 0, bytes(4)), data, _box(b"stbl", *tables)),
    )
    extends = _full(b"trex", 0, struct.pack(">5I", 1, 1, FRAME_SAMPLES, 0, 0))
    shown = _full(b"tkhd", 7, track, _MATRIX, bytes(8))
    content = (movie, _box(b"trak", shown, media), _box(b"mvex", extends))
    return _box(b"ftyp", _BRAND) + _box(b"moov", *content)


def write_segment(frames: Sequence[bytes], number: int, samples: int) -> bytes:
    """Return a segment of frames without headers, `samples` after the beginning."""
    sizes = struct.pack(f">{len(frames)}I", *map(len, frames))
    head = _write_fragment(len(frames), sizes, number, samples, 0)
    head = _write_fragment(len(frames), sizes, number, samples, len(head) + 8)
    return head + _box(b"mdat", *frames)


def _write_fragment(count: int, sizes: bytes, number: int, samples: int, offset: int) -> bytes:
    return _box(
        b"moof",
        _full(b"mfhd", 0, struct.pack(">I", number & 0xFFFFFFFF)),
        _box(
            b"traf",
            _full(b"tfhd", _FROM_FRAGMENT, struct.pack(">I", 1)),
            _full(b"tfdt", 1 << 24, struct.pack(">Q", samples)),
            _full(b"trun", _RUN_FLAGS, struct.pack(">2I", count, offset), sizes),
        ),
    )


def _write_esds(config: AacConfig) -> bytes:
    bits = config.object_type << 11 | config.rate_index << 7 | config.channels << 3
    specific = _descriptor(5, struct.pack(">H", bits))
    decoder = _descriptor(4, b"\x40\x15" + bytes(11) + specific)
    stream = _descriptor(3, b"\0\1\0" + decoder + _descriptor(6, b"\2"))
    return _full(b"esds", 0, stream)


def _descriptor(tag: int, content: bytes) -> bytes:
    return bytes((tag, len(content))) + content


def _full(name: bytes, flags: int, *parts: bytes) -> bytes:
    """Return a box with a version, in the highest byte of the flags."""
    return _box(name, struct.pack(">I", flags), *parts)


def _box(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", len(content) + 8) + name + content
