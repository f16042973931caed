"""A waveform becomes as many bars as can be told apart."""

from collections.abc import Sequence
from itertools import batched

BARS = 100
_LOWEST = 0.02


def draw_bars(peaks: Sequence[float]) -> tuple[float, ...]:
    """Return the heights of bars, each of the loudest moment of its part."""
    if not peaks:
        return ()
    size = -(-len(peaks) // BARS)
    return tuple(max(_LOWEST, *part) for part in batched(peaks, size))
