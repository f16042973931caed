"""Three pieces with a beat: dub, hip-hop and a chiptune."""

import numpy as np
from numpy.random import Generator

from veza_demo.effects import Mix, driven, ducked, echo, mastered, reverb
from veza_demo.instruments import (
    electric_piano,
    hat,
    kick,
    organ,
    pluck,
    reed,
    rim,
    round_bass,
    shaker,
    snare,
    tom,
)
from veza_demo.score import Note, Tempo, chord, hertz, line
from veza_demo.synthesis import (
    Sound,
    band_pass,
    clock,
    coloured,
    contour,
    edged,
    fading,
    filtered,
    frames,
    high_pass,
    low_pass,
    pulse,
    triangle,
    white,
)

_DUB = Tempo(72, swing=0.18)
_DUB_BASS = line(
    "G1 - . Bb1 - D2 . G1 | . . F1 G1 - . D2 - | C2 - . Eb2 - G2 . C2 | . . D2 C2 - . Bb1 -", 2
)
_DUB_TUNE = line(
    ". . D5 - F5 - G5 - | - - . . Bb5 - A5 F5 | G5 - - - . . Eb5 - | F5 - D5 - C5 - . .", 2
)


def harbour_version(rng: Generator) -> Sound:
    """Play a dub in G minor: drums on the third beat, bass, and much echo."""
    seconds = _DUB.at(14) + 4.8
    bass = Mix(seconds)
    # Two bars in the middle have no bass.
    for bar, until in ((0, 64), (4, 32), (8, 64), (12, 32)):
        for note in [note for note in _DUB_BASS if note.step < until]:
            tone = round_bass(hertz(note.key), note.steps * _DUB.step, growl=0.18)
            bass.add(tone, _DUB.at(bar, note.step))
    dry, thrown = _dub_drums(rng, seconds)
    skank = _dub_skank(seconds)
    tune = Mix(seconds)
    for bar, notes in ((2, _DUB_TUNE), (8, _DUB_TUNE[:7])):
        for note in notes:
            tone = reed(hertz(note.key), note.steps * _DUB.step)
            tune.add(tone, _DUB.at(bar, note.step), gain=0.5)
    sent = thrown + 0.5 * skank + 0.8 * tune.sound
    repeats = echo(sent, _DUB.step * 3, feedback=0.72, loop=low_pass(2300, 0.7))
    spring = reverb(filtered(sent, high_pass(500)), rng, seconds=2.2, bright=3000)
    mix = Mix(seconds)
    mix.add(bass.sound, gain=0.52)
    mix.add(dry)
    mix.add(skank, gain=0.55, pan=-0.25)
    mix.add(tune.sound, gain=0.6, pan=0.2)
    mix.add(repeats, gain=0.62)
    mix.add(spring, gain=0.5)
    return mastered(mix.sound, lufs=-13.5, fade=3.0)


def _dub_drums(rng: Generator, seconds: float) -> tuple[Sound, Sound]:
    """Return the drums, and separately the strokes that go into the echo."""
    dry, thrown = Mix(seconds), Mix(seconds)
    bars = [*range(1, 6), *range(7, 14)]
    dry.add_each(kick(50, 0.36, punch=2), _DUB.onsets(bars, "........X......."), gain=0.8)
    side = rim(1500)
    dry.add_each(side, _DUB.onsets(bars, "......,.X.....o,"), gain=0.4, pan=0.1)
    dry.add_each(hat(rng, 0.05), _DUB.onsets(bars, "x.o.x.o.x.o.x.oo"), gain=0.19, pan=0.3)
    dry.add_each(hat(rng, 0.3), _DUB.onsets([5, 9, 13], "..............X."), gain=0.16, pan=0.3)
    crack = snare(rng, 0.3, pitch=205, bright=1200)
    thrown.add_each(crack, _DUB.onsets([0, 5, 9, 13], "............X..."), gain=0.65)
    thrown.add_each(side, _DUB.onsets([3, 6, 7, 11], "......x........X"), gain=0.5)
    for place, pitch in enumerate((190, 160, 128)):
        dry.add(tom(pitch), _DUB.at(0, 13 + place), gain=0.5, pan=0.4 - 0.4 * place)
    dry.add(thrown.sound)
    return dry.sound, thrown.sound


def _dub_skank(seconds: float) -> Sound:
    mix = Mix(seconds)
    for bar in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13):
        names = "G3 Bb3 D4 G4" if bar % 4 < 2 else "G3 C4 Eb4 G4"
        pattern = "....X.......X..." if bar != 6 else "....X..........."
        for key in chord(names):
            chop = organ(hertz(key), 0.11)
            mix.add_each(chop, _DUB.onsets([bar], pattern), gain=0.26)
    return filtered(mix.sound, high_pass(420), low_pass(3800))


_STORE = Tempo(86, swing=0.3)
_STORE_CHORDS = ("F3 Ab3 C4 Eb4 G4", "Bb2 Ab3 Db4 F4 C5", "Eb3 G3 Db4 F4 C5", "Ab2 G3 C4 Eb4 Bb4")
_STORE_BASS = line(
    "F1 - - . . . C2 - Eb2 . F1 - . . Ab1 A1 | Bb1 - - . . . F1 - Ab1 . Bb1 - . . . ."
    "| Eb2 - - . . . Bb1 - Db2 . Eb2 - . . G1 - | Ab1 - - . . . Eb1 - G1 . Ab1 - . . G1 E1"
)
_STORE_HOOK = line(
    ". . C5 - Eb5 - F5 - | G5 - - F5 - - Eb5 - | F5 - Eb5 - C5 - - - | Bb4 - C5 - . . . .", 2
)


def corner_store(rng: Generator) -> Sound:
    """Play a hip-hop beat: electric piano, upright bass, and the noise of a record."""
    seconds = _STORE.at(16) + 2.6
    keys, bass = Mix(seconds), Mix(seconds)
    for bar in range(17):
        for voice, key in enumerate(chord(_STORE_CHORDS[bar % 4 if bar < 16 else 0])):
            for step in (0, 7) if bar < 16 else (0,):
                tone = electric_piano(hertz(key), 1.1 if step else 1.5)
                at = _STORE.at(bar, step) + 0.012 * voice
                keys.add(tone, at, gain=0.2 if step else 0.27, pan=(voice - 2) * 0.2)
    for bar in (2, 6, 12):
        for note in _STORE_BASS:
            string = pluck(
                rng, hertz(note.key), seconds=note.steps * _STORE.step + 0.06, bright=1300, ring=2
            )
            bass.add(string, _STORE.at(bar, note.step) + 0.01)
    for bar in (4, 12):
        for note in _STORE_HOOK:
            string = pluck(
                rng, hertz(note.key), seconds=note.steps * _STORE.step + 0.4, bright=3000, ring=2
            )
            keys.add(string, _STORE.at(bar, note.step), gain=0.3, pan=0.35)
    beat = [*range(2, 10), *range(12, 16)]
    kicks = _STORE.onsets(beat, "X......x..X.....")
    mix = Mix(seconds)
    mix.add(ducked(keys.sound, kicks, depth=0.45, recovery=0.3), gain=0.8)
    mix.add(ducked(bass.sound, kicks, depth=0.3, recovery=0.15), gain=0.75)
    drums = _store_drums(rng, seconds, beat=beat)
    mix.add(drums + 0.25 * reverb(drums, rng, seconds=0.5, bright=3500), gain=0.95)
    worn = filtered(_wow(driven(0.8 * mix.sound, 1.4)), low_pass(7200), high_pass(45))
    worn += _needle(rng, seconds)
    return mastered(worn, lufs=-13.5, fade=1.8)


def _store_drums(rng: Generator, seconds: float, *, beat: list[int]) -> Sound:
    mix = Mix(seconds)
    crack = 0.8 * snare(rng, 0.2, pitch=178, bright=1500)
    mix.add_each(kick(55, 0.3, punch=2.4), _STORE.onsets(beat, "X......x..X....."), gain=0.95)
    # The snare is slightly late.
    dragged = Tempo(_STORE.bpm, swing=_STORE.swing)
    for onset in dragged.onsets(beat, "....X.......X..,"):
        mix.add(crack, onset.at + 0.014, gain=onset.strength)
    mix.add_each(hat(rng, 0.06), _STORE.onsets(beat, "x.o.xoo.x.ooxoo,"), gain=0.24, pan=0.2)
    mix.add_each(shaker(rng), _STORE.onsets(range(6, 10), ",o,x,o,x,o,x,o,x"), gain=0.2, pan=-0.4)
    return mix.sound


def _wow(sound: Sound) -> Sound:
    """Vary the pitch by a few cents, as a record with an off-centre hole does."""
    seconds = clock(sound.shape[-1])
    moved = seconds - 0.004 - 0.0006 * np.sin(2 * np.pi * 0.555 * seconds)
    sides: list[Sound] = []
    for side in range(2):
        channel: Sound = sound[side]
        sides.append(np.interp(moved, seconds, channel))
    return np.stack(sides).astype(np.float32)


def _needle(rng: Generator, seconds: float) -> Sound:
    length = frames(seconds)
    dust = np.zeros((2, length), np.float32)
    count = int(seconds * 14)
    dust[rng.integers(0, 2, count), rng.integers(0, length, count)] = rng.random(count) ** 4 * 2.2
    hiss = np.stack([coloured(rng, length, slope=3) for _ in range(2)])
    level = contour(length, (0, 1), (seconds - 1.5, 1), (seconds, 0))
    return (filtered(dust, band_pass(3200, 0.6)) + 0.0035 * hiss) * level


_CHIP = Tempo(150)
_CHIP_CHORDS = (
    "C4 E4 G4",
    "G3 B3 D4",
    "A3 C4 E4",
    "F3 A3 C4",
    "C4 E4 G4",
    "G3 B3 D4",
    "F3 A3 C4",
    "G3 B3 D4",
    "A3 C4 E4",
    "E3 G3 B3",
    "F3 A3 C4",
    "C4 E4 G4",
    "A3 C4 E4",
    "E3 G3 B3",
    "F3 A3 D4",
    "G3 B3 D4",
)
_CHIP_TUNE = line(
    "E5 - G5 E5 C6 - B5 A5 | B5 - G5 - D5 - G5 - | A5 - C6 A5 E6 - D6 C6 | C6 - A5 - F5 - A5 -"
    "| E5 G5 C6 E6 D6 - C6 - | B5 - D6 - G5 - B5 - | A5 - C6 - F6 - E6 D6 | D6 - - - B5 - G5 -"
    "| E6 - - D6 C6 - A5 - | B5 - - - G5 - E5 - | A5 - - G5 F5 - A5 - | G5 - - - E5 - - -"
    "| E6 - - D6 C6 - E6 - | G6 - - - E6 - B5 - | A5 C6 F6 - E6 - D6 - | D6 - B5 - G5 - - -",
    2,
)


def cartridge_weather(rng: Generator) -> Sound:
    """Play a chiptune in C with four voices: two pulses, a triangle, and noise for drums."""
    bars = [0, 1, *range(8), *range(8, 16), *range(8)]
    mix = Mix(_CHIP.at(len(bars)) + 1.9)
    for bar, source in enumerate(bars):
        keys = chord(_CHIP_CHORDS[source])
        mix.add(_arpeggio(keys, _CHIP.at(1), width=0.5), _CHIP.at(bar), gain=0.2, pan=-0.25)
        if bar >= 2:
            _chip_bass(mix, keys[0] - 12, bar=bar)
    for start, first, last in ((2, 0, 16), (18, 0, 8)):
        for note in [n for n in _CHIP_TUNE if first * 16 <= n.step < last * 16]:
            mix.add(_chip_note(note, 0.25), _CHIP.at(start, note.step), gain=0.3, pan=0.2)
            if start == 18:
                mix.add(_chip_note(note, 0.125), _CHIP.at(start, note.step + 3), gain=0.1, pan=-0.5)
    final = _arpeggio(chord("C4 E4 G4 C5"), 1.6, width=0.25)
    mix.add(final * fading(final.size, 2.2), _CHIP.at(len(bars)), gain=0.3)
    mix.add(_chip_drums(rng, len(bars)))
    return mastered(mix.sound, lufs=-14.0, fade=0.4)


def _arpeggio(keys: list[int], seconds: float, *, width: float) -> Sound:
    """Play a chord on one voice, alternating its notes fifty times a second."""
    length = frames(seconds)
    turn = (clock(length) * 50).astype(np.int64) % len(keys)
    pitch = np.array([hertz(key) for key in keys])[turn]
    return edged(pulse(pitch, length, width=width), attack=0.002, release=0.004)


def _chip_note(note: Note, width: float) -> Sound:
    length = frames(note.steps * _CHIP.step)
    late = np.clip(clock(length) - 0.15, 0, 0.2)
    pitch = hertz(note.key) * (1 + 0.03 * late * np.sin(2 * np.pi * 6.5 * clock(length)))
    # Sixteen levels, updated sixty times a second, as in old sound chips.
    counter = np.floor(15 - np.floor(clock(length) * 60) * 0.22).clip(4, 15) / 15
    return edged(pulse(pitch, length, width=width) * counter.astype(np.float32), release=0.006)


def _chip_bass(mix: Mix, key: int, *, bar: int) -> None:
    for step, octave in ((0, 0), (3, 0), (6, 12), (8, 0), (11, 0), (14, 12)):
        length = frames(_CHIP.step * 2)
        stepped = np.round(triangle(hertz(key + octave), length) * 7.5) / 7.5
        mix.add(edged(stepped.astype(np.float32)), _CHIP.at(bar, step), gain=0.36)


def _chip_drums(rng: Generator, bars: int) -> Sound:
    mix = Mix(_CHIP.at(bars) + 1.0)
    every = range(4, bars)
    for hold, ring, pattern in (
        (14, 0.16, "X.......X.x....."),
        (5, 0.2, "....X.......X..."),
        (1, 0.04, "x.o.x.o.x.o.x.oo"),
    ):
        length = frames(ring)
        # A shift register: one bit of noise, held for some frames.
        bits = np.repeat(np.sign(white(rng, length // hold + 1)), hold)[:length]
        hit = edged(bits * fading(length, ring), attack=0.0005)
        mix.add_each(hit, _CHIP.onsets(every, pattern), gain=0.24 if hold > 1 else 0.12)
    return mix.sound
