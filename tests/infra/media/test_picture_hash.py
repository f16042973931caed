"""Hashes of pictures: those of one are alike, and what shows nothing has none."""

import math

import pytest

from tests import sounds
from tests.infra.media.ffmpeg_steps import WHEEL
from veza.domains.moderation.pictures.rules import MAX_DISTANCE
from veza.infra.media.images import make_cover
from veza.infra.media.picture_hash import find_hash


def pixels(light) -> bytes:
    return b"".join(
        bytes(3 * (round(min(255, max(0, light(x, y)))),)) for y in range(32) for x in range(32)
    )


FLAT = {
    "black": lambda _x, _y: 0,
    "white": lambda _x, _y: 255,
    "grain": lambda x, y: 128 + (x * 7 + y * 5) % 3,
    "across": lambda x, _y: 8 * x,
    "down": lambda _x, y: 8 * y,
    "diagonal": lambda x, y: 4 * (x + y),
    "halves": lambda x, _y: 250 if x < 16 else 5,
    "circle": lambda x, y: 250 - 8 * math.hypot(x - 15.5, y - 15.5),
}


@pytest.mark.parametrize("name", FLAT)
def test_flat_pictures_and_plain_gradients_have_none(name):
    assert find_hash(pixels(FLAT[name])) is None


def test_a_picture_has_63_bits_of_which_half_are_set():
    found = find_hash(pixels(lambda x, y: 128 + 90 * math.sin(x * y / 9) + 30 * math.cos(x)))
    assert found is not None
    assert 0 < found < 1 << 63
    assert 28 <= found.bit_count() <= 34


@pytest.mark.long
async def test_a_picture_is_known_again_and_others_are_not(tmp_path):
    async def hash_of(*options, look="testsrc2", width=640):
        path = sounds.picture(tmp_path / "a.jpg", *options, look=look, width=width)
        return (await make_cover(path, tmp_path / "b.jpg", ffmpeg=WHEEL)).hash

    known = await hash_of()
    for options in (("-q:v", "25"), ("-vf", "scale=160:120"), ("-vf", "eq=contrast=1.2")):
        assert (known ^ await hash_of(*options)).bit_count() <= MAX_DISTANCE
    for look in ("smptebars", "testsrc"):
        assert (known ^ await hash_of(look=look)).bit_count() > 2 * MAX_DISTANCE
    assert await hash_of(look="color=red") is None
