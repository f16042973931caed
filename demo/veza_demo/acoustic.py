"""Three pieces for wood and metal: a piano étude, a folk guitar, a music box."""

import numpy as np
from numpy.random import Generator

from veza_demo.effects import Mix, mastered, reverb
from veza_demo.instruments import GUITAR_BODY, music_box, piano, pluck, tom
from veza_demo.score import Tempo, chord, hertz, key_of, line
from veza_demo.synthesis import (
    Sound,
    band_pass,
    edged,
    fading,
    filtered,
    frames,
    high_pass,
    low_pass,
    white,
)

_ETUDE_SECONDS = 43.5
# Each phrase of the étude: the bass, the rising figure and the strength.
_PHRASES = (
    ("F#2", "C#3 F#3 A3 C#4 F#4 G#4 A4 C#5", 0.45),
    ("D2", "A2 D3 F#3 A3 C#4 F#4 G#4 A4", 0.5),
    ("B1", "F#2 B2 D3 F#3 A3 C#4 D4 F#4", 0.55),
    ("C#2", "G#2 C#3 E3 G#3 B3 D4 E4 G#4", 0.62),
    ("D2", "A2 F#3 A3 D4 F#4 A4 C#5 F#5", 0.8),
    ("E2", "B2 G#3 B3 E4 G#4 B4 C#5 E5", 0.9),
    ("A1", "E2 C#3 E3 A3 C#4 E4 B4 C#5", 0.7),
    ("C#2", "G#2 F3 G#3 B3 C#4 F4 G#4 B4", 0.5),
)


def open_windows(rng: Generator) -> Sound:
    """Play a piano étude of eight rising phrases with silence between them."""
    mix = Mix(_ETUDE_SECONDS)
    at = 0.25
    for number, (bass, figure, strength) in enumerate(_PHRASES):
        pace = 0.235 - 0.11 * strength
        keys = [*chord(figure), *reversed(chord(figure)[3:-1])]
        if number in {4, 5}:
            keys = keys + keys[2:]
        over = at + len(keys) * pace + 1.5
        _strike(mix, key_of(bass), at=at, strength=strength, until=over)
        for index, key in enumerate(keys):
            # Loudest at the top, and slower towards the rest.
            lean = 0.72 + 0.3 * np.sin(np.pi * index / len(keys))
            touch = float(np.clip(strength * lean * rng.uniform(0.93, 1.05), 0.1, 1))
            _strike(mix, key, at=at, strength=touch, until=over)
            at += pace * (1 + 0.9 * (index / len(keys)) ** 6) * float(rng.uniform(0.97, 1.03))
        at = over + (0.75 if number != 4 else -1.1)
    for key in chord("F#1 F#2 C#3 A3 C#4 F#4"):
        _strike(mix, key, at=at, strength=0.42, until=_ETUDE_SECONDS)
        at += 0.07
    wet = reverb(mix.sound, rng, seconds=1.5, bright=5500)
    return mastered(mix.sound + 0.35 * wet, lufs=-19.0, fade=4.0)


def _strike(mix: Mix, key: int, *, at: float, strength: float, until: float) -> None:
    sound = piano(hertz(key), max(until - at, 0.2), strength=strength)
    mix.add(sound, at, gain=strength, pan=float(np.clip((key - 58) / 40, -0.7, 0.7)))


# A bar of the guitar: the bass notes of the thumb, and the notes of the fingers.
_HANDS = {
    "Em": ("E2 B2 E3 B2", "G3 B3 E4"),
    "C": ("C3 G2 E3 G2", "G3 C4 E4"),
    "G": ("G2 D3 B2 D3", "G3 B3 D4"),
    "D": ("D3 A2 D3 A2", "A3 D4 F#4"),
    "Am": ("A2 E3 C3 E3", "A3 C4 E4"),
    "B7": ("B2 F#2 D#3 F#3", "A3 B3 D#4"),
}
_SONG = ("Em", "Em", "C", "G", "Em", "D", "C", "G", "Am", "Em", "B7", "B7", "Em", "D", "C", "B7")
_TUNE = line(
    ". . . . . . . . | . . . . . . . . | G4 - - E4 G4 - A4 - | B4 - - - A4 - G4 -"
    "| E4 - - - G4 - E4 - | F#4 - - A4 - - F#4 - | G4 - E4 - D4 - E4 - | D4 - - - . . . ."
    "| C5 - - B4 A4 - E4 - | G4 - - - B4 - - - | A4 - F#4 - D#4 - F#4 - | B4 - - - . . . ."
    "| E5 - - D5 B4 - G4 - | A4 - - F#4 - - D4 - | E4 - G4 - B4 - A4 G4 | F#4 - - - D#4 - - -",
    2,
)


def garden_gate(rng: Generator) -> Sound:
    """Play a song in E minor on a fingerpicked guitar."""
    tempo = Tempo(98, swing=0.14)
    mix = Mix(tempo.at(len(_SONG)) + 4.2)
    for bar, name in enumerate(_SONG):
        _picked(mix, rng, tempo=tempo, bar=bar, hands=_HANDS[name])
    for note in _TUNE:
        string = pluck(
            rng, hertz(note.key), seconds=note.steps * tempo.step + 0.5, bright=5200, ring=4
        )
        mix.add(string, tempo.at(0, note.step) + rng.normal(0.006, 0.004), gain=0.85, pan=0.12)
    for order, key in enumerate(chord("E2 B2 E3 G3 B3 E4 B4")):
        string = pluck(rng, hertz(key), seconds=4.0, ring=6)
        mix.add(string, tempo.at(len(_SONG)) + 0.05 * order, gain=0.6, pan=order * 0.06 - 0.2)
    knock = tom(118, 0.18)
    mix.add_each(knock, tempo.onsets(range(8, 12), "....o.......o..."), gain=0.5, pan=-0.15)
    body = 0.55 * mix.sound + 1.5 * filtered(mix.sound, GUITAR_BODY)
    wet = reverb(body, rng, seconds=0.9, bright=4500)
    return mastered(body + 0.28 * wet, lufs=-17.0, fade=1.2)


def _picked(mix: Mix, rng: Generator, *, tempo: Tempo, bar: int, hands: tuple[str, str]) -> None:
    thumb, fingers = chord(hands[0]), chord(hands[1])
    for beat, key in enumerate(thumb):
        string = pluck(rng, hertz(key), seconds=1.5, bright=2600, ring=4)
        mix.add(string, tempo.at(bar, beat * 4), gain=0.62 if beat % 2 else 0.78, pan=-0.22)
    for step, finger in ((2, 1), (6, 2), (8, 0), (10, 1), (14, 2)):
        if rng.random() < 0.9:
            string = pluck(rng, hertz(fingers[finger]), seconds=1.3, bright=4000, ring=3.5)
            mix.add(string, tempo.at(bar, step) + rng.normal(0, 0.004), gain=0.42, pan=0.3)


_WALTZ = line(
    "C6 - A5 | F5 - A5 | C6 - D6 | C6 - - | Bb5 - G5 | E5 - G5 | Bb5 - C6 | A5 - -"
    "| C6 - A5 | F5 - A5 | D6 - E6 | F6 - - | E6 D6 C6 | Bb5 A5 G5 | F5 - C5 | F5 - -"
    "| D6 - F6 | E6 - D6 | C#6 - E6 | D6 - - | Bb5 - D6 | C6 - Bb5 | A5 - C6 | G5 - -"
    "| C6 - A5 | F5 - A5 | D6 - E6 | F6 - - | E6 D6 C6 | Bb5 A5 G5 | F5 A5 C6 | F6 - -",
    4,
)
_LEFT = (
    "F4 A4 C5",
    "F4 A4 C5",
    "F4 A4 C5",
    "F4 A4 C5",
    "C4 G4 Bb4",
    "C4 G4 Bb4",
    "C4 E4 Bb4",
    "F4 A4 C5",
    "F4 A4 C5",
    "F4 A4 C5",
    "Bb4 D5 F5",
    "Bb4 D5 F5",
    "C4 G4 Bb4",
    "C4 E4 Bb4",
    "F4 A4 C5",
    "F4 A4 C5",
    "Bb4 D5 F5",
    "Bb4 D5 F5",
    "A4 C#5 G5",
    "D4 A4 F5",
    "G4 Bb4 D5",
    "C4 E4 Bb4",
    "F4 A4 C5",
    "C4 E4 G4",
    "F4 A4 C5",
    "F4 A4 C5",
    "Bb4 D5 F5",
    "Bb4 D5 F5",
    "C4 G4 Bb4",
    "C4 E4 Bb4",
    "F4 A4 C5",
    "F4 A4 C5",
)


def winding_waltz(rng: Generator) -> Sound:
    """Play a waltz in F on a music box, which slows down in the last line."""
    tempo = Tempo(176, steps_per_bar=12)
    mix = Mix(40.8)
    tick = edged(filtered(white(rng, frames(0.03)), band_pass(3300, 3)), attack=0.001) * fading(
        frames(0.03), 0.02
    )
    for note in _WALTZ:
        mix.add(music_box(hertz(note.key)), _tired(tempo.at(0, note.step)), gain=0.8, pan=0.15)
    for bar, names in enumerate(_LEFT):
        for beat, key in enumerate(chord(names)):
            at = _tired(tempo.at(bar, beat * 4)) + rng.normal(0, 0.005)
            mix.add(music_box(hertz(key)), at, gain=0.42 if beat else 0.6, pan=-0.2)
            mix.add(tick, at - 0.012, gain=0.14 * rng.uniform(0.5, 1), pan=0.0)
    wood = mix.sound + 0.8 * filtered(mix.sound, band_pass(640, 1.2), low_pass(4000))
    wet = reverb(wood, rng, seconds=0.7, bright=6500)
    return mastered(filtered(wood + 0.3 * wet, high_pass(150)), lufs=-18.0, fade=1.5)


def _tired(seconds: float) -> float:
    """Return a time with the delay of the last nine seconds."""
    beyond = max(seconds - 24.0, 0.0)
    return 0.2 + seconds + 0.85 * (beyond / 8.0) ** 3 * 8.0 / 2
