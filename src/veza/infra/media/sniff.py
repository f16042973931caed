"""Detects the content type of a file by its content."""

from veza.infra.media.images import IMAGE_CONTENT_TYPES, sniff_image
from veza.infra.media.sniff_audio import CONTENT_TYPES, sniff_audio

ANYTHING = "application/octet-stream"
TEXT = "text/plain"

_MAGIC_BYTES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MThd", "audio/midi"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
)
_AUDIO_BRANDS = {b"M4A ", b"M4B "}
# Control characters other than tabs, line breaks and page breaks.
_NO_TEXT = frozenset(range(0x20)) - frozenset(b"\t\n\f\r")


def sniff_type(head: bytes) -> str:
    """Return the content type of a file by its first 4 KiB; `ANYTHING` if unknown."""
    for magic, content_type in _MAGIC_BYTES:
        if head.startswith(magic):
            return content_type
    if head[4:8] == b"ftyp":
        return _sniff_mp4(head)
    if (image := sniff_image(head)) is not None:
        return IMAGE_CONTENT_TYPES[image]
    if (audio := sniff_audio(head)) is not None:
        return CONTENT_TYPES[audio]
    return TEXT if _is_text(head) else ANYTHING


def _sniff_mp4(head: bytes) -> str:
    brand = head[8:12]
    if brand in _AUDIO_BRANDS:
        return "audio/mp4"
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def _is_text(head: bytes) -> bool:
    if not head or not _NO_TEXT.isdisjoint(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The head may end within a character.
        return error.reason == "unexpected end of data" and len(head) - error.start < 4
    return True
