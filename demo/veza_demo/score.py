"""Musical notation as short strings: pitches, tempo, rhythms and melodies."""

from collections.abc import Iterable

from msgspec import Struct

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_STRENGTHS = {"X": 1.0, "x": 0.75, "o": 0.45, ",": 0.22}


class Onset(Struct, frozen=True):
    """The start of a sound in seconds, and its strength from 0 to 1."""

    at: float
    strength: float = 1.0


class Note(Struct, frozen=True):
    """A key of the piano (60 is middle C), with its start and length in steps."""

    step: int
    steps: int
    key: int


class Tempo(Struct, frozen=True):
    """A tempo; a step is a sixteenth, and `swing` delays every second one."""

    bpm: float
    swing: float = 0.0
    steps_per_bar: int = 16

    @property
    def step(self) -> float:
        """The length of one step in seconds."""
        return 15 / self.bpm

    def at(self, bar: int, step: int = 0) -> float:
        """Return the time of a step of a bar in seconds; the step may be beyond the bar."""
        late = self.swing * self.step if step % 2 else 0.0
        return (bar * self.steps_per_bar + step) * self.step + late

    def onsets(self, bars: Iterable[int], pattern: str) -> list[Onset]:
        """Return the strokes of a pattern in each bar; `X`, `x`, `o`, `,` are strong to weak."""
        strokes = [(step, _STRENGTHS[mark]) for step, mark in enumerate(pattern) if mark != "."]
        return [Onset(self.at(bar, step), strength) for bar in bars for step, strength in strokes]


def key_of(name: str) -> int:
    """Return the key of a name such as `C4`, `F#3` or `Bb2`."""
    sharp = name.count("#") - name[1:].count("b")
    return _SEMITONES[name[0]] + sharp + 12 * (int(name[-1]) + 1)


def hertz(key: float) -> float:
    """Return the frequency of a key in equal temperament, with A4 at 440 Hz."""
    return 440.0 * 2 ** ((key - 69) / 12)


def chord(names: str) -> list[int]:
    """Return the keys of a chord written as `C3 E3 G3`."""
    return [key_of(name) for name in names.split()]


def line(text: str, grid: int = 1) -> list[Note]:
    """Return the notes of a melody, with a word for every `grid` steps.

    A word is a note, a chord (`C4+E4`), `-` to hold the note, or `.` for a rest; `|` is ignored.
    """
    words = text.replace("|", " ").split()
    notes: list[Note] = []
    for place, word in enumerate(words):
        if word in "-.":
            continue
        held = next((i for i, w in enumerate(words[place + 1 :]) if w != "-"), None)
        steps = grid * (len(words) - place if held is None else held + 1)
        notes += [Note(place * grid, steps, key_of(name)) for name in word.split("+")]
    return notes
