"""The placeholder of a picture: the values of the reference's own program for the same pictures."""

import base64
import math

import pytest

from veza.infra.media.thumb_hash import find_placeholder


def picture():
    """Return a picture with a gradient in each channel, as pixels of R, G and B."""
    steps = [(step + 0.5) / 32 for step in range(32)]
    return b"".join(
        bytes((int(255 * u), int(255 * v * v), int(120 + 100 * math.sin(9 * u * v))))
        for v in steps
        for u in steps
    )


# As thumbhash 0.1.1 of npm writes them; of oblong pictures it read 100 by 50 and 40 by 90 pixels.
@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (32, 32, "nlYKTxpwdHdQlohqekd5d3iHCAiacI8G"),
        (100, 50, "nlYKTJpwdHdQlohqepSAoAn4aA=="),
        (40, 90, "nlYKSxpwUKamlIeHgKAJ92c="),
    ],
)
def test_it_is_what_other_programs_write(width, height, expected):
    # The last nibble is of the highest frequency, which depends on the pixels that are read.
    found = base64.b64decode(find_placeholder(picture(), width, height))

    written = base64.b64decode(expected)
    assert len(found) == len(written)
    levels = [
        [each >> shift & 15 for each in hash_ for shift in (0, 4)] for hash_ in (found, written)
    ]
    assert levels[0][:10] == levels[1][:10]
    assert all(abs(ours - theirs) <= 1 for ours, theirs in zip(*levels, strict=True))
    if width == height:
        assert found == written


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (200, 30, 30)])
def test_a_picture_of_one_colour_has_no_frequencies(colour):
    found = base64.b64decode(find_placeholder(bytes(colour) * 1024, 512, 512))

    head = int.from_bytes(found[:3], "little")
    assert head & 63 == round(63 * sum(colour) / 765)
    assert head >> 18 & 31 == 0
    assert found[3] >> 3 == 0
