"""The banners of pages: a sky, a light, and what lies before it."""

from typing import Literal
from zlib import crc32

import numpy as np
from msgspec import Struct
from numpy.random import Generator, default_rng

from veza_demo.painting import Canvas, Field, gradient, inside, over, png

type Relief = Literal["waves", "hills", "towers", "arches"]

_WIDTH, _HEIGHT = 1800, 600
_PIXEL = 2 / _HEIGHT

# From -3 to 3, and from -1 to 1: as wide as high.
_ACROSS = ((np.arange(_WIDTH) + 0.5) * _PIXEL - _WIDTH / _HEIGHT).astype(np.float32)
_DOWN = ((np.arange(_HEIGHT) + 0.5) * _PIXEL - 1).astype(np.float32)
_U: Field = np.broadcast_to(_ACROSS[None, :], (_HEIGHT, _WIDTH))
_V: Field = np.broadcast_to(_DOWN[:, None], (_HEIGHT, _WIDTH))


class Scene(Struct, frozen=True):
    """The landscape of a banner. `sun` is its place, its size and its colour."""

    sky: tuple[str, ...]
    sun: tuple[float, float, float, str]
    relief: Relief
    # From the back to the front.
    layers: tuple[str, ...]
    has_stars: bool = False


def render_banner(name: str, scene: Scene) -> bytes:
    """Return a PNG of 1,800 by 600 pixels, always the same for a name."""
    rng = default_rng(crc32(name.encode()))
    picture = gradient((_V + 1) / 1.6, *scene.sky)
    if scene.has_stars:
        picture = _draw_stars(picture, rng)
    across, down, radius, light = scene.sun
    distance = np.hypot(_U - across, _V - down)
    picture = over(picture, light, mask=np.exp(-(distance**2) * 1.6) * 0.5)
    picture = over(picture, light, mask=inside(distance - radius))
    for index, code in enumerate(scene.layers):
        depth = (index + 1) / len(scene.layers)
        before = inside(_find_layer(scene.relief, depth, rng))
        picture = over(picture, code, mask=before)
        if scene.relief == "waves":
            glitter = np.exp(-((_U - across) ** 2) / (0.05 + 0.4 * depth)) * before
            lines = np.abs((_V * 22 + 0.4 * np.sin(_U * 9 + index)) % 1 - 0.5) < 0.11
            picture = over(picture, light, mask=glitter * lines * 0.55)
    grain = rng.standard_normal((_HEIGHT, _WIDTH), dtype=np.float32) * np.float32(0.006)
    return png(picture + grain[..., None])


def _draw_stars(picture: Canvas, rng: Generator) -> Canvas:
    for across, down, size in rng.random((140, 3)):
        left = int(across * (_WIDTH - 6))
        upper = int(down**1.5 * _HEIGHT * 0.6)
        side = 2 + int(size > 0.8)
        picture[upper : upper + side, left : left + side] += 0.25 + 0.5 * size
    return picture


def _find_layer(relief: Relief, depth: float, rng: Generator) -> Field:
    """Return the shape of a layer, from the back (0) to the front (1)."""
    base = -0.05 + 0.8 * depth
    shift = rng.uniform(0, 2 * np.pi, 4)
    if relief == "waves":
        swell = sum(np.sin(_U * (2.2 + 2.6 * n) + shift[n]) / (n + 1.6) for n in range(4))
        return base + 0.035 * depth * swell - _V
    if relief == "hills":
        ridge = sum(np.sin(_U * (0.8 + 1.3 * n) + shift[n]) / (1 + n) for n in range(4))
        return base - 0.24 * (1.1 - depth) * np.abs(ridge) - _V
    if relief == "towers":
        columns = np.floor((_U + 3) * (5 - 2 * depth) + shift[0]).astype(np.int64)
        heights = rng.random(64)[columns % 64]
        return base - (0.15 + 0.5 * heights) * (1.15 - depth) - _V
    # A wall with round openings, through which the sky is seen.
    width = 0.5 + 0.7 * depth
    place = (_U + shift[0]) % width - width / 2
    radius, spring = 0.38 * width, 0.15 + 0.25 * depth
    opening = np.minimum(
        np.hypot(place, _V - spring) - radius, np.maximum(np.abs(place) - radius, spring - _V)
    )
    return np.maximum(spring - 1.5 * radius - _V, -opening)
