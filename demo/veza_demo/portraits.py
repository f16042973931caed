"""The pictures of people, drawn from a few shapes: nobody sat for them."""

from typing import Literal

import numpy as np
from msgspec import Struct

from veza_demo.painting import Canvas, Field, X, Y, box, disc, gradient, inside, over, png, ring

type Hair = Literal["long", "short", "bun", "curls", "cap"]


class Portrait(Struct, frozen=True):
    """The colours and the hair of a drawn portrait; `behind` are those of its background."""

    behind: tuple[str, str]
    accent: str
    skin: str
    hair_colour: str
    cloth: str
    hair: Hair
    has_beard: bool = False
    has_glasses: bool = False
    has_stripes: bool = False


def render_portrait(portrait: Portrait) -> bytes:
    """Return a PNG of 800 by 800 pixels."""
    picture = gradient((Y + 1) / 2, *portrait.behind)
    picture = over(picture, portrait.accent, mask=inside(disc(0.5, -0.25, radius=0.36)))
    picture = _draw_hair_behind(picture, portrait)
    picture = _draw_body(picture, portrait)
    picture = _draw_head(picture, portrait)
    picture = _draw_hair(picture, portrait)
    return png(_draw_face(picture, portrait))


def _ellipse(x: float, y: float, *, width: float, height: float) -> Field:
    """Return an ellipse with these half axes."""
    return (np.hypot((X - x) / width, (Y - y) / height) - 1) * min(width, height)


def _draw_hair_behind(picture: Canvas, portrait: Portrait) -> Canvas:
    shapes = {
        "long": np.minimum(
            _ellipse(0, -0.14, width=0.47, height=0.5),
            box(X, Y - 0.3, half_width=0.43, half_height=0.46),
        ),
        "bun": disc(0, -0.66, radius=0.19),
        "curls": np.minimum.reduce(
            [
                disc(0.44 * np.cos(turn), -0.24 + 0.42 * np.sin(turn), radius=0.17)
                for turn in np.linspace(0, 2 * np.pi, 11)
            ]
        ),
    }
    shape = shapes.get(portrait.hair)
    return picture if shape is None else over(picture, portrait.hair_colour, mask=inside(shape))


def _draw_body(picture: Canvas, portrait: Portrait) -> Canvas:
    shoulders = _ellipse(0, 0.98, width=0.8, height=0.54)
    picture = over(picture, portrait.cloth, mask=inside(shoulders))
    if portrait.has_stripes:
        lines = np.abs((Y + 0.1 * X**2) * 9 % 1 - 0.5) - 0.25
        mask = inside(shoulders) * inside(lines / 9)
        picture = over(picture, "#f3efe4", mask=mask)
    neck = box(X, Y - 0.36, half_width=0.15, half_height=0.18)
    picture = over(picture, portrait.skin, mask=inside(neck))
    picture = over(picture, portrait.skin, mask=inside(disc(0, 0.52, radius=0.15)))
    shade = inside(neck) * inside(_ellipse(0, 0.02, width=0.35, height=0.46))
    return over(picture, "#3a1d17", mask=shade * 0.22)


def _draw_head(picture: Canvas, portrait: Portrait) -> Canvas:
    for side in (-0.335, 0.335):
        picture = over(picture, portrait.skin, mask=inside(disc(side, -0.05, radius=0.075)))
    head = _ellipse(0, -0.08, width=0.34, height=0.43)
    picture = over(picture, portrait.skin, mask=inside(head))
    # Light comes from the left.
    return over(picture, "#3a1d17", mask=inside(head) * np.clip(X - 0.08, 0, 1) * 0.35)


def _draw_hair(picture: Canvas, portrait: Portrait) -> Canvas:
    head = _ellipse(0, -0.12, width=0.375, height=0.44)
    parting = Y + 0.27 - 0.16 * np.abs(X + 0.12) ** 1.2 - 0.05 * X
    if portrait.hair == "cap":
        picture = over(picture, portrait.hair_colour, mask=inside(np.maximum(head, Y + 0.24)))
        band = np.maximum(_ellipse(0, -0.12, width=0.39, height=0.45), np.abs(Y + 0.24) - 0.05)
        return over(picture, portrait.accent, mask=inside(band))
    top = np.maximum(head, parting)
    if portrait.hair in {"long", "bun"}:
        # It falls beside the face.
        sides = np.maximum(np.maximum(head, 0.27 - np.abs(X)), Y - 0.16)
        top = np.minimum(top, sides)
    return over(picture, portrait.hair_colour, mask=inside(top))


def _draw_face(picture: Canvas, portrait: Portrait) -> Canvas:
    if portrait.has_beard:
        jaw = np.maximum(_ellipse(0, -0.06, width=0.345, height=0.43), 0.06 - Y + 0.3 * X**2)
        picture = over(picture, portrait.hair_colour, mask=inside(jaw))
    for side in (-0.14, 0.14):
        eye = _ellipse(side, -0.08, width=0.05, height=0.034)
        picture = over(picture, "#fdfaf4", mask=inside(eye))
        picture = over(picture, "#22191a", mask=inside(disc(side, -0.08, radius=0.026)))
        brow = np.abs(Y + 0.17 - 2 * (X - side) ** 2) - 0.012
        reach = np.abs(X - side) - 0.085
        picture = over(picture, portrait.hair_colour, mask=inside(np.maximum(brow, reach)))
    nose = np.maximum(np.abs(X - 0.03 - 0.1 * (Y - 0.02)) - 0.012, np.abs(Y - 0.02) - 0.08)
    picture = over(picture, "#3a1d17", mask=inside(nose) * 0.3)
    smile = np.maximum(np.abs(Y - 0.19 + 1.3 * X**2) - 0.016, np.abs(X) - 0.11)
    picture = over(picture, "#8c3b35", mask=inside(smile))
    if portrait.has_glasses:
        for side in (-0.14, 0.14):
            rim = ring(side, -0.08, radius=0.1, width=0.022)
            picture = over(picture, "#1c1b1f", mask=inside(rim))
        bridge = box(X, Y + 0.08, half_width=0.045, half_height=0.01)
        picture = over(picture, "#1c1b1f", mask=inside(bridge))
    return picture
