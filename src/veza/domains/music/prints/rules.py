"""Decides by which words a print is found, and whether two prints are of the same recording.

The numbers were chosen on the recordings of `bench/recordings.py`: see docs/moderation.md.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from veza.core.recording_prints import WORDS_PER_S, RecordingPrint, read_words
from veza.domains.music.prints.models import HeardPrint, Likeness, SoundedWords

# The lowest bits change most often.
_DROPPED_BITS = 4
# Of the words each sixteenth is a term, but at least 64 are. They are those with the lowest hashes,
# so that the same recording has the same terms, whatever was cut off.
_SHARE_OF_TERMS = 16
_LEAST_TERMS = 64
_HASHES = 1 << 32
_SPREAD = 0x9E3779B1
# Silence, and tones that don't change, have fewer words, and are alike without being the same.
_LEAST_DIFFERENT = 16

# What is left of a word where the tones are a little higher or lower, and how often a recording may
# have it: more often it says nothing of a place.
_SOUNDED_BITS = 20
_MAX_SOUNDED = 16
# So many words a shift may be wrong, as one recording is still a little faster.
SHIFT_STEP = 8
_DRIFT = 2

# Where recordings are the same they are so in pieces of two seconds.
_WINDOW = 16
_LEAST_OF_WINDOW = 12
_MAX_ERROR = 0.25
_MAX_SHIFTS = 8
_MAX_PLACES = 16
_LEAST_VOTES = 2

# Read by the owner of a track that is held, and by staff.
HOLD_REASON = (
    "It sounds like a recording that was taken down. Staff looks at it before others can hear it."
)
REPORT_REASON = "It sounds like a recording that was taken down. It is held until you decide."

_LEAST_SECONDS = 5.0
_LEAST_SHARE = 0.5
_ENOUGH_SECONDS = 30.0


def choose_terms(recording: RecordingPrint) -> list[int]:
    """Return the terms by which a print is found; none if there is too little to recognize."""
    reduced = {word >> _DROPPED_BITS for word in read_words(recording).values()}
    if len(reduced) < _LEAST_DIFFERENT:
        return []
    below = max(_HASHES // _SHARE_OF_TERMS, _HASHES * _LEAST_TERMS // len(reduced))
    return sorted(word for word in reduced if word * _SPREAD % _HASHES < below)


def list_sounded(recordings: Sequence[RecordingPrint]) -> SoundedWords:
    """Return the words of a recording as it is, the first, and as it is played at other speeds."""
    sounded = SoundedWords([], [], [])
    for speed, recording in enumerate(recordings):
        words = read_words(recording)
        counts = Counter(word >> 32 - _SOUNDED_BITS for word in words.values())
        for place, word in words.items():
            term = word >> 32 - _SOUNDED_BITS
            if counts[term] <= _MAX_SOUNDED:
                sounded.terms.append(term)
                sounded.places.append(place)
                sounded.speeds.append(speed)
    return sounded


def prepare(recording: RecordingPrint) -> HeardPrint:
    """Return a print as it is compared with others."""
    words = read_words(recording)
    places: defaultdict[int, list[int]] = defaultdict(list)
    for place, word in words.items():
        found = places[word >> _DROPPED_BITS]
        if len(found) < _MAX_PLACES:
            found.append(place)
    return HeardPrint(words, dict(places))


def compare(mine: HeardPrint, other: RecordingPrint) -> Likeness:
    """Return which part of two recordings is the same, whatever was cut off them.

    Where they fit together is found by the words that they have in common.
    """
    known = read_words(other)
    return _compare_at(mine.words, known, _find_shifts(mine, known))


def compare_near(mine: RecordingPrint, other: RecordingPrint, shift: int) -> Likeness:
    """Return which part of two recordings is the same near a shift, in steps of `SHIFT_STEP`.

    One may still be a little faster, so that a later part fits at another shift.
    """
    first = SHIFT_STEP * shift
    shifts = range(first - SHIFT_STEP - _DRIFT + 1, first + SHIFT_STEP + _DRIFT)
    if shift:
        # A quotient of SQL is that of the distance to 0.
        shifts = shifts[SHIFT_STEP - 1 :] if shift > 0 else shifts[: 1 - SHIFT_STEP]
    return _compare_at(read_words(other), read_words(mine), shifts)


def _compare_at(heard: dict[int, int], known: dict[int, int], shifts: Iterable[int]) -> Likeness:
    same: dict[int, int] = {}
    for shift in shifts:
        for window, errors in _measure_windows(heard, known, shift).items():
            same[window] = min(errors, same.get(window, errors))
    words = [
        heard[place]
        for window in same
        for place in range(window * _WINDOW, (window + 1) * _WINDOW)
        if place in heard
    ]
    if len({word >> _DROPPED_BITS for word in words}) < _LEAST_DIFFERENT:
        return Likeness(0.0, 0.0, 1.0)
    share = min(1.0, len(words) / min(len(heard), len(known)))
    return Likeness(len(words) / WORDS_PER_S, share, sum(same.values()) / (32 * len(words)))


def is_same(found: Likeness) -> bool:
    """Return whether two recordings are the same, or one has a long part of the other."""
    return found.seconds >= _LEAST_SECONDS and (
        found.share >= _LEAST_SHARE or found.seconds >= _ENOUGH_SECONDS
    )


def _find_shifts(heard: HeardPrint, known: dict[int, int]) -> list[int]:
    """Return by how many words one recording may be shifted against the other, best first."""
    places = heard.places
    votes = Counter(
        mine - place
        for place, word in known.items()
        if (word >> _DROPPED_BITS) in places
        for mine in places[word >> _DROPPED_BITS]
    )
    return [shift for shift, count in votes.most_common(_MAX_SHIFTS) if count >= _LEAST_VOTES]


def _measure_windows(heard: dict[int, int], known: dict[int, int], shift: int) -> dict[int, int]:
    """Return the windows of a recording that are the same at a shift, with their wrong bits."""
    errors: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    for place, word in known.items():
        mine = heard.get(place + shift)
        if mine is not None:
            window = (place + shift) // _WINDOW
            errors[window] += (mine ^ word).bit_count()
            counts[window] += 1
    return {
        window: errors[window]
        for window, count in counts.items()
        if count >= _LEAST_OF_WINDOW and errors[window] <= _MAX_ERROR * 32 * count
    }
