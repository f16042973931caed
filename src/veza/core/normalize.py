"""Normalised text: identifiers for comparison, and words for search.

SQL never folds identifiers. The database generates the columns `users.email_key` and
`users.username_key`, which lower only the letters A to Z. They are compared with the result of
`normalize_identifier`. An address is accepted only if both forms are equal (`is_normal`),
so the two sides cannot differ, whatever locale or version of Unicode the database has.
"""

import re
import unicodedata

from veza.core.errors import FieldError, Invalid

MAX_SEARCH_WORDS = 8

_LOWER_ASCII = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
# The separators of words in a tag. `+` and `#` distinguish C++ and C# from C.
_SEPARATORS = re.compile(r"[^\w+#]|_")


def normalize_identifier(text: str) -> str:
    """Return the form of an e-mail address or a username that is compared.

    Compatibility characters are replaced (NFKC) and every letter is lowered. Each character is
    lowered by itself: the result does not depend on its neighbours. Applying it twice changes
    nothing.
    """
    if text.isascii():
        return text.translate(_LOWER_ASCII)
    composed = unicodedata.normalize("NFKC", text)
    lowered = "".join(char.lower() for char in composed)
    return unicodedata.normalize("NFKC", lowered)


def lower_ascii(text: str) -> str:
    """Return the text with A to Z lowered: what the generated key columns contain."""
    return text.translate(_LOWER_ASCII)


def is_normal(text: str) -> bool:
    """Return whether the key column of a stored identifier equals its normalised form.

    True for all ASCII text. Other letters must be in lower case and composed.
    """
    return lower_ascii(text) == normalize_identifier(text)


def fold(text: str) -> str:
    """Remove case, accents and line breaks: `Édith  PIAF` and `edith piaf` are the same."""
    if text.isascii():
        return " ".join(text.lower().split())
    # Decomposed before and after: casefold changes the parts of signs such as ™.
    folded = unicodedata.normalize("NFKD", text).casefold()
    decomposed = unicodedata.normalize("NFKD", folded)
    kept = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(kept.split())


def find_words(text: str) -> list[str]:
    """Return the distinct folded words of a search, at most `MAX_SEARCH_WORDS`."""
    words = re.findall(r"\w+", fold(text))
    return list(dict.fromkeys(words))[:MAX_SEARCH_WORDS]


def fold_tag(tag: str) -> str:
    """Fold a tag and remove separators: `Hip Hop`, `hip-hop` and `hiphop` are one tag.

    Returns an empty string for a tag without letters and digits.
    """
    return _SEPARATORS.sub("", fold(tag))


def require_text(text: str, field: str, message: str) -> str:
    """Return a text without blanks around it. Raises Invalid with the message if that is empty."""
    trimmed = text.strip()
    if not trimmed:
        raise Invalid(details=[FieldError(field, message, "blank")])
    return trimmed


def require_line(text: str, field: str, message: str) -> str:
    """Return a text as one line with single blanks. Raises Invalid if that is empty."""
    return " ".join(require_text(text, field, message).split())
