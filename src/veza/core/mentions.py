"""Mentions: the `@names` in a text."""

import re

from veza.core.normalize import normalize_identifier

MAX_MENTIONS = 10

# A username, but not inside an e-mail address, a URL or another name.
_MENTION = re.compile(r"(?<![A-Za-z0-9_@/.-])@([A-Za-z0-9_-]{3,30})(?![A-Za-z0-9_@-])")


def find_mentions(text: str) -> list[str]:
    """Return the first `MAX_MENTIONS` distinct names in a text, normalised."""
    names = dict.fromkeys(normalize_identifier(name) for name in _MENTION.findall(text))
    return list(names)[:MAX_MENTIONS]
