"""Names of hosts and domains in the form in which they are compared."""

import re

import idna

from veza.core.normalize import normalize_identifier

MAX_LENGTH = 253

# The full stops that IDNA treats as one.
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_-]{1,63})*\Z"
)


def normalize_domain(domain: str) -> str:
    """Return a domain in lower case, with each label in ASCII as in DNS (IDNA 2008, UTS 46).

    A label that IDNA refuses stays as it is, in lower case: an address with it was always accepted,
    and may be one of a listed domain's.
    """
    labels = (label for label in _DOTS.split(domain.strip()) if label)
    return ".".join(_normalize_label(label) for label in labels)


def is_domain(domain: str) -> bool:
    """Return whether a text in normal form is a domain."""
    return _DOMAIN.match(domain) is not None


def list_suffixes(domain: str) -> list[str]:
    """Return a domain and all that it belongs to: `a.b.c`, `b.c`, `c`."""
    labels = domain.split(".")
    return [".".join(labels[first:]) for first in range(len(labels))]


def _normalize_label(label: str) -> str:
    if label.isascii() and not label.lower().startswith("xn--"):
        return label.lower()
    try:
        return idna.encode(label, uts46=True).decode().lower()
    except idna.IDNAError:
        return normalize_identifier(label)
