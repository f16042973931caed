"""The perceptual hash of a picture: 63 bits, of which few differ after another encoding.

It is a pHash (https://www.phash.org): whether each of the 63 lowest frequencies of the lightness
is above their median. Flat pictures and plain gradients have none, as they are all alike.
"""

import math
from collections.abc import Sequence
from itertools import batched
from statistics import median

# The side of the small picture that is read, as for palettes and placeholders.
_SIDE_PX = 32
_FREQUENCIES = 8
# A picture of so few frequencies cannot be recognized: a flat one, or a gradient. Lightness
# is from 0 to 255.
_LEAST_AMPLITUDE = 1.0
_LEAST_FREQUENCIES = 12


def find_hash(pixels: bytes) -> int | None:
    """Return the hash of a picture, a number of 63 bits, or None if it shows too little.

    `pixels` are the bytes of R, G and B of the whole picture, reduced to 32 by 32 pixels.
    """
    light = [0.299 * red + 0.587 * green + 0.114 * blue for red, green, blue in batched(pixels, 3)]
    rows = [light[start : start + _SIDE_PX] for start in range(0, len(light), _SIDE_PX)]
    sums = [[_dot(row, wave) for row in rows] for wave in _WAVES]
    # The first one is the mean, which a change of brightness alters.
    found = [_dot(column, wave) for wave in _WAVES for column in sums][1:]
    scale = 2 / _SIDE_PX**2
    strong = sum(abs(each) * scale >= _LEAST_AMPLITUDE for each in found)
    if strong < _LEAST_FREQUENCIES:
        return None
    middle = median(found)
    return sum((each > middle) << place for place, each in enumerate(found))


def _dot(values: Sequence[float], wave: Sequence[float]) -> float:
    return sum(map(float.__mul__, values, wave))


_WAVES = [
    [math.cos(math.pi / _SIDE_PX * x * (step + 0.5)) for step in range(_SIDE_PX)]
    for x in range(_FREQUENCIES)
]
