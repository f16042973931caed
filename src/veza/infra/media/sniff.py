"""Tells from its bytes, never from its name, of which type any file is."""

from veza.infra.media.images import IMAGE_CONTENT_TYPES, sniff_image
from veza.infra.media.sniff_audio import CONTENT_TYPES, sniff_audio

ANYTHING = "application/octet-stream"
TEXT = "text/plain"

# What files of a type begin with.
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"MThd", "audio/midi"),
    (b"\x1aE\xdf\xa3", "video/x-matroska"),
)
_SOUND_BRANDS = {b"M4A ", b"M4B "}
# Control characters that no text holds, but for tabulators and the ends of lines and pages.
_NO_TEXT = frozenset(range(0x20)) - frozenset(b"\t\n\f\r")


def sniff_type(head: bytes) -> str:
    """Tell the type of a file from its first 4 KiB; what it is to be called where nobody knows."""
    for beginning, content_type in _BEGINNINGS:
        if head.startswith(beginning):
            return content_type
    if head[4:8] == b"ftyp":
        return _sniff_mp4(head)
    if (image := sniff_image(head)) is not None:
        return IMAGE_CONTENT_TYPES[image]
    if (sound := sniff_audio(head)) is not None:
        return CONTENT_TYPES[sound]
    return TEXT if _is_text(head) else ANYTHING


def _sniff_mp4(head: bytes) -> str:
    brand = head[8:12]
    if brand in _SOUND_BRANDS:
        return "audio/mp4"
    return "video/quicktime" if brand == b"qt  " else "video/mp4"


def _is_text(head: bytes) -> bool:
    if not head or not _NO_TEXT.isdisjoint(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # The last character may have been cut through.
        return error.reason == "unexpected end of data" and len(head) - error.start < 4
    return True
