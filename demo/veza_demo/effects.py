"""Effects: a stereo mix, reverb, echo, distortion and mastering."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.random import Generator

from veza_demo.score import Onset
from veza_demo.synthesis import (
    SAMPLE_RATE,
    Phasors,
    Plane,
    Response,
    Sound,
    clock,
    edged,
    fading,
    filtered,
    frames,
    high_pass,
    looped,
    low_pass,
    transform_size,
    white,
)

CEILING = 10 ** (-1.5 / 20)
"""The highest peak, with half a decibel of room for a lossy codec."""

_LIMITER_BLOCK = 64
_LIMITER_REACH = 12  # Blocks on either side: the gain moves within 17 ms.


class Mix:
    """A stereo mix of fixed length."""

    def __init__(self, seconds: float) -> None:
        self.sound: Sound = np.zeros((2, frames(seconds)), np.float32)

    @property
    def length(self) -> int:
        """The length in frames."""
        return self.sound.shape[-1]

    def add(self, sound: Sound, at: float = 0.0, *, gain: float = 1.0, pan: float = 0.0) -> None:
        """Add a sound at a time in seconds, cut at the end of the mix.

        `pan` goes from -1, left, to 1, right, at equal power.
        """
        start = max(frames(at), 0)
        piece = sound[..., : max(self.length - start, 0)]
        angle = (pan + 1) * np.pi / 4
        sides = np.sqrt(2) * gain * np.array([[np.cos(angle)], [np.sin(angle)]])
        self.sound[:, start : start + piece.shape[-1]] += piece * sides.astype(np.float32)

    def add_each(
        self, sound: Sound, onsets: list[Onset], *, gain: float = 1.0, pan: float = 0.0
    ) -> None:
        """Add a sound at every onset, with the strength of the onset as gain."""
        for onset in onsets:
            self.add(sound, onset.at, gain=gain * onset.strength, pan=pan)


def reverb(sound: Sound, rng: Generator, *, seconds: float, bright: float = 5000.0) -> Sound:
    """Return only the reverb, in stereo; it decays in `seconds`, high frequencies faster."""
    length = frames(seconds)
    sides = [_room(rng, length, bright=bright) for _ in range(2)]
    size = transform_size(sound.shape[-1] + length)
    spectrum = np.fft.rfft(sound, size) * np.fft.rfft(np.stack(sides), size)
    return np.fft.irfft(spectrum, size)[:, : sound.shape[-1]].astype(np.float32)


def _room(rng: Generator, length: int, *, bright: float) -> Sound:
    ring = length / SAMPLE_RATE
    low = filtered(white(rng, length), low_pass(bright / 4)) * fading(length, ring)
    high = filtered(white(rng, length), high_pass(bright / 4), low_pass(bright))
    tail = edged(low + high * fading(length, ring * 0.55), attack=0.012, release=ring / 4)
    early = np.zeros(length, np.float32)
    early[rng.integers(300, 2600, 9)] = rng.uniform(-1, 1, 9) * 2.5
    response = filtered(tail + early, low_pass(bright), high_pass(140))
    # Constant energy: a longer reverb isn't louder.
    return response / np.sqrt(np.sum(response**2))


def echo(sound: Sound, delay: float, *, feedback: float, loop: Response | None = None) -> Sound:
    """Return only the repeats, alternating sides; `feedback` is the gain of each."""
    tone = loop or low_pass(3500, 0.6)
    mono = sound if sound.ndim == 1 else sound.mean(0)
    length = mono.shape[-1]

    def twice(s: Plane) -> Plane:
        return (feedback * tone(s) * high_pass(160)(s)) ** 2

    left = filtered(_delayed(mono, delay), tone)
    right = filtered(_delayed(left, delay), tone) * np.float32(feedback)
    sides = [looped(side, 2 * delay, loop=twice, length=length) for side in (left, right)]
    return np.stack(sides)


def _delayed(sound: Sound, seconds: float) -> Sound:
    return np.pad(sound, (frames(seconds), 0))[: sound.shape[-1]]


def chorus(sound: Sound, *, depth: float = 0.0025, rate: float = 0.35) -> Sound:
    """Return a mono sound as stereo, with a varying delay on each side."""
    seconds = clock(sound.shape[-1])
    sides: list[Sound] = []
    for turn in (0.0, 0.5):
        late = 0.009 + depth * np.sin(2 * np.pi * (rate * seconds + turn))
        moved = np.interp(seconds - late, seconds, sound, left=0.0)
        sides.append((0.7 * sound + 0.6 * moved).astype(np.float32))
    return np.stack(sides)


def ducked(sound: Sound, onsets: list[Onset], *, depth: float, recovery: float) -> Sound:
    """Return a sound that is quieter at each onset and recovers in `recovery` seconds."""
    gain = np.ones(sound.shape[-1], np.float32)
    phase = np.linspace(0, 1, frames(recovery), dtype=np.float32)
    dip = 1 - depth * np.minimum(phase * 30, 1) * (1 - phase) ** 1.5
    for onset in onsets:
        start = frames(onset.at)
        window = gain[start : start + dip.size]
        np.minimum(window, dip[: window.size], out=window)
    return sound * gain


def driven(sound: Sound, drive: float) -> Sound:
    """Saturate a sound, with a soft limit at 1."""
    return np.tanh(sound * np.float32(drive)) / np.float32(np.tanh(drive))


def normal(sound: Sound) -> Sound:
    """Scale a sound to a peak of 1."""
    return sound / np.float32(max(float(np.max(np.abs(sound))), 1e-9))


def loudness(sound: Sound) -> float:
    """Return the integrated loudness of a stereo sound in LUFS (ITU-R BS.1770, both gates).

    Blocks don't overlap, unlike in the standard: an error of 0.1 dB, for a quarter of the work.
    """
    block = frames(0.4)
    blocks = np.pad(sound, ((0, 0), (0, -sound.shape[-1] % block))).reshape(-1, block)
    plane: Plane = 1j * np.fft.rfftfreq(block, 1 / SAMPLE_RATE)
    weight = np.abs(_head_shelf(plane) * high_pass(38.1, 0.5)(plane)) ** 2
    spectra: Phasors = np.fft.rfft(blocks.astype(np.float32, copy=False))
    # Parseval's theorem; half of the spectrum is stored.
    energies = (spectra.real**2 + spectra.imag**2) @ weight.astype(np.float32) * 2 / block**2
    powers = np.sum(energies.reshape(2, -1), 0)
    heard = powers[powers > 10 ** ((-70 + 0.691) / 10)]
    if heard.size == 0:
        return -70.0
    heard = heard[heard > heard.mean() / 10]
    return float(-0.691 + 10 * np.log10(heard.mean()))


def _head_shelf(s: Plane) -> Plane:
    high, middle, ratio = 1.5849, 1.2587, s / 1682
    return (high * ratio**2 + middle * ratio / 0.7072 + 1) / (ratio**2 + ratio / 0.7072 + 1)


def mastered(sound: Sound, *, lufs: float, fade: float = 1.0) -> Sound:
    """Master a sound: to this loudness, below the ceiling, with a fade to silence."""
    clean = edged(filtered(sound, high_pass(26)), attack=0.004, release=fade)
    # The limiter reduces the loudness, so it is corrected up to two times.
    for _ in range(3):
        missing = lufs - loudness(clean)
        if abs(missing) < 0.05:
            break
        clean = limited(clean * np.float32(10 ** (missing / 20)))
    silence = np.zeros((2, frames(0.06)), np.float32)
    return np.concatenate([clean, silence], axis=1)


def limited(sound: Sound) -> Sound:
    """Reduce the gain around peaks above the ceiling."""
    length: int = sound.shape[-1]
    padded = np.pad(np.abs(sound).max(0), (0, -length % _LIMITER_BLOCK))
    peaks = padded.reshape(-1, _LIMITER_BLOCK).max(1)
    needed = np.minimum(1, CEILING / np.maximum(peaks, 1e-6))
    reach = _LIMITER_REACH
    lowest = sliding_window_view(np.pad(needed, 2 * reach, mode="edge"), 2 * reach + 1).min(-1)
    bell = np.hanning(2 * reach + 3)[1:-1]
    smooth = np.convolve(lowest, bell / bell.sum(), mode="valid")
    centres = (np.arange(smooth.size) + 0.5) * _LIMITER_BLOCK
    gain = np.interp(np.arange(length), centres, smooth).astype(np.float32)
    return np.clip(sound * gain, -CEILING, CEILING).astype(np.float32)
