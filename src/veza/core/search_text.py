"""Words for search: those that a text is found by, and those that a search asks for.

Both sides are folded and split by the same functions, so that they agree whatever the locale of the
database. Words of Chinese and Japanese, which are written without spaces, are pairs of characters.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise
from uuid import UUID

from msgspec import Struct

from veza.core.normalize import fold, fold_tag

# Of a search; more are ignored.
MAX_WORDS = 8
# Of a text; more are not indexed.
MAX_INDEXED_WORDS = 400
MAX_WORD_LENGTH = 40
MAX_KEY_LENGTH = 200

# Letters that Unicode does not decompose, and the Arabic sign that only lengthens a word.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "æ": "ae", "œ": "oe", "þ": "th"}
    | {"\N{LATIN SMALL LETTER DOTLESS I}": "i", "\N{ARABIC TATWEEL}": ""}
)
# Signs that stand for letters in names: P!nk, A$AP, Ke$ha.
_SIGNS = str.maketrans({"!": "i", "$": "s", "@": "a"})
_TRAILING_SIGN = re.compile(r"!(?!\w)")
_ASCII_WORD = re.compile(r"[a-z0-9]+")


class SearchDocument(Struct, frozen=True):
    """The searchable text of an item.

    `title_key` is the folded title; `words` is the text form of a tsvector, with the weights A for
    the title, B for the name of a person, C and D for the rest. `popularity` is that of a new item.
    """

    id: UUID
    title_key: str
    words: str
    popularity: float = 0


class SearchTerm(Struct, frozen=True):
    """A part of a search: each alternative is a list of words that occur together."""

    alternatives: list[list[str]]


class SearchText(Struct, frozen=True):
    """A search: all terms, or all words written as one, or the title as it was typed."""

    title_key: str
    terms: list[SearchTerm]
    joined: str

    @property
    def words(self) -> list[str]:
        """All words, each once."""
        parts = (words for term in self.terms for words in term.alternatives)
        found = [word for words in parts for word in words]
        return list(dict.fromkeys([*found, self.joined] if self.joined else found))

    @property
    def misspellable(self) -> list[str]:
        """The words as they were typed, each once, which may have typing errors."""
        return list(dict.fromkeys(w for term in self.terms for w in term.alternatives[0]))


def parse_search(text: str) -> SearchText:
    """Return what a search asks for; without terms if the text has no letters and digits."""
    terms: list[SearchTerm] = []
    room = MAX_WORDS
    for chunk in _chunks(text):
        words = [word for run in _runs(chunk) for word in _pairs(run)][:room]
        if words:
            terms.append(SearchTerm([words, *([other] for other in _whole(chunk))]))
            room -= len(words)
        if not room:
            break
    joined = fold_tag(text).translate(_PLAIN)[:MAX_WORD_LENGTH]
    is_one = len(terms) == 1 and [joined] in terms[0].alternatives
    return SearchText(title_key(text), terms, "" if is_one else joined)


def title_key(title: str) -> str:
    """Return the form of a title that is compared with a whole search."""
    runs = (run for chunk in _chunks(title) for run in _runs(chunk))
    return " ".join(runs)[:MAX_KEY_LENGTH]


def index_words(*texts: tuple[str, str], keys: Iterable[tuple[str, str]] = ()) -> str:
    """Return the text form of a tsvector of texts and their weights (A to D).

    `keys` are indexed as a whole too, as `fold_tag` folds them: a search for `hiphop` or `hip hop`
    finds `Hip-Hop`.
    """
    found: dict[str, list[str]] = {}
    position = 0
    for text, weight in (*texts, *keys):
        for words in _indexed(text):
            position += 1
            if position > MAX_INDEXED_WORDS:
                return _to_tsvector(found)
            for word in words:
                found.setdefault(word, []).append(f"{position}{weight}")
    for key, weight in keys:
        if word := fold_tag(key).translate(_PLAIN)[:MAX_WORD_LENGTH]:
            found.setdefault(word, [f"{position + 1}{weight}"])
    return _to_tsvector(found)


def quote_lexeme(word: str) -> str:
    """Return a word as it is written in a tsvector or a tsquery."""
    escaped = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def _to_tsvector(found: dict[str, list[str]]) -> str:
    return " ".join(f"{quote_lexeme(word)}:{','.join(at)}" for word, at in found.items())


def _indexed(text: str) -> Iterator[Sequence[str]]:
    """Return the words at each position of a text."""
    for chunk in _chunks(text):
        others = _whole(chunk)
        for run in _runs(chunk):
            # The last character by itself, so that a search for any single character finds it.
            ends = [run[-1]] if _is_unspaced(run[0]) and len(run) > 1 else []
            for word in _pairs(run):
                yield [word, *others]
                others = []
            if ends:
                yield ends


def _chunks(text: str) -> list[str]:
    return fold(text).translate(_PLAIN).split()


def _whole(chunk: str) -> list[str]:
    """Return other spellings of a chunk with signs inside: `acdc` for AC/DC, `pink` for P!nk."""
    runs = _runs(chunk)
    if not runs or any(_is_unspaced(run[0]) for run in runs):
        return []
    spelt = _runs(_TRAILING_SIGN.sub("", chunk).translate(_SIGNS))
    whole = ["".join(runs)[:MAX_WORD_LENGTH], "".join(spelt)[:MAX_WORD_LENGTH]]
    return [word for word in dict.fromkeys(whole) if [word] != runs]


def _runs(chunk: str) -> list[str]:
    """Return the longest parts of a chunk that are of one kind."""
    if chunk.isascii():
        runs = _ASCII_WORD.findall(chunk)
    else:
        runs = ["".join(run) for kind, run in groupby(chunk, _kind) if kind]
    return [run if _is_unspaced(run[0]) else run[:MAX_WORD_LENGTH] for run in runs]


def _kind(char: str) -> int:
    """Return 0 for a separator, 1 for scripts with spaces, 2 for Chinese and Japanese."""
    if unicodedata.category(char)[0] not in "LNM":
        return 0
    return 2 if _is_unspaced(char) else 1


def _is_unspaced(char: str) -> bool:
    return "\u3005" <= char <= "\u9fff" or char >= "\U00020000"


def _pairs(run: str) -> list[str]:
    if len(run) == 1 or not _is_unspaced(run[0]):
        return [run]
    return ["".join(pair) for pair in pairwise(run)]
