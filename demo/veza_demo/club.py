"""Three pieces for clubs: techno, acid, and drum and bass."""

import numpy as np
from numpy.random import Generator

from veza_demo.effects import Mix, chorus, driven, ducked, echo, mastered, normal, reverb
from veza_demo.instruments import clap, ensemble, hat, kick, rim, shaker, snare, tom
from veza_demo.score import Onset, Tempo, chord, hertz, key_of
from veza_demo.synthesis import (
    Curve,
    Sound,
    clock,
    contour,
    edged,
    fading,
    filtered,
    frames,
    high_pass,
    low_pass,
    saw,
    sine,
    swept,
    turned,
    wander,
    white,
)

_HALL = Tempo(132)
_HALL_KICKS = [*range(12), *range(16, 26)]


def hall_seven(rng: Generator) -> Sound:
    """Play techno in F minor: kick, rumble and one chord, with a break of the chord alone."""
    seconds = _HALL.at(27) + 2.2
    beat = _HALL.onsets(_HALL_KICKS, "X...X...X...X...")
    drum = Mix(seconds)
    drum.add_each(kick(hertz(key_of("F1")), 0.42), beat, gain=0.95)
    cellar = filtered(
        reverb(drum.sound, rng, seconds=0.8, bright=900), low_pass(150), high_pass(38)
    )
    rumble = driven(ducked(normal(cellar), beat, depth=0.95, recovery=0.3), 2.2)
    chords = _hall_chord(rng, seconds)
    played = 0.9 * chords + 0.6 * echo(chords, _HALL.step * 3, feedback=0.62)
    played += 0.5 * reverb(played, rng, seconds=2.4, bright=4000)
    mix = Mix(seconds)
    mix.add(drum.sound)
    mix.add(rumble, gain=0.34)
    mix.add(ducked(_hall_bass(seconds), beat, depth=0.7, recovery=0.25), gain=0.3)
    mix.add(ducked(played, beat, depth=0.55, recovery=0.3), gain=0.72)
    mix.add(_hall_metal(rng, seconds))
    mix.add(_riser(rng, _HALL.at(4)), _HALL.at(12), gain=0.16)
    return mastered(mix.sound, lufs=-12.0, fade=1.6)


def _hall_metal(rng: Generator, seconds: float) -> Sound:
    mix = Mix(seconds)
    closed, opened, hands = hat(rng, 0.05), hat(rng, 0.22), clap(rng)
    late = [*range(6, 12), *range(16, 27)]
    mix.add_each(
        closed, _HALL.onsets([*range(2, 12), *range(15, 27)], "o,x,o,x,o,x,o,xo"), gain=0.2
    )
    mix.add_each(opened, _HALL.onsets(late, "..X...X...X...X."), gain=0.2, pan=0.1)
    mix.add_each(rim(), _HALL.onsets(range(18, 26), "x..x..x..x..x..,"), gain=0.16, pan=-0.5)
    mix.add_each(tom(96), _HALL.onsets(range(17, 26, 2), ".............o.x"), gain=0.3, pan=0.3)
    struck = Mix(seconds)
    struck.add_each(hands, _HALL.onsets(late, "....X.......X..."), gain=0.4)
    return mix.sound + struck.sound + 0.35 * reverb(struck.sound, rng, seconds=0.9)


def _hall_chord(rng: Generator, seconds: float) -> Sound:
    """Play a minor ninth off the beat, with a filter that opens over time."""
    mix = Mix(seconds)
    length = frames(0.34)
    raw = np.zeros(length, np.float32)
    for key in chord("F3 Ab3 C4 Eb4 G4"):
        raw += ensemble(rng, hertz(key), seconds=0.34, voices=5)
    patterns = ("...X......x.....", "...X......x..o..")
    for bar in range(4, 27):
        opened = 500 + 2600 * (bar / 26) ** 2 + (1500 if 12 <= bar < 16 else 0)
        shape = fading(length, 0.3)
        stab = edged(swept(raw, 140 + opened * shape, resonance=2.0) * shape, attack=0.004)
        mix.add_each(stab, _HALL.onsets([bar], patterns[bar % 2]), gain=0.5)
    return mix.sound


def _hall_bass(seconds: float) -> Sound:
    """Play one low F between the kicks, and the E flat below it as the last step of a phrase."""
    mix = Mix(seconds)
    for name, pattern in (("F1", "..x,..x,..x,..x."), ("Eb1", "...............x")):
        length = frames(_HALL.step * 1.5)
        tone = saw(2 * hertz(key_of(name)), length) * fading(length, 0.5)
        note = edged(filtered(tone, low_pass(420, 1.6)), attack=0.005)
        mix.add_each(note, _HALL.onsets([*range(7, 12), *range(16, 26)], pattern))
    return mix.sound


def _riser(rng: Generator, seconds: float) -> Sound:
    length = frames(seconds)
    shape = contour(length, (0, 0), (seconds * 0.97, 1), (seconds, 0))
    sides = [swept(white(rng, length), 300 + 7000 * shape**2, resonance=3.0) for _ in range(2)]
    return filtered(np.stack(sides), high_pass(250)) * shape**2


_SILVER = Tempo(118)
_SILVER_LINES = (
    ("A1 A1 A2 . A1 C2 A1 . G1 A1 A2 Bb1 A1 . E2 D2", "X..X....X..X..X.", "..........x...x."),
    ("A1 . A2 A1 C2 . A1 E2 G2 A1 . Bb1 A2 G1 A1 .", "..X..X..X...X...", "......x....x...."),
)


def silverfish(rng: Generator) -> Sound:
    """Play a resonant bass line in A with a moving filter, later with a broken beat."""
    bars = 24
    seconds = _SILVER.at(bars) + 1.8
    acid = _acid(seconds, bars)
    drums, kicks = _silver_drums(rng, seconds)
    mix = Mix(seconds)
    mix.add(ducked(filtered(acid, high_pass(90)), kicks, depth=0.35, recovery=0.22), gain=0.85)
    mix.add(echo(acid, _SILVER.step * 3, feedback=0.45), gain=0.24)
    mix.add(drums)
    mix.add(_silver_strings(rng), _SILVER.at(12), gain=0.17)
    mix.add(reverb(0.25 * acid + 0.2 * drums, rng, seconds=1.3), gain=0.5)
    return mastered(mix.sound, lufs=-13.5, fade=1.4)


def _acid(seconds: float, bars: int) -> Sound:
    length = frames(seconds)
    pitch, gate, struck = _acid_score(bars)
    key = np.interp(clock(length), [p[0] for p in pitch], [p[1] for p in pitch])
    tone = saw(440.0 * 2 ** ((key - 69) / 12), length)
    begins = np.array([onset.at for onset in struck])
    accents = np.array([onset.strength for onset in struck])
    latest = np.clip(np.searchsorted(begins, clock(length), side="right") - 1, 0, None)
    since = np.maximum(clock(length) - begins[latest], 0)
    accent = accents[latest]
    kick_up = accent * np.exp(-since / (0.16 - 0.07 * accent))
    opened = ((0, 170), (15, 520), (23.8, 1300), (24.6, 240), (28.4, 900), (31, 500))
    base = contour(length, *opened, (40, 1700), (46, 500), (51, 120))
    cutoff = (base * (1 + 3.2 * kick_up)).astype(np.float32)
    wet = swept(tone, cutoff, resonance=6.5) * contour(length, *gate)
    bitten = driven(wet * (0.55 + 0.45 * accent), 1.6)
    # The all-pass makes the peaks of the sawtooth symmetric, so it can be louder.
    return filtered(bitten, turned(320))


type _Points = list[tuple[float, float]]


def _acid_score(bars: int) -> tuple[_Points, _Points, list[Onset]]:
    """Return the points of the pitch and of the level of the line, and its accents."""
    pitch: _Points = []
    gate: _Points = [(0.0, 0.0)]
    struck: list[Onset] = []
    step = _SILVER.step
    slid = False
    for place in range(bars * 16):
        words, accents, slides = _SILVER_LINES[place // 16 % 4 == 3]
        name = words.split()[place % 16]
        if name == ".":
            continue
        at = _SILVER.at(0, place)
        slides_on = slides[place % 16] == "x"
        pitch += [(at, key_of(name)), (at + step * (0.45 if slides_on else 0.98), key_of(name))]
        if not slid:
            struck.append(Onset(at, 1.0 if accents[place % 16] == "X" else 0.4))
            gate += [(at, 0.0), (at + 0.003, 1.0)]
        gate += [(at + step, 1.0)] if slides_on else [(at + step * 0.6, 0.9), (at + step * 0.8, 0)]
        slid = slides_on
    return pitch, gate, struck


def _silver_drums(rng: Generator, seconds: float) -> tuple[Sound, list[Onset]]:
    mix = Mix(seconds)
    closed, opened, seeds = hat(rng, 0.035), hat(rng, 0.18), shaker(rng)
    beat = [*range(4, 12), *range(14, 23)]
    kicks = _SILVER.onsets(beat, "X.....X...X.....")
    mix.add_each(kick(52, 0.5, punch=2.6, click=0.15), kicks, gain=0.62)
    mix.add_each(snare(rng, 0.24, pitch=172), _SILVER.onsets(beat, "....X.......X..,"), gain=0.5)
    mix.add_each(
        closed, _SILVER.onsets([*range(2, 12), *range(13, 23)], "x.oox.o,x.oox.ox"), gain=0.2
    )
    mix.add_each(opened, _SILVER.onsets(range(8, 12), "......X.......X."), gain=0.16, pan=0.2)
    mix.add_each(seeds, _SILVER.onsets(range(14, 23), "o,x,o,x,o,x,o,x,"), gain=0.2, pan=-0.4)
    bell = rim(880)
    mix.add_each(bell, _SILVER.onsets(range(16, 23), "..x..x.x..x....x"), gain=0.16, pan=0.45)
    return mix.sound, kicks


def _silver_strings(rng: Generator) -> Sound:
    """Play a quiet chord during and after the break."""
    seconds = _SILVER.at(10)
    total = np.zeros(frames(seconds), np.float32)
    for key in chord("A3 C4 E4 B4"):
        total += ensemble(rng, hertz(key), seconds=seconds, voices=5)
    shape = contour(total.size, (0, 0), (4, 1), (14, 0.6), (seconds, 0))
    return chorus(filtered(total, low_pass(1900), high_pass(350)) * shape * 0.5)


_UNDER = Tempo(174)
_UNDER_BEAT = [*range(6, 18), *range(22, 33)]
_UNDER_ROOTS = ("E1", "E1", "G1", "D1", "E1", "E1", "C1", "D1")


def undertow(rng: Generator) -> Sound:
    """Play drum and bass in E minor: pads, a varying break and a detuned bass."""
    seconds = _UNDER.at(33) + 3.4
    breaks, kicks = _break(rng, seconds)
    pads = _mist(rng, seconds)
    mix = Mix(seconds)
    mix.add(breaks, gain=0.9)
    mix.add(ducked(_reese(rng, seconds), kicks, depth=0.6, recovery=0.16), gain=0.62)
    mix.add(ducked(pads, kicks, depth=0.3, recovery=0.2), gain=0.5)
    mix.add(_riser(rng, _UNDER.at(4)), _UNDER.at(18), gain=0.14)
    mix.add(reverb(0.2 * breaks + 0.5 * pads, rng, seconds=1.9), gain=0.55)
    return mastered(mix.sound, lufs=-11.0, fade=2.2)


def _break(rng: Generator, seconds: float) -> tuple[Sound, list[Onset]]:
    mix = Mix(seconds)
    low, crack, ghost = (
        kick(58, 0.2, punch=3),
        snare(rng, 0.2, pitch=215),
        snare(rng, 0.1, pitch=240),
    )
    ride, closed = hat(rng, 0.3), hat(rng, 0.05)
    variants = (
        ("X.X.......XX....", "....X..,.,..X..,"),
        ("X.X.......X.....", "....X..,.,.,..X."),
        ("X..x..X...XX....", "....X..,.,..X.,,"),
        ("X.X...x...X..x..", "....X..o.,..x.XX"),
    )
    kicks: list[Onset] = []
    for bar in _UNDER_BEAT:
        # Three random variants, then the fill as the fourth bar.
        feet, hands = variants[3 if bar % 4 == 1 else int(rng.integers(0, 3))]
        stamped = _UNDER.onsets([bar], feet)
        kicks += stamped
        mix.add_each(low, stamped, gain=0.85)
        for onset in _UNDER.onsets([bar], hands):
            mix.add_each(crack if onset.strength > 0.5 else ghost, [onset], gain=0.8)
    swing = _UNDER.onsets([*range(4, 18), *range(21, 33)], "x.o.x.o,x.o.x.oo")
    mix.add_each(closed, swing, gain=0.4, pan=0.25)
    mix.add_each(ride, _UNDER.onsets(range(22, 32), "x...x...x...x..."), gain=0.3, pan=-0.3)
    mix.add_each(ride, _UNDER.onsets([6, 14, 22], "X"), gain=0.4, pan=-0.2)
    return driven(0.8 * mix.sound, 1.3), kicks


def _reese(rng: Generator, seconds: float) -> Sound:
    length = frames(seconds)
    pitch = _roots(length)
    grind = np.zeros(length, np.float32)
    for cents in (-17, -6, 5, 18):
        grind += saw(pitch * 2 * 2 ** (cents / 1200), length, phase=float(rng.random()))
    on = _present(length, _UNDER_BEAT)
    moving = 160 + 1100 * wander(rng, length, period=0.55) ** 2
    upper = driven(swept(grind * on, moving, resonance=2.2) * np.float32(0.6), 1.8)
    below = sine(pitch, length) * on
    return chorus(filtered(upper, high_pass(110))) * np.float32(0.75) + below * np.float32(0.6)


def _roots(length: int) -> Curve:
    starts = [frames(_UNDER.at(bar)) for bar in range(36)]
    keys = [hertz(key_of(_UNDER_ROOTS[bar % 8])) for bar in range(36)]
    return np.asarray(keys)[np.searchsorted(starts, np.arange(length), side="right") - 1]


def _present(length: int, bars: list[int]) -> Sound:
    """Return a curve that is 1 during these bars and 0 elsewhere, with soft edges."""
    points: _Points = [(0.0, 0.0)]
    for bar in bars:
        start, end = _UNDER.at(bar), _UNDER.at(bar + 1)
        points += [(start, 0.0), (start + 0.012, 1.0), (end - 0.02, 1.0), (end, 0.0)]
    return contour(length, *points)


def _mist(rng: Generator, seconds: float) -> Sound:
    mix = Mix(seconds)
    for index, names in enumerate(("E3 B3 D4 F#4 G4", "C3 G3 B3 E4 G4") * 5):
        start = _UNDER.at(index * 4)
        span = _UNDER.at(4) + 0.9
        tone = np.zeros(frames(span), np.float32)
        for key in chord(names):
            tone += ensemble(rng, hertz(key), seconds=span, voices=4)
        cutoff = 500 + 1500 * wander(rng, tone.size, period=1.7)
        mix.add(edged(chorus(swept(tone, cutoff)), attack=1.1, release=1.4), start, gain=0.3)
    return filtered(mix.sound, high_pass(180))
