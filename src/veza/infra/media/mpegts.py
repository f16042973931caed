"""Segments as nginx writes them: MPEG-TS that promises pictures, whether there are any or not.

Some players wait for what is promised, and so never begin with sound alone.
"""

_PACKET_BYTES = 188
_PICTURES_PID = 0x100

# The second packet says what is in a segment. That of nginx is always the same: H.264 and AAC.
_HEAD = "4750011000"
_PROMISES_BOTH = bytes.fromhex(f"{_HEAD} 02b0170001c10000e100f000 1be100f000 0fe101f000 2f44b99b")
_PROMISES_SOUND = bytes.fromhex(f"{_HEAD} 02b0120001c10000e101f000 0fe101f000 ece2b094")


def remove_missing_video(segment: bytes) -> bytes:
    """Promise no pictures in a segment that has none; any other stays as it is."""
    first, second = _PACKET_BYTES, 2 * _PACKET_BYTES
    if not segment.startswith(_PROMISES_BOTH, first) or _has_pictures(segment):
        return segment
    promise = _PROMISES_SOUND.ljust(_PACKET_BYTES, b"\xff")
    return segment[:first] + promise + segment[second:]


def _has_pictures(segment: bytes) -> bool:
    places = range(0, len(segment) - 2, _PACKET_BYTES)
    return any(_pid_at(segment, place) == _PICTURES_PID for place in places)


def _pid_at(segment: bytes, place: int) -> int:
    return int.from_bytes(segment[place + 1 : place + 3]) & 0x1FFF
