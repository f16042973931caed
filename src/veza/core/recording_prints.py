"""The print of a recording: what it sounds like, as numbers that survive another encoding.

It is that of Chromaprint (https://acoustid.org/chromaprint): a word of 32 bits each 0.124 s, which
compares the energy of the twelve tones over 2.6 s. A bit is another one where the sound differs.
"""

import sys
from array import array

from msgspec import Struct

SAMPLE_RATE = 11_025
WORDS_PER_S = SAMPLE_RATE / 1365
WORD_BYTES = 4

# The first four minutes are kept whole, and of what follows 15 s of each minute, or less often.
_WHOLE_WORDS = 1938
_PIECE_WORDS = 121
_STRIDE_WORDS = 485
_MAX_PIECES = 64


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
