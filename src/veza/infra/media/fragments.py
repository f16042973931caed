"""Takes AAC out of fragmented MP4 as it was encoded, and gives each frame an ADTS header."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

_CONTAINERS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"}
# In front of the boxes that these have in themselves.
_HEADS = {b"stsd": 8, b"mp4a": 28}
_HEADER_BYTES = 7
_MAX_FRAME_BYTES = (1 << 13) - 1
_OBJECT_TYPES = range(1, 5)
_RATES = 13
# Of a stream, of its decoder, and what is said to it; and how many bytes are in front of the next.
_DESCRIPTORS = ((3, 3), (4, 13), (5, 0))
# Flags of `tfhd`: which fields there are, and how long those before the size are.
_BEFORE_DEFAULT_SIZE = ((0x1, 8), (0x2, 4), (0x8, 4))
_DEFAULT_SIZE = 0x10
# Flags of `trun`.
_DATA_OFFSET, _FIRST_FLAGS, _DURATIONS, _SIZES, _EACH = 0x1, 0x4, 0x100, 0x200, 0xF00
# Of six seconds at 96 kHz.
_MAX_FRAMES = 600


class NoAac(Exception):
    """The content is no fragmented MP4 with AAC."""


class AacConfig(Struct, frozen=True):
    """The facts of a sound that are repeated in each header."""

    object_type: int
    rate_index: int
    channels: int


def read_config(initial: bytes) -> AacConfig:
    """Return the facts of the sound in an initial segment. Raises NoAac."""
    for name, start, end in _boxes(initial):
        if name == b"esds":
            found = _read_specific_config(initial[start:end])
            if found is not None:
                return found
    raise NoAac


def read_frames(config: AacConfig, segment: bytes) -> list[bytes]:
    """Return the frames of a segment, each with its header; what is malformed is left out."""
    return [
        write_header(config, end - start) + segment[start:end]
        for start, end in _samples(segment)
        if end - start + _HEADER_BYTES <= _MAX_FRAME_BYTES
    ]


def write_header(config: AacConfig, size: int) -> bytes:
    """Return the ADTS header of a frame of a size."""
    whole = size + _HEADER_BYTES
    return bytes(
        (
            0xFF,
            0xF1,
            (config.object_type - 1) << 6 | config.rate_index << 2 | config.channels >> 2,
            (config.channels & 3) << 6 | whole >> 11,
            whole >> 3 & 0xFF,
            (whole & 7) << 5 | 0x1F,
            0xFC,
        )
    )


def _boxes(content: bytes) -> Iterator[tuple[bytes, int, int]]:
    """Yield the name of each box, and where its content begins and ends."""
    at = 0
    while at + 8 <= len(content):
        size, name = int.from_bytes(content[at : at + 4]), content[at + 4 : at + 8]
        if size < 8 or at + size > len(content):
            return
        yield name, at + 8, at + size
        if name in _CONTAINERS:
            at += 8
        elif name in _HEADS:
            at += 8 + _HEADS[name]
        else:
            at += size


def _read_specific_config(descriptors: bytes) -> AacConfig | None:
    """Return what is in the innermost of three descriptors, each behind fields of the outer one."""
    at = 4
    for tag, fields in _DESCRIPTORS:
        if descriptors[at : at + 1] != bytes((tag,)):
            return None
        at += 1
        # The length has up to four bytes, of which all but the last have the highest bit.
        at += 1 + next((n for n in range(3) if descriptors[at + n : at + n + 1] < b"\x80"), 3)
        at += fields
    bits = int.from_bytes(descriptors[at : at + 2])
    found = AacConfig(bits >> 11, bits >> 7 & 15, bits >> 3 & 15)
    is_known = found.object_type in _OBJECT_TYPES and found.rate_index < _RATES
    return found if is_known and 0 < found.channels < 8 else None


def _samples(segment: bytes) -> Iterator[tuple[int, int]]:
    """Yield where each frame begins and ends."""
    moof = default_size = 0
    for name, start, end in _boxes(segment):
        if name == b"moof":
            moof = start - 8
        elif name == b"tfhd":
            default_size = _read_default_size(segment[start:end])
        elif name == b"trun":
            at, sizes = _read_run(segment[start:end], default_size)
            at += moof
            for size in sizes:
                if size <= 0 or at + size > len(segment):
                    return
                yield at, at + size
                at += size


def _read_default_size(header: bytes) -> int:
    flags = int.from_bytes(header[1:4])
    at = 8 + sum(size for flag, size in _BEFORE_DEFAULT_SIZE if flags & flag)
    return int.from_bytes(header[at : at + 4]) if flags & _DEFAULT_SIZE else 0


def _read_run(run: bytes, default_size: int) -> tuple[int, Sequence[int]]:
    """Return where the frames of a run begin, from the fragment on, and how long they are."""
    flags, count = int.from_bytes(run[1:4]), int.from_bytes(run[4:8])
    if not flags & _DATA_OFFSET:
        return 0, ()
    offset = int.from_bytes(run[8:12], signed=True)
    first = 12 + (4 if flags & _FIRST_FLAGS else 0)
    if not flags & _SIZES:
        return offset, (default_size,) * min(count, _MAX_FRAMES)
    width = 4 * (flags & _EACH).bit_count()
    first += 4 if flags & _DURATIONS else 0
    count = min(count, _MAX_FRAMES, max(0, len(run) - first + width - 4) // width)
    places = range(first, first + count * width, width)
    return offset, [int.from_bytes(run[at : at + 4]) for at in places]
