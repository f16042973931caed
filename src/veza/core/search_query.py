"""Queries for an index of words, made of a search and of what its dictionary knows."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from veza.core.search_text import MAX_KEY_LENGTH, SearchText, quote_lexeme

# Words of more items are common: the most popular items are searched for these first.
COMMON_USES = 5_000
# Words of more items are not looked up among all items, except together with a rarer word.
_MAX_SELECTIVE_USES = 50_000
# Shorter beginnings of words are too common to be looked up among all items.
_MIN_PREFIX_LENGTH = 3
# Shorter texts are never taken for the beginning of a tag that is written as one word.
_MIN_JOINED_LENGTH = 4

type Spellings = Mapping[str, Spelling]


class Spelling(Struct, frozen=True):
    """A word as found in a dictionary.

    `uses` counts the items with this word, None if it is in no item; `longer_uses` those with
    longer words that begin with it. `similar` are known words that differ by a typing error: they
    are only looked up if there are no others.
    """

    word: str
    uses: int | None = None
    longer_uses: int | None = None
    similar: list[str] = []

    @property
    def is_known(self) -> bool:
        """Return whether an item has the word, or a longer one."""
        return self.uses is not None or self.longer_uses is not None


class SearchQuery(Struct, frozen=True):
    """A search as tsqueries.

    `words` has all words; `selective` those that are cheap to look up among all items, None without
    such words. `filters` are lexemes that each item must have, None without filters.
    """

    title_key: str
    words: str
    selective: str | None
    filters: str | None
    is_common: bool


class _Part(Struct, frozen=True):
    """The tsquery of a part of a search; `selective` is None if the part is too common.

    `uses` estimates how many items match `selective`.
    """

    words: str
    selective: str | None
    uses: int
    is_common: bool


def make_query(
    search: SearchText, spellings: Spellings, filters: Sequence[str] = ()
) -> SearchQuery | None:
    """Return the query of a search, None if no item can have all its words.

    The last word may be the beginning of a word, another word only if it is no word itself.
    """
    terms = [
        _any_of([_all_of(words, spellings, open_ended=n == len(search.terms)) for words in found])
        for n, found in enumerate((term.alternatives for term in search.terms), 1)
    ]
    parts = [_join(terms), *_joined(search.joined, spellings)]
    whole = _any_of(parts)
    if whole is None:
        return None
    narrowing = " & ".join(map(quote_lexeme, filters)) or None
    return SearchQuery(
        title_key=_correct(search.title_key, spellings),
        words=_and(whole.words, narrowing),
        selective=_and(whole.selective, narrowing)
        if whole.selective and whole.uses <= _MAX_SELECTIVE_USES
        else None,
        filters=narrowing,
        is_common=whole.is_common and narrowing is None,
    )


def _correct(title_key: str, spellings: Spellings) -> str:
    """Return a title without typing errors, so that it is found as the whole title."""
    unknown = Spelling("")
    similar = ((word, spellings.get(word, unknown).similar) for word in title_key.split(" "))
    return " ".join(found[0] if found else word for word, found in similar)[:MAX_KEY_LENGTH]


def _all_of(words: list[str], spellings: Spellings, *, open_ended: bool) -> _Part | None:
    return _join(
        [_word(spellings.get(word), open_ended=open_ended and word is words[-1]) for word in words]
    )


def _join(parts: list[_Part | None]) -> _Part | None:
    """Return the tsquery of items that match all parts."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts) or not known:
        return None
    if len(known) == 1:
        return known[0]
    selective = [part for part in known if part.selective]
    return _Part(
        words=" & ".join(f"({part.words})" for part in known),
        selective=" & ".join(f"({part.selective})" for part in selective) or None,
        uses=min((part.uses for part in selective), default=0),
        is_common=all(part.is_common for part in known),
    )


def _any_of(parts: list[_Part | None]) -> _Part | None:
    """Return the tsquery of items that match any part."""
    known = [part for part in parts if part is not None]
    if len(known) < 2:
        return known[0] if known else None
    selective = [part.selective for part in known if part.selective]
    return _Part(
        words=" | ".join(f"({part.words})" for part in known),
        selective=" | ".join(f"({each})" for each in selective)
        if len(selective) == len(known)
        else None,
        uses=sum(part.uses for part in known),
        is_common=any(part.is_common for part in known),
    )


def _word(spelling: Spelling | None, *, open_ended: bool) -> _Part | None:
    if spelling is None:
        return None
    lexeme = quote_lexeme(spelling.word)
    uses = spelling.uses
    longer_uses = spelling.longer_uses
    if uses is not None and (longer_uses is None or not open_ended):
        return _Part(lexeme, lexeme, uses, is_common=uses >= COMMON_USES)
    if longer_uses is not None:
        # The word itself counts twice, so that it comes before longer ones.
        prefix = f"{lexeme}:*"
        total = (uses or 0) + longer_uses
        is_selective = len(spelling.word) >= _MIN_PREFIX_LENGTH and total < COMMON_USES
        return _Part(
            words=prefix if uses is None else f"{lexeme} | {prefix}",
            selective=prefix if is_selective else None,
            uses=total,
            is_common=total >= COMMON_USES,
        )
    if not spelling.similar:
        return None
    similar = " | ".join(map(quote_lexeme, spelling.similar))
    return _Part(similar, similar, COMMON_USES, is_common=False)


def _joined(joined: str, spellings: Spellings) -> list[_Part]:
    """Return the tsquery for all words written as one."""
    spelling = spellings.get(joined)
    if not joined or spelling is None:
        return []
    part = _word(spelling, open_ended=len(joined) >= _MIN_JOINED_LENGTH)
    return [] if part is None else [part]


def _and(words: str, narrowing: str | None) -> str:
    return words if narrowing is None else f"({words}) & {narrowing}"
