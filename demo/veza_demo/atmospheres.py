"""Three pieces without a beat: a drone, a choir, and weather."""

import numpy as np
from numpy.random import Generator

from veza_demo.effects import Mix, mastered, normal, reverb
from veza_demo.instruments import MOUTH_AH, MOUTH_OO, ensemble, singer
from veza_demo.score import chord, hertz
from veza_demo.synthesis import (
    SAMPLE_RATE,
    Curve,
    Sound,
    band_pass,
    coloured,
    contour,
    edged,
    fading,
    filtered,
    frames,
    high_pass,
    low_pass,
    partials,
    sine,
    swept,
    wander,
    white,
)

_DROPS_A_SECOND = 120


def low_tide(rng: Generator) -> Sound:
    """Play a drone on D in three waves, the last one in minor."""
    seconds = 57.0
    mix = Mix(seconds)
    waves = (
        (0.0, ((0, 0), (10, 1), (19, 0.15), (30, 0))),
        (13.0, ((0, 0), (14, 1), (23, 0.15), (33, 0))),
        (31.0, ((0, 0), (14, 1), (19, 0.7), (25.5, 0))),
    )
    chords = ("D2 A2 D3 F#3 E4", "D2 A2 B2 F#3 A3 C#5", "Bb1 F2 D3 A3 C4 F4")
    for names, (at, wave) in zip(chords, waves, strict=True):
        shape = contour(frames(wave[-1][0]), *wave)
        keys = chord(names)
        mix.add(_breathing(rng, keys[::2], shape=shape), at, pan=-0.45)
        mix.add(_breathing(rng, keys[1::2], shape=shape), at, pan=0.45)
    ground = sine(hertz(26), mix.length) * contour(mix.length, (0, 0.2), (30, 0.5), (57, 0.1))
    mix.add(ground * (0.6 + 0.4 * wander(rng, mix.length, period=5.0)), gain=0.8)
    mix.add(_surf(rng, mix.length), gain=0.22)
    wet = reverb(mix.sound, rng, seconds=6.5, bright=4200)
    return mastered(0.7 * mix.sound + 1.6 * wet, lufs=-17.0, fade=4.5)


def _breathing(rng: Generator, keys: list[int], *, shape: Sound) -> Sound:
    """Hold keys that swell independently, through one filter that opens with `shape`."""
    length = shape.size
    tone = np.zeros(length, np.float32)
    for index, key in enumerate(keys):
        layer = ensemble(rng, hertz(key), seconds=length / SAMPLE_RATE, voices=3)
        tone += layer * (0.4 + 0.6 * wander(rng, length, period=4)) / (1 + 0.5 * index)
    cutoff = 180 + 3000 * shape**1.6 * (0.35 + 0.65 * wander(rng, length, period=3.1))
    return swept(tone, cutoff, resonance=1.3) * shape


def _surf(rng: Generator, length: int) -> Sound:
    sides = [coloured(rng, length, slope=4) for _ in range(2)]
    swell = wander(rng, length, period=6.5) ** 2
    return filtered(np.stack(sides), high_pass(350), low_pass(4500)) * swell


def church_in_snow(rng: Generator) -> Sound:
    """Sing eight chords in B minor with sixteen voices, from "oo" to "ah" and back."""
    chords = (
        ("B2 F#3 B3 D4", 5.2),
        ("G2 D3 B3 D4", 5.0),
        ("A2 E3 A3 C#4", 5.0),
        ("F#2 C#3 A3 C#4", 5.4),
        ("G2 D3 B3 F#4", 5.0),
        ("E2 E3 B3 G4", 5.0),
        ("F#2 C#3 A#3 F#4", 5.6),
        ("B1 F#3 B3 D#4", 7.4),
    )
    mix = Mix(49.0)
    at = 0.3
    for names, seconds in chords:
        for part, key in enumerate(chord(names)):
            for seat in range(4):
                voice = singer(rng, hertz(key), seconds=seconds + 1.0)
                pan = (part - 1.5) * 0.35 + (seat - 1.5) * 0.16
                late = float(rng.uniform(0, 0.16))
                mix.add(voice, at + late, gain=1.1 if part == 3 else 0.8, pan=pan)
        at += seconds
    points = ((0, 0.05), (11, 0.2), (21, 0.6), (31, 1.0), (36, 0.9), (40, 0.3), (49, 0.0))
    opening = contour(mix.length, *points)
    dynamic = contour(mix.length, (0, 0.45), (16, 0.6), (30, 1.0), (36, 0.85), (42, 0.5), (49, 0.4))
    breath = np.stack([white(rng, mix.length) for _ in range(2)])
    mix.add(breath * contour(mix.length, (0, 0), (1.5, 1), (42, 1), (44.8, 0)), gain=0.22)
    throat = low_pass(4200, 0.6)
    sung = filtered(mix.sound, throat, MOUTH_AH) * opening * 1.2
    sung += filtered(mix.sound, throat, MOUTH_OO) * (1 - opening)
    sung *= dynamic
    wet = reverb(sung, rng, seconds=4.6, bright=5200)
    return mastered(sung + 2.4 * wet, lufs=-17.5, fade=3.5)


def boathouse_rain(rng: Generator) -> Sound:
    """Play rain that gets stronger and then weaker, with wind and distant thunder."""
    seconds = 52.0
    mix = Mix(seconds)
    density = contour(
        mix.length, (0, 0.05), (9, 0.4), (19, 1.0), (30, 0.75), (40, 0.28), (49, 0.05), (52, 0)
    )
    for side in (-1.0, 1.0):
        hiss = filtered(coloured(rng, mix.length, slope=2), high_pass(900), low_pass(9000))
        mix.add(hiss * density * (0.8 + 0.2 * wander(rng, mix.length, period=0.4)), pan=side)
        gust = wander(rng, mix.length, period=4.2) ** 2
        wind = swept(coloured(rng, mix.length, slope=4), 150 + 900 * gust, resonance=4.0)
        mix.add(filtered(wind, high_pass(90)) * gust, gain=0.9, pan=side * 0.7)
    mix.sound *= np.float32(0.32)
    mix.add(_drops(rng, density))
    mix.add(_gutter(rng, seconds), gain=0.35)
    mix.add(_thunder(rng), 22.5, gain=0.9)
    wet = reverb(mix.sound, rng, seconds=1.1, bright=3800)
    return mastered(mix.sound + 0.45 * wet, lufs=-18.5, fade=2.5)


def _drops(rng: Generator, density: Sound) -> Sound:
    """Add thousands of drops of sixty kinds, distributed by the density of the rain."""
    scattered = np.zeros((2, density.size), np.float32)
    length = frames(0.05)
    count = int(_DROPS_A_SECOND * density.mean() * density.size / SAMPLE_RATE / 60)
    chances: Curve = np.cumsum(density, dtype=np.float64)
    for _ in range(60):
        pitch = rng.uniform(1100, 6500)
        pair = pitch * np.array([1.0, rng.uniform(1.3, 1.9)])
        drop = partials(pair, np.array([1, 0.5]), ring=np.full(2, 0.03), length=length)
        drop += white(rng, length) * fading(length, 0.008) * 0.5
        for when in rng.random(count):
            place = int(np.searchsorted(chances, float(when * chances[-1])))
            start = min(place, density.size - length)
            # The cube makes most of them faint.
            level = np.float32(rng.random() ** 3 * 0.5)
            scattered[int(rng.integers(0, 2)), start : start + length] += drop * level
    return scattered


def _gutter(rng: Generator, seconds: float) -> Sound:
    """Add drops with rising pitch about every second."""
    mix = Mix(seconds)
    at = 1.2
    while at < seconds - 3:
        length = frames(0.16)
        rise = rng.uniform(480, 620) * (1 + 0.35 * np.linspace(0, 1, length) ** 2)
        mix.add(edged(sine(rise, length) * fading(length, 0.15), attack=0.002), at, pan=0.4)
        at += rng.uniform(0.75, 1.25)
    return mix.sound


def _thunder(rng: Generator) -> Sound:
    length = frames(9.0)
    rolls = wander(rng, length, period=0.35) ** 2
    shape = contour(length, (0, 0), (0.4, 1), (2.2, 0.6), (3.0, 0.85), (9, 0))
    rumble = filtered(coloured(rng, length, slope=6), band_pass(70, 0.7), low_pass(240))
    return normal(rumble * shape**2 * (0.25 + rolls))
