"""Fixes the MPEG-TS segments of nginx, which declare a video track even for audio only.

Some players wait for the declared video and never start.
"""

_PACKET_BYTES = 188
_VIDEO_PID = 0x100

# The second packet is the program map table. That of nginx is always H.264 and AAC.
_HEAD = "4750011000"
_PMT_BOTH = bytes.fromhex(f"{_HEAD} 02b0170001c10000e100f000 1be100f000 0fe101f000 2f44b99b")
_PMT_AUDIO = bytes.fromhex(f"{_HEAD} 02b0120001c10000e101f000 0fe101f000 ece2b094")


def remove_missing_video(segment: bytes) -> bytes:
    """Return a segment without the declaration of a video track if it has no video packets."""
    first = _PACKET_BYTES
    second = 2 * _PACKET_BYTES
    if not segment.startswith(_PMT_BOTH, first) or _has_video(segment):
        return segment
    table = _PMT_AUDIO.ljust(_PACKET_BYTES, b"\xff")
    return segment[:first] + table + segment[second:]


def _has_video(segment: bytes) -> bool:
    offsets = range(0, len(segment) - 2, _PACKET_BYTES)
    return any(_pid_at(segment, offset) == _VIDEO_PID for offset in offsets)


def _pid_at(segment: bytes, offset: int) -> int:
    return int.from_bytes(segment[offset + 1 : offset + 3]) & 0x1FFF
