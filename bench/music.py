"""Music that is made of numbers: a melody over chords, a bass and drums, in several timbres.

The notes follow from a seed. Pieces with the same seed and another timbre are covers of each other.
"""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

RATE = 44_100
_BEATS_OF_BAR = 4
_MAJOR = (0, 2, 4, 5, 7, 9, 11)
_MINOR = (0, 2, 3, 5, 7, 8, 10)

type Wave = NDArray[np.float32]


class Timbre(Struct, frozen=True):
    """An instrumentation: the strength of the overtones, and how a note begins and ends."""

    overtones: tuple[float, ...]
    attack_s: float
    decay_s: float
    drums: float
    vibrato: float = 0.0


KEYS = Timbre((1.0, 0.5, 0.25, 0.12, 0.06), attack_s=0.005, decay_s=0.5, drums=0.25)
STRINGS = Timbre(
    (1.0, 0.2, 0.6, 0.1, 0.4, 0.05, 0.2), attack_s=0.12, decay_s=2.0, drums=0.0, vibrato=0.004
)


def compose(seed: int, seconds: float, timbre: Timbre = KEYS, speed: float = 1.0) -> Wave:
    """Return a piece, mono: every four bars have other chords, and every bar another melody."""
    draw = np.random.default_rng(seed)
    scale = _MAJOR if draw.random() < 0.5 else _MINOR
    key = 45 + int(draw.integers(12))
    beat_s = 60 / float(draw.uniform(84, 150)) / speed
    wave = np.zeros(round(seconds * RATE), np.float32)
    bars = int(seconds / beat_s / _BEATS_OF_BAR) + 1
    roots = draw.integers(0, 7, bars)
    for bar in range(bars):
        start_s = bar * _BEATS_OF_BAR * beat_s
        root = int(roots[bar // 4 * 4 + bar % 2] if bar // 4 * 4 + bar % 2 < bars else roots[bar])
        chord = [_tone(scale, key + 12, root + step) for step in (0, 2, 4)]
        for tone in (key - 12 + scale[root], *chord):
            _add(wave, tone, (start_s, _BEATS_OF_BAR * beat_s), timbre, strength=0.12)
        for step in range(2 * _BEATS_OF_BAR):
            note, rests = int(draw.integers(0, 10)), draw.random() < 0.25
            if not rests:
                tone = _tone(scale, key + 24, note)
                span_s = (start_s + step * beat_s / 2, beat_s * 0.45)
                _add(wave, tone, span_s, timbre, strength=0.22)
        _add_drums(wave, start_s, beat_s, timbre.drums, draw)
    return wave / (1.1 * float(np.abs(wave).max()))


def _tone(scale: tuple[int, ...], key: int, step: int) -> int:
    return key + 12 * (step // 7) + scale[step % 7]


def _add(
    wave: Wave, tone: int, span_s: tuple[float, float], timbre: Timbre, *, strength: float
) -> None:
    start_s, length_s = span_s
    start = round(start_s * RATE)
    count = min(round(length_s * RATE), len(wave) - start)
    if count <= 0:
        return
    time = np.arange(count) / RATE
    phase = 2 * np.pi * 440 * 2 ** ((tone - 69) / 12) * time
    phase = phase + timbre.vibrato * 50 * np.sin(2 * np.pi * 5.5 * time)
    sound = sum(
        volume * np.sin((number + 1) * phase) for number, volume in enumerate(timbre.overtones)
    )
    shape = np.minimum(1, time / timbre.attack_s) * np.exp(-time / timbre.decay_s)
    shape *= np.minimum(1, (length_s - time) / 0.02)
    wave[start : start + count] += (strength * shape * sound).astype(np.float32)


def _add_drums(
    wave: Wave, start_s: float, beat_s: float, volume: float, draw: np.random.Generator
) -> None:
    for step in range(2 * _BEATS_OF_BAR):
        start = round((start_s + step * beat_s / 2) * RATE)
        count = min(round(0.08 * RATE), len(wave) - start)
        if count > 0 and volume:
            hit = draw.standard_normal(count) * np.exp(-np.arange(count) / (0.02 * RATE))
            loudness = volume * (0.6 if step % 2 else 1.0)
            wave[start : start + count] += (loudness * 0.4 * hit).astype(np.float32)
