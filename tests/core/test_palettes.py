"""The palette of a cover: which colours are chosen, and for which pictures."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from veza.core.palettes import CoverPalette, find_palette, read_palette

RED, NAVY, YELLOW, GREY = (200, 30, 30), (20, 30, 90), (250, 220, 60), (128, 128, 128)


def picture(*shares):
    """Return the pixels of a picture with these colours, each with its number of pixels."""
    return b"".join(bytes(colour) * count for colour, count in shares)


def hues(pixels):
    dark, _, light, _ = find_palette(pixels)
    return dark, light


def test_the_dark_and_the_light_colour_are_found():
    dark, light = hues(picture((NAVY, 600), (YELLOW, 424)))

    assert 255 <= dark <= 285
    assert 85 <= light <= 110


def test_a_large_colour_is_preferred_to_a_speck_and_a_colourful_one_to_grey():
    dark, _ = hues(picture((NAVY, 1004), (RED, 20)))
    assert 255 <= dark <= 285

    dark, _ = hues(picture((GREY, 500), (RED, 300), (YELLOW, 224)))
    assert 15 <= dark <= 40


@pytest.mark.parametrize("colour", [NAVY, YELLOW, (0, 0, 0), (255, 255, 255)])
def test_a_picture_of_one_colour_has_it_twice(colour):
    palette = find_palette(picture((colour, 1024)))

    assert palette[:2] == palette[2:]


def test_grey_has_no_chroma():
    assert find_palette(picture((GREY, 1024)))[1] <= 2


@given(some.binary(min_size=3, max_size=3 * 64))
def test_any_pixels_have_a_palette_within_bounds(data):
    pixels = data[: len(data) // 3 * 3]

    dark_hue, dark_chroma, light_hue, light_chroma = find_palette(pixels)

    assert 0 <= min(dark_hue, light_hue) <= max(dark_hue, light_hue) < 360
    assert 0 <= min(dark_chroma, light_chroma) <= max(dark_chroma, light_chroma) < 400
    assert find_palette(pixels) == [dark_hue, dark_chroma, light_hue, light_chroma]


def test_the_stored_form_is_read():
    assert read_palette([250, 100, 60, 12]) == CoverPalette((250, 0.1), (60, 0.012))
    assert read_palette(None) is None
