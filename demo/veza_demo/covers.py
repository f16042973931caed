"""The cover pictures, with a function for each piece."""

from collections.abc import Callable
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.random import Generator, default_rng

from veza_demo.painting import (
    Canvas,
    Field,
    X,
    Y,
    band,
    box,
    clouds,
    disc,
    finished,
    gradient,
    inside,
    over,
    plain,
    png,
    ring,
    stripes,
)
from veza_demo.pieces import Piece


def render_cover(piece: Piece) -> bytes:
    """Return the cover of a piece: a PNG of 800 by 800 pixels, always the same."""
    rng = default_rng(crc32(piece.slug.encode()))
    return png(finished(_PAINTERS[piece.slug](rng), rng))


def _low_tide(rng: Generator) -> Canvas:
    """Paint wet sand in ridges below a low sun."""
    picture = gradient((Y + 1) / 1.1, "#0f2138", "#2f4d73", "#8d7f98", "#eeb08c", "#f6cfa6")
    glow = np.exp(-(np.hypot(X - 0.22, Y + 0.06) ** 2) * 5)
    picture = over(picture, "#ffd9b0", mask=glow * 0.6)
    picture = over(picture, "#fff1dc", mask=inside(disc(0.22, -0.08, radius=0.25)))
    relief = clouds(rng, 3.0, octaves=2)
    for index in range(11):
        depth = index / 10
        rows = (np.arange(0, 800) * (0.5 + 0.4 * depth)).astype(np.int64) % 800
        wave = relief[(index * 67 + 30) % 800][rows][None, :]
        top = 0.06 + 0.9 * depth**1.35 - (0.05 + 0.13 * depth) * wave
        tone = gradient(np.full_like(X, depth), "#d99f88", "#8a6f83", "#3c4f73", "#14253d")
        shade = over(tone, "#0b1829", mask=np.clip((Y - top) * 1.6, 0, 0.45))
        picture = over(picture, shade, mask=inside(top - Y))
        shine = np.exp(-(((X - 0.22) / (0.2 + 0.25 * depth)) ** 2)) * (0.9 - 0.6 * depth)
        picture = over(picture, "#ffe2c4", mask=inside(np.abs(Y - top - 0.006) - 0.004) * shine)
    return picture


def _hall_seven(rng: Generator) -> Canvas:
    """Paint two overlapping sets of rings, and one red block."""
    turn = rng.uniform(-0.06, 0.06)
    first = stripes(np.hypot(X + 0.33, Y + 0.1) * 19)
    second = stripes(np.hypot(X - 0.36, Y - 0.16 + turn) * 19)
    moire = np.abs(first - second)
    picture = over(plain("#e9e5dc"), "#141414", mask=moire)
    block = inside(box(X - 0.44, Y + 0.44, half_width=0.36, half_height=0.36))
    picture = over(picture, over(plain("#e8381f"), "#8f160a", mask=moire), mask=block)
    bar = inside(box(X + 0.1, Y - 0.86, half_width=1.2, half_height=0.055))
    picture = over(picture, "#141414", mask=bar)
    seven = inside(box(X * 7 % 1 - 0.5, (Y - 0.86) * 7, half_width=0.28, half_height=0.16))
    return over(picture, "#e9e5dc", mask=seven * (X < 0.0) * bar)


def _undertow(rng: Generator) -> Canvas:
    """Paint currents as lines, and a sinking sun."""
    warp = clouds(rng, 2.2, octaves=3)
    side = clouds(rng, 3.1, octaves=2)
    level = Y + 0.55 * (warp - 0.5) + 0.12 * np.sin(X * 3 + side * 4)
    picture = gradient((Y + 1) / 2, "#071422", "#0b2a3f", "#0d3f52", "#06202f")
    lines = stripes(level * 19 + warp * 3, 0.12 + 0.5 * np.clip(level + 0.25, 0, 1) * 0.6)
    sun = disc(-0.12, -0.2, radius=0.52)
    fire = gradient((Y + 0.72) / 1.04, "#ffd08a", "#ff7a3d", "#c9264b")
    above = inside(sun) * inside(level + 0.12, 0.02)
    picture = over(picture, fire, mask=above)
    sea = gradient(np.clip(level * 0.75 + 0.3, 0, 1), "#9be7dd", "#2fa7ad", "#136a86", "#0c3d5c")
    below = lines * inside(-level - 0.12, 0.02)
    picture = over(picture, sea, mask=below * 0.95)
    return over(picture, fire, mask=inside(sun) * below * 0.9)


def _open_windows(rng: Generator) -> Canvas:
    """Paint the light of a window on a wall, above the keys."""
    wall = gradient((X + Y) / 4 + 0.5, "#8ea3b5", "#a9bac6", "#c3ccd0", "#9aa9b8")
    wall = over(wall, "#7f93a6", mask=clouds(rng, 4) * 0.12)
    across = X + 0.42 * Y + 0.08
    down = Y + 0.16 * X + 0.2
    pane = box(
        (across + 0.72) % 0.48 - 0.24, (down + 0.6) % 0.4 - 0.2, half_width=0.205, half_height=0.172
    )
    frame = box(across, down, half_width=0.72, half_height=0.6)
    soft = 0.012 + 0.05 * np.clip(X + 0.6, 0, 1.6) / 1.6
    light = np.clip(0.5 - pane / soft, 0, 1) * np.clip(0.5 - frame / soft, 0, 1)
    leaf = clouds(rng, 5.0, octaves=3)
    light *= 1 - 0.75 * np.clip((leaf - 0.52 - 0.22 * np.hypot(X + 0.9, Y - 0.3)) * 14, 0, 1)
    picture = over(wall, gradient((Y + 1) / 1.6, "#fff6dd", "#ffe3a8"), mask=light * 0.92)
    return _keyboard(picture)


def _keyboard(picture: Canvas) -> Canvas:
    keys = X * 7
    whole = np.floor(keys)
    white = gradient((Y - 0.6) * 2.5, "#d9d4c8", "#f7f3e8", "#ffffff")
    picture = over(picture, white, mask=inside(0.6 - Y))
    picture = over(
        picture, "#59616b", mask=inside(np.abs(keys - np.round(keys)) / 7 - 0.0035) * (Y > 0.6)
    )
    black = np.abs(keys - np.round(keys)) / 7 - 0.042
    has_black = np.isin(np.round(keys) % 7, (1, 2, 4, 5, 6))
    picture = over(
        picture, "#1d2530", mask=inside(np.maximum(black, Y - 0.84)) * has_black * (Y > 0.6)
    )
    picture = over(picture, "#27303d", mask=inside(np.abs(Y - 0.592) - 0.012))
    # One key is pressed.
    return over(picture, "#c9b98a", mask=(whole == 2) * (Y > 0.86) * 0.55)


def _garden_gate(rng: Generator) -> Canvas:
    """Paint tiles as they are on the walls of a courtyard: quarter circles, mirrored."""
    count = 4
    x, y = np.abs(X) * count, np.abs(Y) * count
    column = np.minimum(x.astype(np.int64), count - 1)
    row = np.minimum(y.astype(np.int64), count - 1)
    turned = rng.integers(0, 2, (count, count))
    turned = np.where(np.tri(count, dtype=bool), turned, turned.T)[row, column]
    across, down = x - column, y - row
    across = np.where(turned == 1, 1 - across, across)
    near = np.minimum(np.hypot(across, down), np.hypot(1 - across, 1 - down))
    picture = over(plain("#f4e9d4"), "#ead9bb", mask=((row + column) % 2).astype(np.float64))
    bands = ((0.66, 0.18, "#1f4e6b"), (0.5, 0.09, "#c9533a"), (0.36, 0.06, "#e0a53c"))
    for radius, width, code in bands:
        picture = over(picture, code, mask=_stroke((near - radius) / count, width / count))
    picture = over(picture, "#66804f", mask=inside((near - 0.2) / count))
    picture = over(picture, "#f4e9d4", mask=inside((near - 0.08) / count))
    seams = np.minimum(np.minimum(across, 1 - across), np.minimum(down, 1 - down)) / count
    return over(picture, "#cdb994", mask=inside(seams - 0.002) * 0.8)


def _stroke(distance: Field, width: float) -> Field:
    return inside(np.abs(distance) - width / 2)


def _harbour_version(rng: Generator) -> Canvas:
    """Paint a sun cut by the horizon, and its echoes, each fainter than the last."""
    picture = gradient((Y + 1) / 1.5, "#0d1f1a", "#17382b", "#2f5a3a", "#7a7f3a")
    for index in range(7, 0, -1):
        shape = ring(0, 0.28, radius=0.46 + 0.115 * index, width=0.05 - 0.004 * index)
        code = ("#f2b632", "#e2562c", "#4d9a52")[index % 3]
        picture = over(picture, code, mask=inside(shape) * (0.78 * 0.76**index + 0.06))
    fire = gradient((Y + 0.2) / 0.5, "#ffdf7a", "#f7a42f", "#e2502a")
    thick = 0.98 - 0.75 * np.clip(Y + 0.14, 0, 0.45) / 0.45
    slits = np.where(Y > -0.14, stripes((Y + 0.2) * 13, thick), 1.0)
    picture = over(picture, fire, mask=inside(disc(0, 0.28, radius=0.46)) * slits)
    water = gradient((Y - 0.28) / 0.72, "#16382f", "#0d2420", "#081613")
    picture = over(picture, water, mask=inside(0.28 - Y))
    drift = clouds(rng, 3, octaves=3, stretch=9)
    reach = 0.5 * np.exp(-((X / (0.42 + 0.2 * drift)) ** 2) * 1.8)
    waves = stripes(np.sqrt(np.clip(Y - 0.28, 0, 1)) * 17 + drift, 0.42)
    return over(picture, "#f2a33a", mask=waves * np.clip(reach * 1.7, 0, 1) * (Y > 0.29))


def _cartridge_weather(rng: Generator) -> Canvas:
    """Paint weather with big pixels: a sun, a cloud, rain below it, hills."""
    across, down = ((X + 1) * 20).astype(np.int64), ((Y + 1) * 20).astype(np.int64)
    chequer = (across + down) % 2
    steps = np.clip((down * 5 + chequer * 4) // 32, 0, 5)
    sky = gradient(steps / 5, "#29366f", "#3b5dc9", "#41a6f6", "#73eff7", "#c8f7f0", "#f4f4f4")
    middle = (across - 29.5) ** 2 + (down - 9.5) ** 2
    picture = over(sky, "#ffcd75", mask=(middle < 27).astype(np.float64))
    picture = over(picture, "#fff3c4", mask=(middle < 12).astype(np.float64))
    cloud = np.zeros_like(X)
    for left, top, size in (
        (11, 12, 4.6),
        (16, 10, 5.6),
        (22, 12, 4.4),
        (7, 13.5, 2.8),
        (26, 13.6, 2.6),
    ):
        cloud = np.maximum(cloud, (np.hypot(across - left, down - top) < size) * (down < 16))
    picture = over(picture, "#f4f4f4", mask=cloud)
    picture = over(picture, "#94b0c2", mask=cloud * (down >= 14) * ((chequer == 0) | (down == 15)))
    drops = rng.random((40, 40)) < 0.16
    falling = drops[(down // 2 + across) % 40, across] & (across > 6) & (across < 27) & (down > 16)
    picture = over(picture, "#3b5dc9", mask=falling.astype(np.float64))
    for height, swing, code, edge in (
        (29, 2.6, "#257179", "#38b764"),
        (34, 2.0, "#1a4a54", "#257179"),
    ):
        top = np.round(height + swing * np.sin(across * 0.31 + height))
        picture = over(picture, code, mask=(down >= top).astype(np.float64))
        picture = over(picture, edge, mask=(down == top).astype(np.float64))
    return picture


def _church_in_snow(rng: Generator) -> Canvas:
    """Paint a rose window, lit from within, and the snow before it."""
    radius, angle = np.hypot(X, Y), (np.arctan2(Y, X) / (2 * np.pi)) % 1
    picture = gradient(radius / 1.4, "#1a2742", "#101a30", "#0a1122")
    limits = (0.0, 0.14, 0.34, 0.56, 0.78)
    for index, (inner, outer) in enumerate(pairwise(limits)):
        petals = (1, 8, 16, 24)[index]
        place = angle * petals + 0.5 * (index % 2)
        shade = rng.random(25)[place.astype(np.int64) % petals]
        glass = gradient(shade, "#27508f", "#4c86c6", "#9cc9e8", "#e8f3fa", "#e9b872", "#5c6fb5")
        edge = np.abs(place - np.round(place)) / petals * 2 * np.pi * np.maximum(radius, 0.02)
        lead = np.minimum(np.minimum(radius - inner, outer - radius), edge if index else 1.0)
        glow = 0.72 + 0.28 * np.cos((radius - (inner + outer) / 2) * 9)
        picture = over(picture, glass * glow[..., None], mask=inside(0.011 - lead))
    for turn in np.arange(24) / 24 * 2 * np.pi:
        picture = over(
            picture,
            "#3f6ba8",
            mask=inside(disc(0.85 * np.cos(turn), 0.85 * np.sin(turn), radius=0.028)),
        )
    for _ in range(260):
        size = 0.004 + 0.02 * rng.random() ** 4
        x, y = rng.uniform(-1, 1), rng.uniform(-1, 1)
        rows = band(y - 2 * size, y + 2 * size)
        flake = inside(np.hypot(X[rows] - x, Y[rows] - y) - size, size * 1.4) * rng.uniform(
            0.4, 0.95
        )
        picture[rows] = over(picture[rows], "#ffffff", mask=flake)
    return picture


def _corner_store(rng: Generator) -> Canvas:
    """Paint the only open shop in the street, and the same light on the wet ground."""
    street = 0.42
    height = np.where(street < Y, 2 * street - Y, Y)
    sway = 0.018 * (clouds(rng, 6, octaves=2, stretch=8) - 0.5) * (street < Y)
    across = X + sway * 3
    picture = gradient((height + 1) / 1.4, "#140f2b", "#2a1c4a", "#57305f")
    picture = over(picture, "#f5dfc0", mask=inside(np.hypot(across - 0.8, height + 0.76) - 0.08))
    picture = over(
        picture,
        "#181230",
        mask=inside(box(across + 0.08, height + 0.1, half_width=0.72, half_height=0.6)),
    )
    columns, rows = np.floor((across + 0.72) * 6.25), np.floor((height + 0.62) * 5)
    lit = rng.random((12, 16))
    chance = lit[np.clip(rows, 0, 11).astype(int), np.clip(columns, 0, 15).astype(int)]
    cell = box(
        (across + 0.72) * 6.25 % 1 - 0.5,
        (height + 0.62) * 5 % 1 - 0.5,
        half_width=0.26,
        half_height=0.33,
    )
    wall = box(across + 0.08, height + 0.24, half_width=0.64, half_height=0.38)
    window = inside(cell / 6) * inside(wall)
    glass = gradient(chance, "#ffd27a", "#241b45", "#2b2150", "#2b2150", "#241b45", "#57c7d4")
    picture = over(picture, glass, mask=window)
    glow = np.exp(-((across + 0.08) ** 2) * 2.2 - (height - 0.3) ** 2 * 16)
    picture = over(picture, "#ff7aa2", mask=glow * 0.55)
    shop = box(across + 0.08, height - 0.32, half_width=0.56, half_height=0.1)
    picture = over(picture, gradient((height - 0.22) * 5, "#fff2c9", "#ffcf7d"), mask=inside(shop))
    posts = stripes((across + 0.08) * 5.4 + 0.5, 0.07)
    picture = over(picture, "#5a2a3c", mask=posts * inside(shop))
    awning = box(across + 0.08, height - 0.2, half_width=0.6, half_height=0.045)
    cloth = over(plain("#f7efe4"), "#e23d5b", mask=stripes(across * 10))
    picture = over(picture, cloth, mask=inside(awning))
    wet = np.clip((Y - street) * 1.5, 0, 0.75) + 0.25
    return over(picture, "#120c24", mask=np.where(street < Y, wet, 0.0))


def _boathouse_rain(rng: Generator) -> Canvas:
    """Paint a lake in the rain, with one lamp on the other side."""
    shore = 0.16
    picture = gradient((Y + 1) / 1.2, "#2c3a40", "#4d6166", "#7d9191", "#a3b1ab")
    picture = over(picture, "#c3cbc2", mask=clouds(rng, 3, stretch=2) ** 2 * 0.35 * (shore > Y))
    for index, code in enumerate(("#6d8484", "#50686b", "#33494f")):
        hill = clouds(rng, 2.0 + index, octaves=4)[100 + index * 90][None, :]
        picture = over(picture, code, mask=inside(shore - 0.42 + 0.14 * index + 0.26 * hill - Y))
    water = gradient((Y - shore) / 0.84, "#5f7777", "#3d5459", "#22343a")
    picture = over(picture, water, mask=inside(shore - Y))
    drift = clouds(rng, 3, octaves=3, stretch=12)
    picture = over(picture, "#8da3a1", mask=np.clip((drift - 0.55) * 2, 0, 0.5) * (shore < Y))
    house = box(X - 0.38, Y - shore + 0.07, half_width=0.11, half_height=0.07)
    roof = np.maximum(np.abs(X - 0.38) * 0.62 - (Y - shore + 0.235), Y - shore + 0.135)
    picture = over(picture, "#1d2a2e", mask=np.maximum(inside(house), inside(roof)))
    lamp = np.exp(-(np.hypot(X - 0.36, Y - shore + 0.07) ** 2) * 90)
    picture = over(picture, "#ffc46b", mask=lamp * 0.55)
    picture = over(
        picture,
        "#ffdf9e",
        mask=inside(box(X - 0.36, Y - shore + 0.07, half_width=0.025, half_height=0.028)),
    )
    path = np.exp(-(((X - 0.36) / (0.02 + 0.06 * (Y - shore))) ** 2)) * np.exp(-(Y - shore) * 2.6)
    picture = over(picture, "#ffcf85", mask=path * drift * (shore < Y))
    for _ in range(26):
        x, y = rng.uniform(-1, 1), shore + 0.8 * rng.random() ** 0.7
        rows = band(y - 0.09, y + 0.09)
        spread = np.hypot(X[rows] - x, (Y[rows] - y) * 3.2)
        for radius in (0.035, 0.075):
            ripple = np.abs(spread - radius * (0.4 + 1.6 * (y - shore))) - 0.0022
            picture[rows] = over(picture[rows], "#c9d8d4", mask=inside(ripple) * 0.5)
    return _streaks(picture, rng)


def _streaks(picture: Canvas, rng: Generator) -> Canvas:
    """Add rain: thin slanting lines of different lengths."""
    for _ in range(420):
        x, y, length = rng.uniform(-1.2, 1.2), rng.uniform(-1.1, 1), rng.uniform(0.05, 0.26)
        part = band(y, y + length)
        along = (Y[part] - y) / length
        distance = np.abs(X[part] - x + 0.16 * (Y[part] - y)) - 0.0014
        mask = inside(distance) * np.clip(np.sin(np.pi * np.clip(along, 0, 1)), 0, 1)
        picture[part] = over(picture[part], "#e6efec", mask=mask * rng.uniform(0.15, 0.55))
    return picture


def _winding_waltz(rng: Generator) -> Canvas:
    """Paint the disc of a music box, its melody punched into it."""
    picture = gradient((Y - X) / 4 + 0.5, "#f6dcd3", "#eec3bd", "#dca6a8")
    picture = over(picture, "#b77b85", mask=inside(disc(0.03, 0.05, radius=0.86), 0.12) * 0.5)
    sheen = np.abs(np.sin(np.arctan2(Y, X) + 0.9)) ** 6
    plate = over(plain("#4a2742"), "#8a5672", mask=sheen * 0.55)
    picture = over(picture, plate, mask=inside(disc(0, 0, radius=0.84)))
    radius, angle = np.hypot(X, Y), (np.arctan2(Y, X) / (2 * np.pi)) % 1
    for index in range(13):
        track = 0.24 + 0.044 * index
        beats = 48
        present = rng.random(beats) < 0.34
        place = angle * beats + 0.5 * (index % 3) / 3
        along = (place % 1 - 0.5) / beats * 2 * np.pi * track
        slot = box(along, radius - track, half_width=0.006 + 0.008 * track, half_height=0.011)
        chosen = present[place.astype(np.int64) % beats]
        picture = over(picture, "#f3c977", mask=inside(slot) * chosen)
    for circle in (0.2, 0.8, 0.84):
        picture = over(picture, "#e2ae62", mask=inside(ring(0, 0, radius=circle, width=0.007)))
    picture = over(picture, "#e2ae62", mask=inside(disc(0, 0, radius=0.1)))
    return over(picture, "#f6dcd3", mask=inside(disc(0, 0, radius=0.035)))


def _silverfish(rng: Generator) -> Canvas:
    """Paint quicksilver on acid yellow."""
    warp, more = clouds(rng, 2.4, octaves=2), clouds(rng, 2.0, octaves=2)
    x, y = X + 0.16 * (warp - 0.5), Y + 0.16 * (more - 0.5)
    pull = np.zeros_like(X)
    for index in range(22):
        # Along a wave, from a blunt head to a long tail, like a fish.
        turn = index / 21
        from_head = (x + 0.62 - 1.3 * turn) ** 2 + (y - 0.3 * np.sin(1.0 + turn * 5.6)) ** 2
        pull = pull + (0.125 - 0.1 * turn) ** 2 / (from_head + 0.003)
    for across, down, size in ((-0.62, -0.55, 0.1), (0.55, 0.62, 0.13), (0.73, -0.6, 0.07)):
        pull = pull + size**2 / ((x - across) ** 2 + (y - down) ** 2 + 0.003)
    paper = over(plain("#e4f52b"), "#cbe000", mask=stripes((X + Y) * 14, 0.5) * 0.55)
    shadow = inside(1 - np.roll(pull, (26, 20), (0, 1)), 0.25)
    paper = over(paper, "#5d6b00", mask=shadow * 0.5)
    height = np.sqrt(np.clip(pull - 1, 0, 6))
    light = 0.5 + 0.5 * np.sin(height * 5.2 + X * 3 - Y * 6)
    chrome = gradient(light, "#0d0f14", "#3d434d", "#a9b1bb", "#ffffff", "#c6ccd4", "#59616d")
    picture = over(paper, chrome, mask=inside((1 - pull) * 0.06))
    return over(picture, "#0d0f14", mask=inside(np.abs(1 - pull) * 0.06 - 0.006))


_PAINTERS: dict[str, Callable[[Generator], Canvas]] = {
    "low-tide": _low_tide,
    "hall-seven": _hall_seven,
    "undertow": _undertow,
    "open-windows": _open_windows,
    "garden-gate": _garden_gate,
    "harbour-version": _harbour_version,
    "cartridge-weather": _cartridge_weather,
    "church-in-snow": _church_in_snow,
    "corner-store": _corner_store,
    "boathouse-rain": _boathouse_rain,
    "winding-waltz": _winding_waltz,
    "silverfish": _silverfish,
}
