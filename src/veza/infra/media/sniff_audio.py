"""Detects audio formats by content."""

from enum import StrEnum
from pathlib import Path

HEAD_BYTES = 4096


class AudioKind(StrEnum):
    """The accepted audio formats."""

    MP3 = "mp3"
    FLAC = "flac"
    WAV = "wav"
    AIFF = "aiff"
    OGG = "ogg"
    OPUS = "opus"
    M4A = "m4a"
    AAC = "aac"


CONTENT_TYPES: dict[AudioKind, str] = {
    AudioKind.MP3: "audio/mpeg",
    AudioKind.FLAC: "audio/flac",
    AudioKind.WAV: "audio/wav",
    AudioKind.AIFF: "audio/aiff",
    AudioKind.OGG: "audio/ogg",
    AudioKind.OPUS: "audio/ogg; codecs=opus",
    AudioKind.M4A: "audio/mp4",
    AudioKind.AAC: "audio/aac",
}

EXTENSIONS: dict[AudioKind, str] = {kind: f".{kind}" for kind in AudioKind}

# The file name extensions and the content types that clients send.
NAMES = (
    *(".mp3", ".flac", ".wav", ".wave", ".aiff", ".aif", ".aifc", ".ogg", ".oga", ".opus"),
    *(".m4a", ".m4b", ".mp4", ".aac"),
)
TYPES = (
    *("audio/mpeg", "audio/mp3", "audio/mpeg3", "audio/x-mpeg", "audio/x-mp3"),
    *("audio/flac", "audio/x-flac", "audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"),
    *("audio/aiff", "audio/x-aiff", "audio/ogg", "audio/vorbis", "application/ogg", "audio/opus"),
    *("audio/mp4", "audio/m4a", "audio/x-m4a", "audio/aac", "audio/aacp", "audio/x-aac"),
)

# Brands of the ISO base media format used for audio. Files with video are refused later.
_MP4_BRANDS = {
    *(b"M4A ", b"M4B ", b"mp41", b"mp42", b"isom", b"iso2", b"iso3", b"iso4", b"iso5", b"iso6"),
    *(b"dash", b"qt  ", b"3gp4", b"3gp5", b"3gp6"),
}

_MP3_KBITS = {
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    0: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_MP3_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def sniff_audio(head: bytes) -> AudioKind | None:
    """Return the format by the first 4 KiB, or None if it isn't accepted.

    A file with an ID3v2 tag larger than `head` is assumed to be MP3; `sniff_file` skips the tag.
    """
    tag = id3_bytes(head)
    if tag and tag > len(head) - 4:
        return AudioKind.MP3
    body = head[tag:]
    return _sniff_container(body) or _sniff_frames(body)


def sniff_file(path: Path) -> AudioKind | None:
    """Return the format of a file, skipping ID3v2 tags. Blocking."""
    with path.open("rb") as file:
        start = 0
        head = file.read(HEAD_BYTES)
        # Some programs write several tags in a row.
        for _ in range(8):
            tag = id3_bytes(head)
            if tag == 0:
                break
            start += tag
            file.seek(start)
            head = file.read(HEAD_BYTES)
    return _sniff_container(head) or _sniff_frames(head)


def id3_bytes(head: bytes) -> int:
    """Return the size of the ID3v2 tag at the start, or 0."""
    if len(head) < 10 or head[:3] != b"ID3" or head[3] == 0xFF:
        return 0
    size = head[6:10]
    if max(size) > 0x7F:
        return 0
    footer = 10 if head[5] & 0x10 else 0
    return 10 + footer + (size[0] << 21 | size[1] << 14 | size[2] << 7 | size[3])


def _sniff_container(head: bytes) -> AudioKind | None:
    """Detect the formats with magic bytes."""
    if head[:4] == b"fLaC":
        return AudioKind.FLAC
    if head[:4] in {b"RIFF", b"RF64"} and head[8:12] == b"WAVE":
        return AudioKind.WAV
    if head[:4] == b"FORM" and head[8:12] in {b"AIFF", b"AIFC"}:
        return AudioKind.AIFF
    if head[:4] == b"OggS":
        return _sniff_ogg(head)
    if head[4:8] == b"ftyp" and head[8:12] in _MP4_BRANDS:
        return AudioKind.M4A
    return None


def _sniff_ogg(head: bytes) -> AudioKind | None:
    """Detect the codec by the first packet."""
    if len(head) < 28:
        return None
    packet = head[27 + head[26] :]
    if packet.startswith(b"\x01vorbis"):
        return AudioKind.OGG
    if packet.startswith(b"OpusHead"):
        return AudioKind.OPUS
    return None


def _sniff_frames(head: bytes) -> AudioKind | None:
    """Detect MP3 and AAC, which have no header, by two consecutive frames.

    The eleven set bits of a frame are found in many other files, for example UTF-16 texts. Some
    files have zero bytes before the first frame.
    """
    body = head.lstrip(b"\x00")
    for measure, kind in ((_mp3_frame_bytes, AudioKind.MP3), (_adts_frame_bytes, AudioKind.AAC)):
        length = measure(body)
        if length and (len(body) <= length or measure(body[length:])):
            return kind
    return None


def _mp3_frame_bytes(head: bytes) -> int:
    """Return the size of the MPEG audio layer III frame at the start, or 0."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return 0
    version = head[1] >> 3 & 3
    rate = head[2] >> 2 & 3
    kbits = head[2] >> 4
    if version == 1 or rate == 3 or kbits in {0, 15}:
        return 0
    samples_by_8 = 144 if version == 3 else 72
    padding = head[2] >> 1 & 1
    return samples_by_8 * 1000 * _MP3_KBITS[version][kbits] // _MP3_RATES[version][rate] + padding


def _adts_frame_bytes(head: bytes) -> int:
    """Return the size of the AAC (ADTS) frame at the start, or 0."""
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0 or head[2] >> 2 & 15 > 12:
        return 0
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    return length if length > 7 else 0
