"""Instruments: drums, strings, keys and voices, each a mono sound with a peak of about 1."""

import numpy as np
from numpy.random import Generator

from veza_demo.effects import driven, normal
from veza_demo.synthesis import (
    Response,
    Sound,
    band_pass,
    clock,
    edged,
    fading,
    filtered,
    formants,
    frames,
    high_pass,
    looped,
    low_pass,
    partials,
    saw,
    sine,
    triangle,
    wander,
    white,
)

_METAL = np.array([2050.0, 3073.0, 3691.0, 4117.0, 5333.0, 5417.0, 6203.0, 7411.0, 8873.0, 10459.0])

GUITAR_BODY = formants((102, 4, 0.5), (204, 5, 0.45), (405, 4, 0.3), (1800, 0.4, 0.9))
MOUTH_AH = formants(
    (720, 6, 1.0), (1180, 7, 0.6), (2650, 8, 0.22), (3400, 6, 0.2), (5200, 2, 0.08), (250, 1, 0.4)
)
MOUTH_OO = formants((330, 5, 1.0), (760, 7, 0.32), (2500, 6, 0.07), (4200, 2, 0.03), (220, 1, 0.5))


# Drums.


def kick(pitch: float, seconds: float, *, punch: float = 4.0, click: float = 0.3) -> Sound:
    """Return a bass drum whose pitch falls; `punch` is how far above `pitch` it starts."""
    length = frames(seconds)
    body = sine(pitch * (1 + punch * np.exp(-clock(length) / 0.022)), length)
    tap = sine(1900.0, length) * fading(length, 0.012)
    body = driven(body * fading(length, seconds * 1.1), 2.0) + np.float32(click) * tap
    return normal(edged(body, attack=0.0008, release=0.04))


def snare(rng: Generator, seconds: float, *, pitch: float = 190.0, bright: float = 1800.0) -> Sound:
    """Return a snare drum."""
    length = frames(seconds)
    skin = partials(
        pitch * np.array([1, 1.74, 2.4]),
        np.array([1, 0.55, 0.2]),
        ring=np.array([0.22, 0.16, 0.1]),
        length=length,
    )
    wires = filtered(white(rng, length), high_pass(bright), low_pass(9500)) * fading(
        length, seconds
    )
    return normal(edged(skin + 0.9 * wires, attack=0.0006, release=0.03))


def hat(rng: Generator, seconds: float) -> Sound:
    """Return a hi-hat, which sounds closed if short and open if long."""
    length = frames(seconds + 0.02)
    shifted = _METAL * rng.uniform(0.97, 1.03, _METAL.size)
    ring = np.full(_METAL.size, seconds)
    metal = partials(shifted, np.ones(_METAL.size), ring=ring, length=length)
    hiss = white(rng, length) * fading(length, seconds)
    return normal(edged(filtered(0.25 * metal + 0.6 * hiss, high_pass(6800)), attack=0.0004))


def clap(rng: Generator) -> Sound:
    """Return a clap of several hands."""
    length = frames(0.28)
    shape = 0.7 * fading(length, 0.26)
    for late in (0.0, 0.011, 0.021, 0.03):
        start = frames(late)
        shape[start:] += fading(length - start, 0.022)
    return normal(edged(filtered(white(rng, length), band_pass(1250, 1.4)) * shape))


def rim(pitch: float = 1750.0) -> Sound:
    """Return a rim shot."""
    length = frames(0.12)
    pitches = pitch * np.array([0.29, 1, 1.52, 2.31])
    return normal(
        partials(pitches, np.array([0.8, 1, 0.5, 0.3]), ring=np.full(4, 0.09), length=length)
    )


def tom(pitch: float, seconds: float = 0.5) -> Sound:
    """Return a tom."""
    length = frames(seconds)
    body = sine(pitch * (1 + 0.5 * np.exp(-clock(length) / 0.05)), length)
    return normal(edged(body * fading(length, seconds), attack=0.001, release=0.05))


def shaker(rng: Generator) -> Sound:
    """Return a shaker."""
    length = frames(0.11)
    swell = np.sin(np.pi * np.linspace(0, 1, length) ** 0.6).astype(np.float32) ** 2
    return normal(filtered(white(rng, length), band_pass(5200, 1.1)) * swell)


# Strings.


def pluck(
    rng: Generator, pitch: float, *, seconds: float, bright: float = 4200.0, ring: float = 5.0
) -> Sound:
    """Return a plucked string (Karplus-Strong): noise in a feedback loop with a filter."""
    length = frames(seconds)
    period = 1 / pitch
    # Compensates the delay of the filter in the loop; otherwise the string would be flat.
    lag = np.arctan(pitch / bright) / (2 * np.pi * pitch)
    gain = 10 ** (-3 * period / ring)

    burst = np.zeros(length, np.float32)
    burst[: frames(period)] = rng.uniform(-1, 1, frames(period))
    burst = filtered(burst, low_pass(bright * 0.8, 0.6))
    # Plucked at a seventh of the string, which suppresses the seventh harmonic.
    finger = frames(period / 7)
    burst[finger:] -= 0.9 * burst[:-finger].copy()
    string = looped(burst, period - lag, loop=_damping(gain, bright), length=length)
    return normal(edged(filtered(string, high_pass(pitch * 0.6)), attack=0.0006, release=0.08))


def _damping(gain: float, bright: float) -> Response:
    return lambda s: gain / (1 + s / bright)


def piano(pitch: float, seconds: float, *, strength: float = 0.7) -> Sound:
    """Return a piano note: slightly inharmonic strings with a fast and a slow decay."""
    length = frames(seconds)
    count = int(np.clip(9500 / pitch, 3, 32))
    number = np.arange(1, count + 1)
    stretch = 0.00022 * (pitch / 262) ** 1.1
    series = pitch * number * np.sqrt(1 + stretch * number**2)
    hammer = np.abs(np.sin(np.pi * number / 8.3)) + 0.05
    levels = hammer * number**-0.9 * np.exp(-number * (0.34 - 0.24 * strength))
    ring = 9.0 * (262 / pitch) ** 0.55 / (1 + 0.11 * number)
    beating = np.array([0.9994, 1.0, 1.0005])
    struck = partials(
        np.concatenate([series * ratio for ratio in beating]),
        np.concatenate([levels * share for share in (0.5, 1.0, 0.4)]),
        ring=np.concatenate([ring, ring * 0.32, ring * 0.9]),
        length=length,
    )
    thump = partials(
        np.array([88.0, 143.0, 236.0]), np.ones(3), ring=np.full(3, 0.12), length=length
    )
    return strength * normal(edged(struck + 0.08 * thump, attack=0.0015, release=0.12))


def music_box(pitch: float, seconds: float = 2.6) -> Sound:
    """Return a note of a music box."""
    length = frames(seconds)
    return normal(
        edged(
            partials(
                pitch * np.array([1, 1.0012, 2.002, 3.01, 6.27, 9.4]),
                np.array([1, 0.45, 0.22, 0.16, 0.28, 0.07]),
                ring=np.array([2.6, 3.1, 1.1, 0.7, 0.22, 0.06]),
                length=length,
            ),
            attack=0.0008,
            release=0.3,
        )
    )


# Keys, bass and voices.


def electric_piano(pitch: float, seconds: float) -> Sound:
    """Return a note of an electric piano, by frequency modulation."""
    length = frames(seconds)
    bell = sine(pitch * 14, length) * fading(length, 0.35) * 0.05
    bark = sine(pitch, length) * (0.35 + 1.1 * fading(length, 1.4))
    tone = np.sin(2 * np.pi * (pitch * clock(length) % 1) + bark).astype(np.float32)
    return edged((tone + bell) * fading(length, 6.0), attack=0.004, release=0.12)


def organ(pitch: float, seconds: float, *, attack: float = 0.006) -> Sound:
    """Return a note of an organ."""
    length = frames(seconds)
    bars = np.array([0.5, 1, 1.5, 2, 3, 4, 6])
    levels = np.array([0.4, 1, 0.3, 0.5, 0.28, 0.22, 0.1])
    tone = partials(pitch * bars, levels, ring=np.full(7, 1e6), length=length)
    return normal(edged(tone, attack=attack, release=0.03))


def reed(pitch: float, seconds: float) -> Sound:
    """Return a note of a melodica, with a late vibrato."""
    length = frames(seconds)
    late = np.clip(clock(length) - 0.3, 0, 0.5)
    bend = pitch * (1 + 0.012 * late * np.sin(2 * np.pi * 5.1 * clock(length)))
    tone = saw(bend, length) - 0.55 * saw(bend, length, phase=0.5)
    shaped = filtered(tone, low_pass(3100, 0.9), high_pass(300))
    return normal(edged(shaped, attack=0.045, release=0.09))


def round_bass(pitch: float, seconds: float, *, growl: float = 0.25) -> Sound:
    """Return a note of a deep bass."""
    length = frames(seconds)
    tone = sine(pitch, length) + np.float32(growl) * triangle(pitch * 2, length)
    return edged(driven(tone * fading(length, 4.0), 1.3), attack=0.008, release=0.05)


def ensemble(rng: Generator, pitch: float, *, seconds: float, voices: int = 7) -> Sound:
    """Return several detuned sawtooth waves, as input for filters."""
    length = frames(seconds)
    spread = 2 ** (np.linspace(-13, 13, voices) / 1200)
    total = np.zeros(length, np.float32)
    for ratio in spread:
        total += saw(pitch * ratio, length, phase=float(rng.random()))
    return total / np.float32(np.sqrt(voices))


def singer(rng: Generator, pitch: float, *, seconds: float) -> Sound:
    """Return one voice, before the formants, with random vibrato and intonation."""
    length = frames(seconds)
    speed = rng.uniform(4.7, 5.8)
    depth = rng.uniform(0.0025, 0.006) * np.minimum(clock(length) / 1.5, 1)
    drift = (wander(rng, length, period=0.7) - 0.5) * 0.006
    vibrato = depth * np.sin(2 * np.pi * (speed * clock(length) + rng.random()))
    off = 2 ** (rng.normal(0, 4.5) / 1200)
    tone = saw(pitch * off * (1 + drift + vibrato), length, phase=float(rng.random()))
    return edged(tone, attack=0.9, release=1.1)
