"""What type a file is, by its bytes."""

import pytest

from veza.infra.media.sniff import sniff_type

JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


@pytest.mark.parametrize(
    ("head", "content_type"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
        (b"PK\x03\x04\x14\x00", "application/zip"),
        (b"PK\x05\x06" + bytes(18), "application/zip"),
        (b"\x1f\x8b\x08\x00", "application/gzip"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "application/x-7z-compressed"),
        (b"Rar!\x1a\x07\x01\x00", "application/vnd.rar"),
        (b"MThd\x00\x00\x00\x06", "audio/midi"),
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (b"GIF89a\x01\x00", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"fLaC\x00\x00\x00\x22", "audio/flac"),
        (b"ID3\x04\x00\x00\x00\x00\x7f\x7f", "audio/mpeg"),
        (b"\x00\x00\x00\x20ftypM4A \x00", "audio/mp4"),
        (b"\x00\x00\x00\x20ftypisom\x00", "video/mp4"),
        (b"\x00\x00\x00\x14ftypqt  \x00", "video/quicktime"),
        (b"\x1aE\xdf\xa3\x01\x00", "video/x-matroska"),
        (b"Strings at bar 32\r\n\tand a half", "text/plain"),
        ("Überall Möwen, 夜のフェリー".encode(), "text/plain"),
        (b"<!doctype html><script>alert(1)</script>", "text/plain"),
        (b"", "application/octet-stream"),
        (b"\x00", "application/octet-stream"),
        (b"almost\x00text", "application/octet-stream"),
        (b"\x80\x81\x82", "application/octet-stream"),
        (b"%PDF", "text/plain"),
    ],
)
def test_bytes_tell_the_type(head: bytes, content_type: str):
    assert sniff_type(head) == content_type


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_text_that_is_cut_inside_a_character_is_text_still(cut: int):
    assert sniff_type("夜のフェリー 🚢".encode()[:-cut]) == "text/plain"


def test_what_is_broken_in_the_middle_is_no_text():
    assert sniff_type("夜".encode()[:2] + b" and on") == "application/octet-stream"
