"""Matches words, phrases and hosts of links in a text, in linear time.

The time is linear in the length of the text, whatever the filters are: none of them is executed as
a regular expression.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import cast
from urllib.parse import unquote

from msgspec import UNSET, Struct, structs

from veza.core.errors import FieldError, FieldRule, Invalid
from veza.core.host_names import MAX_LENGTH, is_domain, list_suffixes, normalize_domain
from veza.domains.platform.text_filters.models import (
    FilterIndex,
    MatchedText,
    PhraseIndex,
    PublishedText,
    TextFilterEffect,
    TextFilterForm,
    TextFilterKind,
    TextPattern,
)

MAX_FILTERS = 500
MAX_WORDS = 30
MAX_PREVIEWED = 50
_EXCERPT = 200

_ASCII_WORD = re.compile(r"[a-z0-9]+")
_ASCII_HOST = re.compile(r"[A-Za-z0-9_.-]+")
# Before the host of a link that an admin pasted.
_SCHEME = re.compile(r"\A[a-z][a-z0-9+.-]*://", re.IGNORECASE)
# Signs that are not seen and are no format characters (Cf): joiners, fillers, variation selectors.
_INVISIBLE = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0"
    + "".join(map(chr, range(0xFE00, 0xFE10)))
    + "".join(map(chr, range(0xE0100, 0xE01F0)))
)


def read_pattern(form: TextFilterForm) -> str:
    """Return what a filter looks for, as it is compared. Raises Invalid."""
    if form.kind is TextFilterKind.DOMAIN:
        named = _SCHEME.sub("", form.text.strip()).partition("/")[0]
        domain = normalize_domain(_remove_invisible(named).removeprefix("*."))
        if "." in domain and is_domain(domain):
            return domain
        raise _bad_text("Write a domain, such as `spam.example`.", "not_a_domain")
    words = split_words(form.text)
    if not words:
        raise _bad_text("Write at least one letter or digit.", "no_letter")
    if len(words) > MAX_WORDS:
        raise _bad_text(f"Write at most {MAX_WORDS} words.", "too_many_words", MAX_WORDS)
    return " ".join(words)


def build_index(patterns: Sequence[TextPattern]) -> FilterIndex:
    """Return the index of all filters."""
    phrases = [each for each in patterns if each.kind is TextFilterKind.WORDS]
    domains = {each.pattern: each.effect for each in patterns if each.kind is TextFilterKind.DOMAIN}
    return FilterIndex(
        phrases=_build_phrases(phrases) if phrases else None,
        domains=domains,
        has_international=any(
            label.startswith("xn--") for domain in domains for label in domain.split(".")
        ),
    )


def find_effects(index: FilterIndex, text: str) -> frozenset[TextFilterEffect]:
    """Return the effects of all filters that match a text."""
    found: set[TextFilterEffect] = set()
    if index.phrases is not None:
        found |= _match_phrases(index.phrases, split_words(text))
    if index.domains:
        hosts = find_hosts(text, international=index.has_international)
        suffixes = (suffix for host in hosts for suffix in list_suffixes(host))
        found |= {index.domains[suffix] for suffix in suffixes if suffix in index.domains}
    return frozenset(found)


def list_texts(form: Struct, fields: Sequence[str]) -> dict[str, str]:
    """Return the texts in the fields of a form, without those that are left out or empty.

    The texts of a list or a Struct are lines of one text, also those in the fields of its Structs.
    """
    texts: dict[str, str] = {}
    for field in fields:
        value: object = getattr(form, field)
        if isinstance(value, list):
            value = "\n".join(map(_join_texts, cast("list[object]", value)))
        elif isinstance(value, Struct):
            value = _join_texts(value)
        if value is not UNSET and value:
            texts[field] = str(value)
    return texts


def _join_texts(item: object) -> str:
    if not isinstance(item, Struct):
        return str(item)
    # Enums are no texts of people.
    return "\n".join(text for text in structs.astuple(item) if type(text) is str)


def split_words(text: str) -> list[str]:
    """Return the words of a text: NFKC, without case and invisible signs.

    In scripts that are written without spaces, each character is a word.
    """
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    visible = _remove_invisible(unicodedata.normalize("NFKC", text))
    folded = unicodedata.normalize("NFKC", visible.casefold())
    words: list[str] = []
    for kind, characters in groupby(folded, _kind):
        run = "".join(characters)
        if kind:
            words += [run] if kind == 1 else list(run)
    return words


def find_hosts(text: str, *, international: bool) -> Iterator[str]:
    """Iterate over what may be hosts of links, with or without a scheme, in lower case.

    Percent-encoding is decoded. A host in another script is yielded only if that is asked for.
    """
    if "%" in text:
        text = unquote(text)
    if not text.isascii():
        text = _remove_invisible(unicodedata.normalize("NFKC", text)).replace("\u3002", ".")
    for run in _ASCII_HOST.findall(text):
        host = run[-MAX_LENGTH:].strip(".")
        if "." in host:
            yield host.lower()
    if international and not text.isascii():
        for is_inside, run in groupby(text, _is_in_host):
            host = "".join(run)[-MAX_LENGTH:] if is_inside else ""
            if "." in host and not host.isascii():
                yield normalize_domain(host)


def show_match(text: PublishedText) -> MatchedText:
    """Return a text as it is shown in a preview."""
    return MatchedText(
        text.content_type,
        text.content_id,
        text.author_id,
        text.username,
        text.content[:_EXCERPT],
        text.created_at,
    )


def refuse(fields: Iterable[str]) -> list[FieldError]:
    """Return the errors of fields that a filter refuses."""
    return [
        FieldError(field, "This has a word or a link that isn't accepted.", "refused_text")
        for field in fields
    ]


def _build_phrases(patterns: Sequence[TextPattern]) -> PhraseIndex:
    steps: list[dict[str, int]] = [{}]
    effects: list[set[TextFilterEffect]] = [set()]
    for each in patterns:
        state = 0
        for word in each.pattern.split():
            following = steps[state].setdefault(word, len(steps))
            if following == len(steps):
                steps.append({})
                effects.append(set())
            state = following
        effects[state].add(each.effect)
    fallbacks = [0] * len(steps)
    waiting = deque(steps[0].values())
    while waiting:
        state = waiting.popleft()
        for word, following in steps[state].items():
            fallbacks[following] = _step(steps, fallbacks, fallbacks[state], word)
            effects[following] |= effects[fallbacks[following]]
            waiting.append(following)
    return PhraseIndex(steps, fallbacks, [frozenset(each) for each in effects])


def _match_phrases(index: PhraseIndex, words: Iterable[str]) -> set[TextFilterEffect]:
    found: set[TextFilterEffect] = set()
    state = 0
    for word in words:
        state = _step(index.steps, index.fallbacks, state, word)
        found |= index.effects[state]
    return found


def _step(
    steps: Sequence[Mapping[str, int]], fallbacks: Sequence[int], state: int, word: str
) -> int:
    """Return the state after a word: each fallback is a shorter phrase than the one before."""
    while state and word not in steps[state]:
        state = fallbacks[state]
    return steps[state].get(word, 0)


def _kind(char: str) -> int:
    """Return 0 between words, 1 in scripts with spaces, 2 in Chinese, Japanese, Thai and others."""
    if unicodedata.category(char)[0] not in "LNM":
        return 0
    is_unspaced = "\u0e00" <= char <= "\u0eff" or "\u1000" <= char <= "\u109f"
    is_unspaced |= "\u1780" <= char <= "\u17ff" or "\u3005" <= char <= "\u9fff"
    return 2 if is_unspaced or char >= "\U00020000" else 1


def _is_in_host(char: str) -> bool:
    return char in ".-_" or unicodedata.category(char)[0] in "LNM"


def _remove_invisible(text: str) -> str:
    if text.isascii():
        return text
    return "".join(
        char for char in text if char not in _INVISIBLE and unicodedata.category(char) != "Cf"
    )


def _bad_text(message: str, rule: FieldRule, *limit: int) -> Invalid:
    return Invalid(details=[FieldError("text", message, rule, *limit)])
