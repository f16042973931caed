"""Filters of words or hosts, their effects, and the automaton that finds phrases."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import TextFilterId, UserId

MAX_TEXT = 200

FilterText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_TEXT,
        description="A word, a phrase, or the domain of links, which includes its subdomains.",
        examples=["cheap followers"],
    ),
]


class TextFilterKind(StrEnum):
    """The kind of a filter: it matches whole words in a row, or links to a domain."""

    WORDS = "words"
    DOMAIN = "domain"


class TextFilterEffect(StrEnum):
    """The effect on a text with a match: it is refused, or published and reported."""

    REJECT = "reject"
    REPORT = "report"


class TextFilterForm(Struct, frozen=True):
    """A filter. It replaces an earlier one that looks for the same."""

    kind: TextFilterKind
    text: FilterText
    effect: TextFilterEffect


class TextPattern(Struct, frozen=True):
    """The normalized pattern of a filter, and its effect."""

    kind: TextFilterKind
    pattern: str
    effect: TextFilterEffect


class TextFilter(Struct, frozen=True):
    """A filter, with its text as an admin wrote it."""

    id: TextFilterId
    kind: TextFilterKind
    text: str
    effect: TextFilterEffect
    created_at: datetime


class TextFilterList(Struct, frozen=True):
    """All filters: words first, each kind in alphabetical order."""

    filters: Sequence[TextFilter]


class PhraseIndex(Struct, frozen=True):
    """The phrases of all filters, as an automaton over words (Aho and Corasick, 1975).

    Of each state: the state after another word, the state to continue from where that word is not
    expected, and the effects of the phrases that end here. State 0 is the start.
    """

    steps: Sequence[Mapping[str, int]]
    fallbacks: Sequence[int]
    effects: Sequence[frozenset[TextFilterEffect]]


class FilterIndex(Struct, frozen=True):
    """All filters in memory: replaced as a whole."""

    phrases: PhraseIndex | None = None
    domains: Mapping[str, TextFilterEffect] = {}
    # Whether any domain has letters other than those of ASCII.
    has_international: bool = False


class PublishedText(Struct, frozen=True):
    """A post or a comment, and its author."""

    content_type: str
    content_id: UUID
    author_id: UserId
    username: str
    content: str
    created_at: datetime


class MatchedText(Struct, frozen=True):
    """A post or a comment that a filter would have matched; the excerpt is its beginning."""

    content_type: str
    content_id: UUID
    author_id: UserId
    username: str
    excerpt: str
    created_at: datetime


class TextFilterPreview(Struct, frozen=True):
    """The latest posts and comments that a filter would have matched: the first 50, newest first.

    `scanned` texts were read, and `matched` is the number of all matches among them.
    """

    scanned: int
    matched: int
    texts: list[MatchedText]
