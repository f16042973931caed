"""Synthesis with numpy arrays: oscillators, envelopes, noise and filters.

A mono sound has the shape (frames,), a stereo sound (2, frames). Filters are analogue transfer
functions that are applied in the frequency domain: numpy has no recursive filter, and a loop over
samples would take minutes instead of milliseconds.
"""

from collections.abc import Callable

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import Generator
from numpy.typing import NDArray

type Sound = NDArray[np.floating]
"""Samples of about -1 to 1, usually with 32 bits."""

type Curve = NDArray[np.float64]
type Plane = NDArray[np.complexfloating]
type Phasors = NDArray[np.complex64]
type Response = Callable[[Plane], Plane]
"""A filter: complex gain at each complex frequency, in hertz (s = sigma + j f)."""

SAMPLE_RATE = 44_100
_BLOCK = 256  # Frames whose oscillators share one row of a matrix product.
_WINDOW = 1024  # Frames for which a moving filter is constant: 23 ms.
_HOP = _WINDOW // 4
_SECTION = 1 << 17  # Frames that are filtered at once: their spectrum fits the cache.
_MARGIN = 1 << 14  # Frames after which the response of a filter has decayed: 0.37 s.


def frames(seconds: float) -> int:
    """Return the number of frames of a duration."""
    return round(seconds * SAMPLE_RATE)


def clock(length: int) -> Curve:
    """Return the time of each frame in seconds."""
    return np.arange(length) / SAMPLE_RATE


# Oscillators. A pitch is one frequency in hertz, or one for each frame.


def sine(pitch: float | Curve, length: int, *, phase: float = 0.0) -> Sound:
    """Return a sine wave; `phase` is in cycles."""
    return np.sin(2 * np.pi * _cycles(pitch, length, phase=phase))


def saw(pitch: float | Curve, length: int, *, phase: float = 0.0) -> Sound:
    """Return a sawtooth wave without audible aliasing."""
    cycles = _cycles(pitch, length, phase=phase)
    return 2 * cycles - 1 - _rounding(cycles, _step(pitch, length))


def pulse(pitch: float | Curve, length: int, *, width: float = 0.5) -> Sound:
    """Return a pulse wave; a width of 0.5 is a square wave."""
    difference = saw(pitch, length) - saw(pitch, length, phase=1 - width)
    return difference - difference.mean()


def triangle(pitch: float | Curve, length: int) -> Sound:
    """Return a triangle wave, which starts at zero."""
    cycles = _cycles(pitch, length, phase=0.25)
    return 1 - 4 * np.abs(cycles - np.float32(0.5))


def partials(pitches: Curve, levels: Curve, *, ring: Curve, length: int) -> Sound:
    """Return a sum of decaying sines; `ring` is the time in which each falls by 60 dB.

    A decaying sine is a power of one complex number, so frame 256a + b factors into a row of one
    matrix and a column of another: the sum over all sines is their product.
    """
    motion = (2j * np.pi * pitches - np.log(1000) / ring) / SAMPLE_RATE
    rows = np.arange(-(-length // _BLOCK))[:, None] * _BLOCK
    starts: Phasors = (levels * np.exp(rows * motion)).astype(np.complex64)
    within: Phasors = np.exp(motion[:, None] * np.arange(_BLOCK)).astype(np.complex64)
    return (starts.real @ within.imag + starts.imag @ within.real).reshape(-1)[:length]


def _cycles(pitch: float | Curve, length: int, *, phase: float) -> Sound:
    # Wrapped before it is rounded to 32 bits, which is too coarse for a minute of phase.
    if isinstance(pitch, float | int):
        total = np.arange(length) * (pitch / SAMPLE_RATE) + phase
    else:
        total = np.cumsum(pitch[:length]) / SAMPLE_RATE + phase
    return (total - np.floor(total)).astype(np.float32)


def _step(pitch: float | Curve, length: int) -> Sound:
    return (np.broadcast_to(np.asarray(pitch), (length,)) / SAMPLE_RATE).astype(np.float32)


def _rounding(cycles: Sound, step: Sound) -> Sound:
    """Return the correction around the jump of a sawtooth against aliasing (PolyBLEP)."""
    after = np.minimum(cycles / step, 1)
    before = np.minimum((1 - cycles) / step, 1)
    return (1 - before) ** 2 - (1 - after) ** 2


# Envelopes.


def fading(length: int, ring: float) -> Sound:
    """Return an exponential decay by 60 dB in `ring` seconds."""
    return np.exp(clock(length) * (-np.log(1000) / ring)).astype(np.float32)


def contour(length: int, *points: tuple[float, float]) -> Sound:
    """Return the curve through points, each a time in seconds and a level."""
    at = [point[0] for point in points]
    levels = [point[1] for point in points]
    return np.interp(clock(length), at, levels).astype(np.float32)


def edged(sound: Sound, *, attack: float = 0.003, release: float = 0.02) -> Sound:
    """Fade a sound in and out, so that it doesn't click."""
    length = sound.shape[-1]
    rounded = sound.astype(np.float32)
    ahead = min(frames(attack), length)
    behind = min(frames(release), length)
    rounded[..., :ahead] *= _slope(ahead)
    rounded[..., length - behind :] *= _slope(behind)[::-1]
    return rounded


def _slope(length: int) -> Sound:
    return ((1 - np.cos(np.pi * np.arange(length) / max(length, 1))) / 2).astype(np.float32)


def wander(rng: Generator, length: int, *, period: float) -> Sound:
    """Return a slow random curve between 0 and 1, with a new target every `period` seconds."""
    aims = rng.random(int(length / SAMPLE_RATE / period) + 3, dtype=np.float32)
    place = clock(length) / period
    index = place.astype(np.int64)
    blend = (1 - np.cos(np.pi * (place - index).astype(np.float32))) / 2
    return (aims[index] * (1 - blend) + aims[index + 1] * blend).astype(np.float32)


# Noise.


def white(rng: Generator, length: int) -> Sound:
    """Return white noise."""
    return rng.standard_normal(length, dtype=np.float32)


def coloured(rng: Generator, length: int, *, slope: float) -> Sound:
    """Return noise of power 1 that falls by `slope` dB an octave: 3 is pink, 6 brown."""
    exponent = slope / 20 / np.log10(2)
    tilted = filtered(white(rng, length), lambda s: (20 / (20 + np.abs(s))) ** exponent + 0j)
    return tilted / np.float32(np.std(tilted))


# Filters.


def low_pass(cutoff: float, resonance: float = 0.707) -> Response:
    """Return a low-pass filter of 12 dB an octave."""
    return lambda s: 1 / (1 + s / (cutoff * resonance) + (s / cutoff) ** 2)


def high_pass(cutoff: float, resonance: float = 0.707) -> Response:
    """Return a high-pass filter of 12 dB an octave."""
    return lambda s: (s / cutoff) ** 2 / (1 + s / (cutoff * resonance) + (s / cutoff) ** 2)


def band_pass(centre: float, resonance: float) -> Response:
    """Return a band-pass filter; more resonance makes it narrower."""
    return lambda s: (s / (centre * resonance)) / (1 + s / (centre * resonance) + (s / centre) ** 2)


def turned(corner: float) -> Response:
    """Return an all-pass filter, which spreads the peaks of a sawtooth over time."""
    return lambda s: ((1 - s / corner) / (1 + s / corner)) ** 4


def formants(*bands: tuple[float, float, float]) -> Response:
    """Return parallel band-pass filters, each with a centre, a resonance and a level."""

    def response(s: Plane) -> Plane:
        total = np.zeros_like(s)
        for centre, resonance, level in bands:
            total += level * band_pass(centre, resonance)(s)
        return total

    return response


def filtered(sound: Sound, *responses: Response) -> Sound:
    """Apply filters to a mono or stereo sound."""
    length: int = sound.shape[-1]
    # The margin keeps the decay at the end from wrapping around to the start.
    size = min(transform_size(length + _MARGIN), _SECTION)
    plane: Plane = 1j * np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    gain = np.ones(plane.size, np.complex64)
    for response in responses:
        gain *= response(plane).astype(np.complex64)
    single = sound.astype(np.float32, copy=False)
    if length + _MARGIN <= size:
        return np.fft.irfft(np.fft.rfft(single, size) * gain, size)[..., :length]
    return _filtered_in_sections(single, gain)


def _filtered_in_sections(sound: Sound, gain: Phasors) -> Sound:
    """Filter a long sound in sections that fit the processor's cache, which is twice as fast.

    Each section has a margin on either side, where the transform wraps around, and only its middle
    is kept.
    """
    length: int = sound.shape[-1]
    kept = _SECTION - 2 * _MARGIN
    count = -(-length // kept)
    sides = [(0, 0)] * (sound.ndim - 1)
    padded = np.pad(sound, [*sides, (_MARGIN, count * kept - length + _MARGIN)])
    sections = sliding_window_view(padded, _SECTION, axis=-1)[..., ::kept, :]
    middle = np.fft.irfft(np.fft.rfft(sections) * gain, _SECTION)[..., _MARGIN : _MARGIN + kept]
    return middle.reshape(*sound.shape[:-1], -1)[..., :length]


def swept(sound: Sound, cutoff: Sound, *, resonance: float = 1.0) -> Sound:
    """Apply a low-pass filter of 24 dB an octave with a cutoff for each frame to a mono sound.

    The filter is constant within each of many overlapping windows.
    """
    length = sound.shape[-1]
    window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
    blocks = sliding_window_view(np.pad(sound, (_WINDOW, 2 * _WINDOW)), _WINDOW)[::_HOP] * window
    centres = np.arange(len(blocks)) * _HOP - _WINDOW // 2
    moving = cutoff[np.clip(centres, 0, length - 1)][:, None]
    ratio = np.fft.rfftfreq(_WINDOW, 1 / SAMPLE_RATE).astype(np.float32) / moving
    square = ratio * ratio
    resonant = (1 - square) ** 2 + square / np.float32(resonance**2)
    gain = 1 / np.sqrt(resonant * (1 + square * square))
    # Two Hann windows, one before and one after, add up to 1.5 with a hop of a quarter.
    shaped = np.fft.irfft(np.fft.rfft(blocks) * gain, _WINDOW).astype(np.float32) * (window / 1.5)
    return _overlapped(shaped)[_WINDOW : _WINDOW + length]


def _overlapped(blocks: Sound) -> Sound:
    total = np.zeros(len(blocks) * _HOP + _WINDOW, np.float32)
    for offset in range(_WINDOW // _HOP):
        joined = blocks[offset :: _WINDOW // _HOP].reshape(-1)
        total[offset * _HOP : offset * _HOP + joined.size] += joined
    return total


def looped(sound: Sound, delay: float, *, loop: Response, length: int) -> Sound:
    """Feed a sound back after `delay` seconds through the filter `loop`: a string, or an echo.

    The infinite feedback is one division. As the transform wraps around in time, the sound gets an
    additional decay of 60 dB, which is removed afterwards.
    """
    size = transform_size(length)
    haste = np.log(1000) / (2 * np.pi * size / SAMPLE_RATE)
    weight = np.exp(-2 * np.pi * haste * clock(length))
    plane: Plane = haste + 1j * np.fft.rfftfreq(size, 1 / SAMPLE_RATE)
    kept: Sound = sound[:length] * weight[: sound.shape[-1]]
    turn: Plane = loop(plane) * np.exp(-2 * np.pi * delay * plane)
    spectrum: Plane = np.fft.rfft(kept, size)
    solved = np.fft.irfft(spectrum / (1 - turn), size)[:length]
    return (solved / weight).astype(np.float32)


def transform_size(length: int) -> int:
    """Return the next larger size for which the Fourier transform is fast."""
    power = 1 << (length - 1).bit_length()
    return next(size for size in (power * 5 // 8, power * 3 // 4, power) if size >= length)
