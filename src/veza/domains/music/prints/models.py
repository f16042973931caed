"""Prints as stored, and what is like them."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import TrackId
from veza.core.takedowns import ContentCategory


class PrintCandidate(Struct, frozen=True):
    """A print that has terms in common with another, and why its track was taken down, if so."""

    id: int
    length: int
    words: bytes
    category: ContentCategory | None


class SoundedWords(Struct, frozen=True):
    """Words of a recording without the bits that change soonest, and the places of these words.

    `speeds` are the numbers of the speeds at which it is played, 0 as it is, where it is looked up.
    """

    terms: list[int]
    places: list[int]
    speeds: list[int]


class KnownCandidate(PrintCandidate, frozen=True):
    """The print of what was taken down, and where it fits to a recording at a speed.

    `shift` is how much later, in words, the recording has it, in steps of `rules.SHIFT_STEP`.
    """

    speed: int
    shift: int


class HeardPrint(Struct, frozen=True):
    """A print that is compared with others: its words by their place, and where each reduced is."""

    words: dict[int, int]
    places: dict[int, list[int]]


class Likeness(Struct, frozen=True):
    """The part of two recordings that is the same: in seconds, and as a share of the shorter.

    `error` is the share of bits that differ in that part.
    """

    seconds: float
    share: float
    error: float


class FoundMatch(Struct, frozen=True):
    """A print of the same recording."""

    id: int
    share: float
    category: ContentCategory | None


class Comparison(Struct, frozen=True):
    """The result of looking a print up: by what it is found later, and what it is like."""

    terms: list[int]
    matches: list[FoundMatch]

    @property
    def category(self) -> ContentCategory | None:
        """Why the same recording was taken down; None if it wasn't."""
        return next((each.category for each in self.matches if each.category), None)


class PersonalPrint(Struct, frozen=True):
    """The print of a track in its owner's data export; `words` is the number of its words."""

    track_id: TrackId
    words: int
    created_at: datetime
