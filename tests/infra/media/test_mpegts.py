"""What a segment says of itself is what is in it."""

import pytest

from veza.infra.media.mpegts import remove_missing_video

PLACES = "4740001000 00b00d0001c10000 0001f001 2e701905"
BOTH = "4750011000 02b0170001c10000e100f000 1be100f000 0fe101f000 2f44b99b"
SOUND_ALONE = "4750011000 02b0120001c10000e101f000 0fe101f000 ece2b094"


def packet(start: str) -> bytes:
    return bytes.fromhex(start).ljust(188, b"\xff")


SOUND = packet("47410130")
PICTURES = packet("47410030")


def segment_of(promise: str, *rest: bytes) -> bytes:
    return b"".join([packet(PLACES), packet(promise), *rest])


def checksum(section: bytes) -> int:
    """CRC-32/MPEG-2, by which a section ends: of a whole one it is 0."""
    found = 0xFFFFFFFF
    for byte in section:
        found ^= byte << 24
        for _ in range(8):
            found = (found << 1 ^ (0x04C11DB7 if found >> 31 else 0)) & 0xFFFFFFFF
    return found


@pytest.mark.parametrize("promise", [BOTH, SOUND_ALONE])
def test_promises_are_well_formed(promise: str):
    section = bytes.fromhex(promise)[5:]
    assert len(section) == 3 + section[2]
    assert checksum(section) == 0


def test_sound_alone_promises_no_pictures():
    made = remove_missing_video(segment_of(BOTH, SOUND, SOUND))
    assert made == segment_of(SOUND_ALONE, SOUND, SOUND)


@pytest.mark.parametrize(
    "segment",
    [
        segment_of(BOTH, SOUND, PICTURES),
        segment_of(BOTH, PICTURES),
        segment_of(BOTH, SOUND, PICTURES[:3]),
        segment_of(SOUND_ALONE, SOUND),
        segment_of("4750011000 02b017ff", SOUND),
        packet(PLACES),
        b"G",
        b"",
    ],
)
def test_any_other_stays_as_it_is(segment: bytes):
    assert remove_missing_video(segment) == segment
