"""Pictures made into covers, with real ffmpeg."""

import struct
from pathlib import Path

import numpy as np
import pytest

from tests import sounds
from tests.infra.media.ffmpeg_steps import SYSTEM, WHEEL
from veza.infra.media.confined_process import ProcessFailure
from veza.infra.media.images import UnreadableImage, make_cover, make_picture


@pytest.fixture(params=[WHEEL, SYSTEM], ids=["wheel", "system"])
def ffmpeg(request) -> Path:
    if not request.param.exists():
        pytest.skip(f"{request.param} is not installed.")
    return request.param


def size(jpeg: bytes) -> tuple[int, int]:
    """Width and height out of the frame header of a baseline JPEG."""
    height, width = struct.unpack_from(">HH", jpeg, jpeg.index(b"\xff\xc0") + 5)
    return width, height


def colour(path: Path) -> np.ndarray:
    """The mean colour, red, green and blue."""
    raw = path.with_suffix(".rgb")
    sounds.run_ffmpeg(*("-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", str(raw)), path=raw)
    return np.frombuffer(raw.read_bytes(), np.uint8).reshape(-1, 3).mean(axis=0)


@pytest.mark.parametrize("ending", [".jpg", ".png", ".webp", ".gif"])
async def test_each_kind_of_picture_becomes_a_jpeg(ending, tmp_path, ffmpeg):
    source = sounds.picture(tmp_path / f"a{ending}")

    await make_cover(source, tmp_path / "cover.jpg", ffmpeg=ffmpeg)

    assert size((tmp_path / "cover.jpg").read_bytes()) == (640, 480)


@pytest.mark.long
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((2400, 600), (1200, 300)),
        ((900, 3000), (360, 1200)),
        ((1200, 1200), (1200, 1200)),
        ((1, 1), (1, 1)),
        ((31, 17), (31, 17)),
    ],
)
async def test_a_cover_keeps_its_shape_and_is_never_made_larger(before, after, tmp_path):
    width, height = before
    source = sounds.picture(tmp_path / "a.png", width=width, height=height, look="color=c=green")

    await make_cover(source, tmp_path / "cover.jpg", ffmpeg=WHEEL)

    assert size((tmp_path / "cover.jpg").read_bytes()) == after


@pytest.mark.long
@pytest.mark.parametrize(
    ("before", "after"), [((300, 150), (100, 50)), ((1, 1), (1, 1)), ((90, 100), (90, 100))]
)
async def test_a_picture_tells_its_sides_and_is_no_larger_than_asked(
    before, after, tmp_path, ffmpeg
):
    width, height = before
    source = sounds.picture(tmp_path / "a.png", width=width, height=height, look="color=c=green")

    sides = await make_picture(source, tmp_path / "made.jpg", ffmpeg=ffmpeg, side_px=100)

    assert (sides.width, sides.height) == after == size((tmp_path / "made.jpg").read_bytes())


async def test_the_palette_is_that_of_the_picture(tmp_path, ffmpeg):
    source = sounds.picture(tmp_path / "a.png", look="color=c=0x203080")

    cover = await make_cover(source, tmp_path / "cover.jpg", ffmpeg=ffmpeg)

    assert cover.palette[:2] == cover.palette[2:]
    assert 255 <= cover.palette[0] <= 285
    assert cover.palette[1] > 80
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "cover.jpg"]


@pytest.mark.long
async def test_what_is_transparent_becomes_white(tmp_path, ffmpeg):
    source = sounds.picture(tmp_path / "a.png", "-vf", "format=rgba,colorchannelmixer=aa=0")

    await make_cover(source, tmp_path / "cover.jpg", ffmpeg=ffmpeg)

    assert colour(tmp_path / "cover.jpg").min() > 250


@pytest.mark.long
async def test_colours_stay_what_they_are(tmp_path, ffmpeg):
    source = sounds.picture(tmp_path / "a.png", look="color=c=0x2060c0")

    await make_cover(source, tmp_path / "cover.jpg", ffmpeg=ffmpeg)

    assert np.abs(colour(tmp_path / "cover.jpg") - (0x20, 0x60, 0xC0)).max() < 8


async def test_a_turned_photograph_is_set_upright_and_loses_its_metadata(tmp_path, ffmpeg):
    plain = sounds.picture(tmp_path / "plain.jpg").read_bytes()
    turned = b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x01\x00" + struct.pack(
        "<HHIII", 0x112, 3, 1, 6, 0
    )
    segment = b"\xff\xe1" + struct.pack(">H", len(turned) + 2) + turned
    source = tmp_path / "a.jpg"
    source.write_bytes(plain[:2] + segment + plain[2:])

    await make_cover(source, tmp_path / "cover.jpg", ffmpeg=ffmpeg)

    cover = (tmp_path / "cover.jpg").read_bytes()
    assert size(cover) == (480, 640)
    assert b"Exif" not in cover


def moving_webp() -> bytes:
    flags = b"\x02\x00\x00\x00" + bytes(6)
    return b"RIFF\x16\x00\x00\x00WEBPVP8X" + (10).to_bytes(4, "little") + flags


UNREADABLE = {
    "empty": (b"", "not an image"),
    "text": (b"GIF is a kind of picture.", "not an image"),
    "drawing": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not an image"),
    "head of a JPEG": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "damaged"),
    "head of a PNG": (b"\x89PNG\r\n\x1a\n" + bytes(50), "damaged"),
    "GIF without a frame": (sounds.FRAMELESS_GIF, "damaged"),
    "moving WebP": (moving_webp(), "Animated WebP"),
}


@pytest.mark.long
@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_is_no_picture_is_refused_and_leaves_nothing(name, tmp_path, ffmpeg):
    data, words = UNREADABLE[name]
    source = tmp_path / "a.jpg"
    source.write_bytes(data)

    with pytest.raises(UnreadableImage, match=words):
        await make_cover(source, tmp_path / "cover.jpg", ffmpeg=ffmpeg)

    assert not (tmp_path / "cover.jpg").exists()


@pytest.mark.long
async def test_a_picture_that_unfolds_to_more_than_memory_is_refused(tmp_path, ffmpeg):
    source = sounds.picture(tmp_path / "a.png", width=7200, height=7200, look="color=c=black")
    assert source.stat().st_size < 1_000_000

    with pytest.raises(UnreadableImage, match="50 million pixels"):
        await make_cover(source, tmp_path / "cover.jpg", ffmpeg=ffmpeg)


async def test_a_missing_ffmpeg_is_not_the_pictures_fault(tmp_path):
    source = sounds.picture(tmp_path / "a.png")

    with pytest.raises(ProcessFailure):
        await make_cover(source, tmp_path / "cover.jpg", ffmpeg=Path("/no/ffmpeg"))
