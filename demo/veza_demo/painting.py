"""Generates pictures from colours, shapes and noise, and encodes them as PNG.

Coordinates are from -1 to 1, rightwards and downwards. A shape is a distance, negative inside.
"""

import struct
import zlib

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

type Field = NDArray[np.floating]
"""One number for each pixel, shape (SIZE, SIZE)."""
type Canvas = NDArray[np.floating]
"""A colour for each pixel, shape (SIZE, SIZE, 3), from 0 to 1."""

SIZE = 800
_PIXEL = 2 / SIZE
_AXIS = ((np.arange(SIZE) + 0.5) * _PIXEL - 1).astype(np.float32)

X: Field = np.broadcast_to(_AXIS[None, :], (SIZE, SIZE))
Y: Field = np.broadcast_to(_AXIS[:, None], (SIZE, SIZE))


def colour(code: str) -> NDArray[np.float32]:
    """Return a colour written as `#rrggbb`."""
    return np.array([int(code[start : start + 2], 16) / 255 for start in (1, 3, 5)], np.float32)


def gradient(field: Field, *codes: str) -> Canvas:
    """Colour a field with a gradient from the first colour at 0 to the last at 1."""
    stops = np.linspace(0, 1, len(codes))
    colours = np.stack([colour(code) for code in codes])
    channels = [np.interp(field, stops, colours[:, channel]) for channel in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def plain(code: str) -> Canvas:
    """Return a canvas of one colour."""
    return np.broadcast_to(colour(code), (SIZE, SIZE, 3)).copy()


def over(below: Canvas, above: Canvas | str, *, mask: Field) -> Canvas:
    """Blend a canvas or a colour over another, with the mask as opacity."""
    painted = colour(above) if isinstance(above, str) else above
    return below + (painted - below) * mask[..., None]


def inside(distance: Field, blur: float = 0.0) -> Field:
    """Return the mask of a shape, with a smooth edge of the width `blur`."""
    return np.clip(0.5 - distance / max(blur, _PIXEL * 1.3), 0, 1)


def disc(x: float, y: float, *, radius: float) -> Field:
    """Return a disc."""
    return np.hypot(X - x, Y - y) - radius


def ring(x: float, y: float, *, radius: float, width: float) -> Field:
    """Return a circle with a line of this width."""
    return np.abs(disc(x, y, radius=radius)) - width / 2


def box(x: Field, y: Field, *, half_width: float, half_height: float) -> Field:
    """Return a rectangle around the origin of these coordinates."""
    return np.maximum(np.abs(x) - half_width, np.abs(y) - half_height)


def stripes(field: Field, share: float | Field = 0.5) -> Field:
    """Return a mask with a stripe for each integer interval of a field, covering `share` of it."""
    down: Field = np.gradient(field, axis=0)
    across: Field = np.gradient(field, axis=1)
    slope = np.hypot(down, across) + 1e-9
    from_middle = np.abs(field - np.floor(field) - 0.5) - share / 2
    return np.clip(0.5 - from_middle / slope / 1.3, 0, 1)


def band(top: float, bottom: float) -> slice:
    """Return the rows between two heights, to paint small things on part of the canvas."""
    first, last = np.clip([(top + 1) / _PIXEL - 1, (bottom + 1) / _PIXEL + 2], 0, SIZE)
    return slice(int(first), int(last))


def clouds(rng: Generator, cells: float, *, octaves: int = 4, stretch: float = 1.0) -> Field:
    """Return smooth noise between 0 and 1; `stretch` flattens its `cells`."""
    total = np.zeros((SIZE, SIZE))
    for octave in range(octaves):
        count = cells * 2**octave
        grid = rng.random((int(count * stretch) + 3, int(count) + 3))
        total += _smooth(grid, x=(X + 1) / 2 * count, y=(Y + 1) / 2 * count * stretch) / 2**octave
    low, high = float(total.min()), float(total.max())
    return ((total - low) / (high - low)).astype(np.float32)


def _smooth(grid: Field, *, x: Field, y: Field) -> Field:
    column, row = x.astype(np.int64), y.astype(np.int64)
    across, down = x - column, y - row
    across, down = across**2 * (3 - 2 * across), down**2 * (3 - 2 * down)
    upper = grid[row, column] * (1 - across) + grid[row, column + 1] * across
    lower = grid[row + 1, column] * (1 - across) + grid[row + 1, column + 1] * across
    return upper * (1 - down) + lower * down


def finished(canvas: Canvas, rng: Generator) -> Canvas:
    """Add grain and slightly darker corners."""
    grain = rng.standard_normal((SIZE, SIZE), dtype=np.float32) * np.float32(0.007)
    corners = 1 - 0.10 * np.clip(np.hypot(X, Y) - 0.75, 0, 1)
    return canvas * corners[..., None] + grain[..., None]


def png(canvas: Canvas) -> bytes:
    """Encode a canvas of any size as PNG with eight bits a channel."""
    pixels = np.rint(np.clip(canvas, 0, 1) * 255).astype(np.int16)
    height, width, _ = pixels.shape
    # Rows are stored as differences from the row above (filter 2), which compresses better.
    above = np.concatenate([np.zeros_like(pixels[:1]), pixels[:-1]])
    rows = (pixels - above).astype(np.uint8).reshape(height, width * 3)
    lines = np.concatenate([np.full((height, 1), 2, np.uint8), rows], axis=1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes(), 4)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
