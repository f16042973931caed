"""Looks at the pictures of MPEG-TS segments, and fixes what nginx writes without any.

Its segments declare a video track even for audio only; some players wait for it and never start.
"""

from veza.infra.media.ts_packets import PACKET_BYTES, read_pid

_VIDEO_PID = 0x100
_SEQUENCE_PARAMETERS = b"\0\0\x01\x67"
# Profiles of H.264, by number.
_PROFILES = frozenset({66, 77, 88, 100, 110, 122, 244})
_USUAL_CODEC = "avc1.640028"

# The second packet is the program map table. That of nginx is always H.264 and AAC.
_HEAD = "4750011000"
_PMT_BOTH = bytes.fromhex(f"{_HEAD} 02b0170001c10000e100f000 1be100f000 0fe101f000 2f44b99b")
_PMT_AUDIO = bytes.fromhex(f"{_HEAD} 02b0120001c10000e101f000 0fe101f000 ece2b094")


def remove_missing_video(segment: bytes) -> bytes:
    """Return a segment without the declaration of a video track if it has no video packets."""
    first = PACKET_BYTES
    second = 2 * PACKET_BYTES
    if not segment.startswith(_PMT_BOTH, first) or _has_video(segment):
        return segment
    table = _PMT_AUDIO.ljust(PACKET_BYTES, b"\xff")
    return segment[:first] + table + segment[second:]


def find_video_codec(segment: bytes) -> str | None:
    """Return the codec of the pictures by RFC 6381, or None without pictures.

    It is in the sequence parameter set, with which key frames begin, and so do segments.
    """
    at = segment.find(_SEQUENCE_PARAMETERS)
    while at >= 0:
        start = at + len(_SEQUENCE_PARAMETERS)
        profile = segment[start : start + 3]
        is_whole = start // PACKET_BYTES == (start + 2) // PACKET_BYTES
        if is_whole and len(profile) == 3 and profile[0] in _PROFILES:
            return f"avc1.{profile.hex()}"
        at = segment.find(_SEQUENCE_PARAMETERS, start)
    return _USUAL_CODEC if _has_video(segment) else None


def _has_video(segment: bytes) -> bool:
    offsets = range(0, len(segment) - 2, PACKET_BYTES)
    return any(read_pid(segment, offset) == _VIDEO_PID for offset in offsets)
