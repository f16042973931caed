"""Mentions: whom a text calls by `@name`."""

import re

from veza.core.normalize import normalize_identifier

MAX_MENTIONS = 10

# A name as accounts have it; not within an address, a URL or another name.
_MENTION = re.compile(r"(?<![A-Za-z0-9_@/.-])@([A-Za-z0-9_-]{3,30})(?![A-Za-z0-9_@-])")


def find_mentions(text: str) -> list[str]:
    """Find the names that a text calls, normalised, each once: at most ten, the first ones."""
    names = dict.fromkeys(normalize_identifier(name) for name in _MENTION.findall(text))
    return list(names)[:MAX_MENTIONS]
