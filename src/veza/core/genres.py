"""The vocabulary of genres: one name for all spellings of a genre."""

import re
import unicodedata
from importlib import resources

from veza.core.normalize import fold_tag

MAX_GENRE_LENGTH = 50

_GENRES_FILE = resources.files("veza.core") / "genres.txt"
# About 900 genres by their folded names, in the order of these.
GENRES = {
    fold_tag(line): line
    for line in _GENRES_FILE.read_text().splitlines()
    if not line.startswith("#")
}

_AND = re.compile(r" ?(?:\band\b|&|'n') ?")
# Names that differ in more than separators.
_SYNONYMS = {
    "dnb": "drum and bass",
    "hiphoprap": "hip hop",
    "raphiphop": "hip hop",
    "rhythmandblues": "r&b",
    "rhythmblues": "r&b",
}
# `Drum & Bass`, `drum n bass` and `drum'n'bass` are spellings of `drum and bass`.
_SPELLINGS = _SYNONYMS | {
    fold_tag(_AND.sub(joint, name)): name
    for name in GENRES.values()
    for joint in ("&", " and ", " n ")
    if _AND.search(name)
}
_SEPARATORS = re.compile(r"[\s_\u2010-\u2015-]+")
# What programs write for a genre that they don't know.
_NO_GENRES = {"unknown", "unknown genre", "other", "misc", "none", "genre", "undefined"}
_BETWEEN_GENRES = re.compile(r"[;,/|\\]+")


def find_genre(text: str) -> str | None:
    """Return the genre of the vocabulary that a text spells, or None."""
    key = fold_tag(text)
    return GENRES.get(key) or _SPELLINGS.get(key)


def normalize_genre(text: str) -> str | None:
    """Return the one name of a genre, or None for a text without a word.

    `Hip-Hop` and `hiphop` are `hip hop`, as the vocabulary has it. Any other genre is in lower
    case, with single spaces between its words, and at most `MAX_GENRE_LENGTH` characters long.
    Applying it twice changes nothing.
    """
    known = find_genre(text)
    if known is not None:
        return known
    lowered = unicodedata.normalize("NFC", text).lower()
    return _SEPARATORS.sub(" ", lowered).strip()[:MAX_GENRE_LENGTH].strip() or None


def normalize_genre_tag(text: str) -> str | None:
    """Return the genre of a file's tag, which may list several: the first that is known.

    If none is known, the first is returned, unless it is a word for none, such as `Other`.
    """
    whole = find_genre(text)
    if whole is not None:
        return whole
    parts = [part for part in _BETWEEN_GENRES.split(text) if part.strip()]
    known = next(filter(None, map(find_genre, parts)), None)
    first = known or (normalize_genre(parts[0]) if parts else None)
    return None if first in _NO_GENRES else first
