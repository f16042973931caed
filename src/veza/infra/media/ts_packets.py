"""The packets of MPEG-TS (ISO 13818-1), and the tables in them, as an ingest writes them.

What strangers send may be in them: no length is trusted.
"""

from collections.abc import Iterator

PACKET_BYTES = 188
SYNC = 0x47
# The kinds of tracks that RTMP has, as well.
H264 = 0x1B
AAC = 0x0F
MP3 = frozenset({0x03, 0x04})


def find_kinds(segment: bytes) -> frozenset[int]:
    """Return the kinds of those tracks of a segment that have packets, not only a declaration."""
    tables: set[int] = set()
    declared: dict[int, int] = {}
    seen: set[int] = set()
    for at in range(0, len(segment) - PACKET_BYTES + 1, PACKET_BYTES):
        if segment[at] != SYNC:
            break
        pid = read_pid(segment, at)
        if pid == 0 and begins_unit(segment, at):
            tables |= set(list_table_pids(read_payload(segment, at)))
        elif pid in tables:
            if begins_unit(segment, at):
                declared |= dict(list_tracks(read_payload(segment, at)))
        else:
            seen.add(pid)
    return frozenset(kind for pid, kind in declared.items() if pid in seen)


def read_pid(segment: bytes, at: int) -> int:
    """Return the number of the track to which the packet at an offset belongs."""
    return (segment[at + 1] & 0x1F) << 8 | segment[at + 2]


def begins_unit(segment: bytes, at: int) -> bool:
    """Return whether a table or a PES packet begins in the packet at an offset."""
    return bool(segment[at + 1] & 0x40)


def read_payload(segment: bytes, at: int) -> bytes:
    """Return what a packet carries behind its header and its adaptation field."""
    flags = segment[at + 3] >> 4 & 3
    if not flags & 1:
        return b""
    start = at + 4
    if flags & 2:
        start += 1 + segment[start]
    return segment[start : at + PACKET_BYTES]


def read_section(payload: bytes) -> bytes:
    """Return the entries of a table, without header and checksum."""
    start = 1 + payload[0] if payload else 0
    if len(payload) < start + 8:
        return b""
    length = (payload[start + 1] & 0x0F) << 8 | payload[start + 2]
    return payload[start + 8 : start + 3 + length - 4]


def list_table_pids(payload: bytes) -> list[int]:
    """Return the PIDs of the program map tables that a program association table names."""
    entries = read_section(payload)
    return [
        (entries[at + 2] & 0x1F) << 8 | entries[at + 3]
        for at in range(0, len(entries) - 3, 4)
        if entries[at : at + 2] != b"\0\0"
    ]


def list_tracks(payload: bytes) -> Iterator[tuple[int, int]]:
    """Iterate over the PIDs and the kinds of tracks in a program map table."""
    entries = read_section(payload)
    if len(entries) < 4:
        return
    at = 4 + ((entries[2] & 0x0F) << 8 | entries[3])
    while at + 5 <= len(entries):
        yield (entries[at + 1] & 0x1F) << 8 | entries[at + 2], entries[at]
        at += 5 + ((entries[at + 3] & 0x0F) << 8 | entries[at + 4])
