"""Folding: what two texts have in common where people would call them the same."""

import re
import unicodedata

MAX_SEARCH_WORDS = 8

# What separates the words of a tag; `+` and `#` tell C++ and C# from C.
_SEPARATORS = re.compile(r"[^\w+#]|_")


def fold(text: str) -> str:
    """Drop case, accents and line breaks: `Édith  PIAF` and `edith piaf` are the same."""
    # Taken apart before and after: what a sign like ™ is made of has a case of its own.
    small = unicodedata.normalize("NFKD", text).casefold()
    apart = unicodedata.normalize("NFKD", small)
    kept = "".join(char for char in apart if not unicodedata.combining(char))
    return " ".join(kept.split())


def find_words(text: str) -> list[str]:
    """Split a search into its words, without case and accents; at most eight count."""
    words = re.findall(r"\w+", fold(text))
    return list(dict.fromkeys(words))[:MAX_SEARCH_WORDS]


def fold_tag(tag: str) -> str:
    """Drop what separates words too: `Hip Hop`, `hip-hop` and `hiphop` are one tag.

    Nothing is left of a tag that has neither letters nor digits.
    """
    return _SEPARATORS.sub("", fold(tag))
