"""The colours of a site are readable, whatever colour it was given."""

import pytest

from veza.core.oklab import to_oklab, to_srgb
from veza.core.site_identity import contrast, fit_colors

DAY = ((0xEE, 0xEE, 0xEA), (0xF6, 0xF6, 0xF3), (0xFF, 0xFF, 0xFF))
NIGHT = ((0x0C, 0x0D, 0x0B), (0x12, 0x13, 0x11), (0x1A, 0x1B, 0x19), (0x24, 0x26, 0x23))
STEPS = (0x00, 0x33, 0x66, 0x99, 0xCC, 0xFF)
ALL = [f"#{r:02x}{g:02x}{b:02x}" for r in STEPS for g in STEPS for b in STEPS]


def _read(text: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(text[1:])
    return red, green, blue


def test_every_colour_becomes_readable_by_day_and_by_night() -> None:
    for accent in ALL:
        colors = fit_colors(accent)
        for color, text, surfaces in (
            (colors.light, colors.on_light, DAY),
            (colors.dark, colors.on_dark, NIGHT),
        ):
            assert contrast(_read(color), _read(text)) >= 4.5, (accent, color)
            for surface in surfaces:
                assert contrast(_read(color), surface) >= 3, (accent, color, surface)


@pytest.mark.parametrize(
    ("accent", "is_kept_by_day", "is_kept_by_night"),
    [
        ("#d9480f", True, True),
        ("#0b3d2e", True, False),
        ("#ffe680", False, True),
        ("#ffffff", False, True),
        ("#000000", True, False),
    ],
)
def test_a_readable_colour_is_kept(
    accent: str, is_kept_by_day: bool, is_kept_by_night: bool
) -> None:
    colors = fit_colors(accent)
    assert (colors.light == accent, colors.dark == accent) == (is_kept_by_day, is_kept_by_night)


def test_colours_survive_the_way_to_oklab_and_back() -> None:
    assert all(to_srgb(*to_oklab(*_read(color))) == _read(color) for color in ALL)
