"""Pure functions of mail domains: their normal form, and which of them are accepted."""

import re

import idna

from veza.core.errors import FieldError, Invalid
from veza.core.normalize import normalize_identifier
from veza.domains.auth.mail_domains.models import DomainRule, DomainVerdict

MAX_DOMAINS = 10_000

# The full stops that IDNA treats as one.
_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_DOMAIN = re.compile(
    r"(?=.{1,253}\Z)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_-]{1,63})*\Z"
)


def domain_of(email: str) -> str:
    """Return the domain of an address in its normal form."""
    return normalize_domain(email.rpartition("@")[2])


def normalize_domain(domain: str) -> str:
    """Return a domain in lower case, with each label in ASCII as in DNS (IDNA 2008, UTS 46).

    A label that IDNA refuses stays as it is, in lower case: an address with it was always accepted,
    and may be one of a listed domain's.
    """
    labels = (label for label in _DOTS.split(domain.strip()) if label)
    return ".".join(_normalize_label(label) for label in labels)


def read_domain(text: str, field: str) -> str:
    """Return the normal form of a domain that an admin names. Raises Invalid."""
    domain = normalize_domain(text.strip().removeprefix("@"))
    if not _DOMAIN.match(domain):
        raise Invalid(details=[FieldError(field, "Write a domain, such as `mail.example`.")])
    return domain


def list_suffixes(domain: str) -> list[str]:
    """Return a domain and all that it belongs to: `a.b.c`, `b.c`, `c`."""
    labels = domain.split(".")
    return [".".join(labels[first:]) for first in range(len(labels))]


def is_accepted(verdict: DomainVerdict) -> bool:
    """Return whether an address is accepted: by the nearest rule.

    Without one it is, unless only some domains are allowed.
    """
    if verdict.rule is None:
        return not verdict.has_allowed
    return verdict.rule is DomainRule.ALLOW


def _normalize_label(label: str) -> str:
    try:
        return idna.encode(label, uts46=True).decode().lower()
    except idna.IDNAError:
        return normalize_identifier(label)
