"""What a file is, told by its first bytes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import sounds
from veza.infra.media.images import ImageKind, sniff_image
from veza.infra.media.sniff_audio import (
    CONTENT_TYPES,
    EXTENSIONS,
    HEAD_BYTES,
    AudioKind,
    id3_bytes,
    sniff_audio,
    sniff_file,
)


def id3(size: int) -> bytes:
    """An ID3v2 tag with `size` zero bytes in it."""
    parts = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + parts + bytes(size)


@pytest.mark.parametrize("kind", AudioKind)
def test_each_kind_is_told_by_its_head(kind, tmp_path):
    data = sounds.write(tmp_path / f"a.{kind}", sounds.sine(1)).read_bytes()

    assert sniff_audio(data[:HEAD_BYTES]) is kind
    assert kind in CONTENT_TYPES
    assert EXTENSIONS[kind] == f".{kind}"


@pytest.mark.parametrize("kind", ["mp3", "aac", "flac"])
@pytest.mark.parametrize("size", [100, 100_000])
def test_a_kind_is_told_behind_a_tag_of_any_size(size, kind, tmp_path):
    source = sounds.write(tmp_path / f"a.{kind}", sounds.sine(1), "-map_metadata", "-1")
    bare = source.read_bytes()
    source.write_bytes(id3(size) + id3(50) + bare[id3_bytes(bare) :])

    assert sniff_file(source) == kind


def test_what_lies_behind_a_tag_larger_than_the_head_is_taken_for_mp3():
    assert sniff_audio(id3(100_000)[:HEAD_BYTES]) is AudioKind.MP3


def test_a_quicktime_file_is_taken_for_m4a_and_a_still_picture_is_not():
    assert sniff_audio(b"\x00\x00\x00\x14ftypqt  \x00\x00\x00\x00qt  ") is AudioKind.M4A
    assert sniff_audio(b"\x00\x00\x00\x14ftypavif\x00\x00\x00\x00avif") is None


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"ID3",
        "A text that begins with the bytes of a frame.".encode("utf-16"),
        b"\xff\xfb\x90\x00" + 1000 * b"\x55",
        b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(1000),
        b"RIFF\x00\x00\x00\x00AVI LIST",
        b"OggS\x00\x02" + bytes(20) + b"\x01\x2a\x80theora" + bytes(34),
    ],
)
def test_other_things_are_no_audio(head):
    assert sniff_audio(head) is None


@given(st.binary(max_size=200), st.sampled_from([b"", b"ID3", b"OggS", b"\xff\xfb", b"\xff\xf1"]))
def test_no_bytes_break_the_sniffing(rest, start):
    sniff_audio(start + rest)
    sniff_image(start + rest)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jpg", ImageKind.JPEG),
        ("a.png", ImageKind.PNG),
        ("a.webp", ImageKind.WEBP),
        ("a.gif", ImageKind.GIF),
        ("a.bmp", None),
        ("a.tiff", None),
    ],
)
def test_pictures_are_told_by_their_heads(name, kind, tmp_path):
    assert sniff_image(sounds.picture(tmp_path / name).read_bytes()[:64]) is kind
