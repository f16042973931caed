"""Values in mails: names and titles that others chose say nothing but themselves."""

import re
import unicodedata

# Characters that would reverse the direction of what follows.
_DIRECTIONS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SEPARATORS = frozenset({"Cc", "Zl", "Zp"})
_MAX_SUBJECT = 200


def clean_line(text: str) -> str:
    """Return a text as one line, without control characters and overrides of its direction."""
    return " ".join(clean_lines(text).split())


def clean_lines(text: str) -> str:
    """Return a text with its line breaks, without other control characters and overrides."""
    shown = (char if char == "\n" or not _is_control(char) else " " for char in text)
    return _DIRECTIONS.sub("", "".join(shown)).strip()


def clean_subject(text: str) -> str:
    """Return a subject as one line of a length that mail programs show."""
    line = clean_line(text)
    return line if len(line) <= _MAX_SUBJECT else f"{line[: _MAX_SUBJECT - 1]}…"


def is_web_address(url: str) -> bool:
    """Return whether a link leads to a page, and can't end what surrounds it."""
    return url.startswith(("https://", "http://")) and url.isprintable() and " " not in url


def mask_address(address: str) -> str:
    """Return an address without its mailbox but for the first character."""
    mailbox, _, domain = address.rpartition("@")
    return f"{mailbox[:1]}…@{domain}"


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in _SEPARATORS
