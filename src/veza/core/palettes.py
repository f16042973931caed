"""The two colours of a cover: a page that shows it is coloured by them."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from veza.core.oklab import Lab, to_oklab

# The sides to which a picture is reduced before its colours are compared.
PALETTE_SIDE_PX = 32

# Lightness in OKLab: colours below are dark.
_DARK_BELOW = 0.62
_CLUSTERS = 8
_ROUNDS = 8
_MIN_SHARE = 0.03
# Four bits of each channel are kept: at most 1,024 different colours remain, usually about 100.
_KEPT_BITS = 0xF0
_HALF_STEP = 0x08

type _Weighted = list[tuple[Lab, int]]


class CoverLook(Struct, frozen=True):
    """The stored colours of a cover, and its placeholder; None until a job has made it."""

    palette: list[int]
    placeholder: str | None = None


class CoverPalette(Struct, frozen=True):
    """The hue in degrees and the chroma, in OKLCH, of the dark and of the light colour."""

    dark: tuple[int, float]
    light: tuple[int, float]


def read_palette(stored: Sequence[int] | None) -> CoverPalette | None:
    """Return a palette from its stored form: hues in degrees, chromas in thousandths."""
    if stored is None:
        return None
    dark_hue, dark_chroma, light_hue, light_chroma = stored
    return CoverPalette((dark_hue, dark_chroma / 1000), (light_hue, light_chroma / 1000))


def find_palette(pixels: bytes) -> list[int]:
    """Return the stored form of the palette of a small picture, given as bytes of R, G and B.

    The colours are clustered in OKLab. Of the clusters that cover at least 3% of the picture the
    most colourful large one that is dark is chosen, and the one that is light; if one is missing,
    it is like the other. Equal pictures have equal palettes.
    """
    channels = [value & _KEPT_BITS | _HALF_STEP for value in pixels]
    counted = Counter(zip(channels[::3], channels[1::3], channels[2::3], strict=True))
    colours = [(to_oklab(*colour), count) for colour, count in sorted(counted.items())]
    clusters = _cluster(colours)
    dark = _most_prominent(each for each in clusters if each[0][0] < _DARK_BELOW)
    light = _most_prominent(each for each in clusters if each[0][0] >= _DARK_BELOW)
    return [*(dark or light), *(light or dark)]


def _cluster(colours: _Weighted) -> list[tuple[Lab, float]]:
    """Return the centres of at most 8 clusters of a picture, and their shares of it (k-means)."""
    total = sum(count for _, count in colours)
    centres = [_mean(colours)]
    while len(centres) < min(_CLUSTERS, len(colours)):
        centres.append(max(colours, key=lambda each: _distance_to_nearest(each[0], centres))[0])
    groups: list[_Weighted] = []
    for _ in range(_ROUNDS):
        groups = [[] for _ in centres]
        for colour, count in colours:
            nearest = min(range(len(centres)), key=lambda i: _distance(colour, centres[i]))
            groups[nearest].append((colour, count))
        groups = [group for group in groups if group]
        centres = [_mean(group) for group in groups]
    shares = [sum(count for _, count in group) / total for group in groups]
    return [each for each in zip(centres, shares, strict=True) if each[1] >= _MIN_SHARE]


def _most_prominent(clusters: Iterable[tuple[Lab, float]]) -> list[int]:
    """Return the hue and chroma of the most colourful large cluster; empty if there is none."""
    best: list[int] = []
    best_weight = -1.0
    for (_, a, b), share in clusters:
        chroma = math.hypot(a, b)
        weight = share**0.6 * (chroma + 0.02)
        if weight > best_weight:
            hue = round(math.degrees(math.atan2(b, a))) % 360
            best = [hue, round(1000 * chroma)]
            best_weight = weight
    return best


def _mean(colours: _Weighted) -> Lab:
    total = sum(count for _, count in colours)
    light, a, b = (sum(lab[i] * count for lab, count in colours) / total for i in range(3))
    return light, a, b


def _distance(first: Lab, second: Lab) -> float:
    return (first[0] - second[0]) ** 2 + (first[1] - second[1]) ** 2 + (first[2] - second[2]) ** 2


def _distance_to_nearest(colour: Lab, centres: list[Lab]) -> float:
    return min(_distance(colour, centre) for centre in centres)
