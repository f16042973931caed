"""The placeholder of a picture: some bytes that are drawn, blurred, until the picture is there.

The format is ThumbHash (https://evanw.github.io/thumbhash/), which programs of many languages
read: the lowest frequencies of lightness and of two colours, and the ratio of the sides.
"""

import base64
import math
from collections.abc import Sequence
from itertools import batched

# The side of the small picture that is read, as for palettes.
SIDE_PX = 32
# Frequencies of the lightness along the longer side, and of each colour.
_LIGHT = 7
_COLOUR = 3

type _Channel = list[float]
type _Frequencies = tuple[float, list[float], float]


def find_placeholder(pixels: bytes, width: int, height: int) -> str:
    """Return the ThumbHash of a picture in base64: 32 characters of a square, or less.

    `pixels` are the bytes of R, G and B of the whole picture, reduced to 32 by 32 pixels; `width`
    and `height` are its true sides.
    """
    longer = max(width, height)
    across = max(1, round(_LIGHT * width / longer))
    down = max(1, round(_LIGHT * height / longer))
    light, warm, red = _split(pixels)
    l_mean, l_parts, l_scale = _transform(light, max(3, across), max(3, down))
    p_mean, p_parts, p_scale = _transform(warm, _COLOUR, _COLOUR)
    q_mean, q_parts, q_scale = _transform(red, _COLOUR, _COLOUR)
    is_wide = width > height
    first = _nearest(63 * l_mean) | _nearest(31.5 + 31.5 * p_mean) << 6
    first |= _nearest(31.5 + 31.5 * q_mean) << 12 | _nearest(31 * l_scale) << 18
    second = (down if is_wide else across) | _nearest(63 * p_scale) << 3
    second |= _nearest(63 * q_scale) << 9 | is_wide << 15
    levels = [_nearest(15 * part) for part in (*l_parts, *p_parts, *q_parts)]
    packed = [low | (high[0] if high else 0) << 4 for low, *high in batched(levels, 2)]
    head = first.to_bytes(3, "little") + second.to_bytes(2, "little")
    return base64.b64encode(head + bytes(packed)).decode()


def _split(pixels: bytes) -> tuple[_Channel, _Channel, _Channel]:
    """Return the lightness, yellow against blue, and red against green, of each pixel."""
    light: _Channel = []
    warm: _Channel = []
    reds: _Channel = []
    for red, green, blue in batched(pixels, 3):
        light.append((red + green + blue) / 765)
        warm.append(((red + green) / 2 - blue) / 255)
        reds.append((red - green) / 255)
    return light, warm, reds


def _transform(channel: _Channel, across: int, down: int) -> _Frequencies:
    """Return the mean of a channel, its lowest frequencies from 0 to 1, and their scale."""
    # Rows first: they are the same for all frequencies of the other direction.
    rows = [channel[start : start + SIDE_PX] for start in range(0, len(channel), SIDE_PX)]
    sums = [[_dot(row, _WAVES[x]) for row in rows] for x in range(across)]
    found = [
        _dot(sums[x], _WAVES[y]) / len(channel)
        for y in range(down)
        for x in range(across)
        if x * down < across * (down - y)
    ]
    mean, *parts = found
    scale = max(map(abs, parts))
    if scale > 0:
        parts = [0.5 + 0.5 / scale * part for part in parts]
    return mean, parts, scale


def _dot(values: Sequence[float], wave: Sequence[float]) -> float:
    return sum(map(float.__mul__, values, wave))


def _nearest(value: float) -> int:
    """Round half up, as the programs of the format do."""
    return math.floor(value + 0.5)


_WAVES = [
    [math.cos(math.pi / SIDE_PX * x * (step + 0.5)) for step in range(SIDE_PX)]
    for x in range(_LIGHT)
]
