"""The print of a recording: what it sounds like, as numbers that survive another encoding.

It is that of Chromaprint (https://acoustid.org/chromaprint): a word of 32 bits each 0.124 s, which
compares the energy of the twelve tones over 2.6 s. A bit is another one where the sound differs.
"""

import sys
from array import array
from itertools import accumulate, pairwise

from msgspec import Struct

SAMPLE_RATE = 11_025
WORDS_PER_S = SAMPLE_RATE / 1365
WORD_BYTES = 4

# The first four minutes are kept whole, and of what follows 15 s of each minute, or less often.
_WHOLE_WORDS = 1938
_PIECE_WORDS = 121
_STRIDE_WORDS = 485
_MAX_PIECES = 64

# What is played faster or slower is higher or lower too, and has other words. Played at one of
# these speeds it is nearly as the recording was, if that was changed by up to five percent.
SPEEDS = tuple(1 + 3 * step / 400 for step in range(-7, 8) if step)
# Of a long recording so much is enough for that.
EXCERPT_S = 45
_EXCERPT_START_S = 30
# A word describes as many, from its place on.
_WORDS_OF_WINDOW = 21


class RecordingPrint(Struct, frozen=True):
    """The words of a recording that are kept, little-endian, and how many it had.

    `list_pieces` says where they are in the recording.
    """

    length: int
    words: bytes


def sample_print(raw: bytes) -> RecordingPrint:
    """Return the print of a recording by all of its words, of which long ones keep a part."""
    length = len(raw) // WORD_BYTES
    kept = [
        raw[WORD_BYTES * start : WORD_BYTES * (start + count)]
        for start, count in list_pieces(length)
    ]
    return RecordingPrint(length, b"".join(kept))


def choose_excerpt(duration_s: float) -> int:
    """Return where the excerpt of a recording begins that is played at other speeds, in seconds."""
    return max(0, min(_EXCERPT_START_S, int(duration_s) - EXCERPT_S))


def split_speeds(raw: bytes) -> list[RecordingPrint]:
    """Return the prints of an excerpt at all `SPEEDS` by the words of all, one after the other."""
    length = len(raw) // WORD_BYTES
    total = sum(1 / speed for speed in SPEEDS)
    ends = [(length + _WORDS_OF_WINDOW) * end / total for end in accumulate(1 / s for s in SPEEDS)]
    # Words that describe the next piece too are left out.
    pieces = [
        raw[WORD_BYTES * round(start) : WORD_BYTES * max(round(end) - _WORDS_OF_WINDOW, 0)]
        for start, end in pairwise([0.0, *ends])
    ]
    return [RecordingPrint(len(piece) // WORD_BYTES, piece) for piece in pieces]


def list_pieces(length: int) -> list[tuple[int, int]]:
    """Return the pieces that are kept of a recording of so many words: their starts and lengths."""
    if length <= _WHOLE_WORDS:
        return [(0, length)] if length else []
    rest = length - _WHOLE_WORDS
    stride = max(_STRIDE_WORDS, -(-rest // _MAX_PIECES))
    starts = range(_WHOLE_WORDS, length, stride)
    pieces = [(start, min(_PIECE_WORDS, length - start)) for start in starts]
    return [(0, _WHOLE_WORDS), *pieces]


def read_words(recording: RecordingPrint) -> dict[int, int]:
    """Return the words that are kept, by their place in the recording."""
    words = array("I", recording.words)
    if sys.byteorder == "big":
        words.byteswap()
    places = (
        place
        for start, count in list_pieces(recording.length)
        for place in range(start, start + count)
    )
    return dict(zip(places, words, strict=True))
