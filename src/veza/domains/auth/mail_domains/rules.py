"""Accepts or refuses an address by the rule of its nearest listed domain."""

from veza.core.errors import FieldError, Invalid
from veza.core.host_names import is_domain, normalize_domain
from veza.domains.auth.mail_domains.models import DomainRule, DomainVerdict

MAX_DOMAINS = 10_000


def domain_of(email: str) -> str:
    """Return the domain of an address in its normal form."""
    return normalize_domain(email.rpartition("@")[2])


def read_domain(text: str, field: str) -> str:
    """Return the normal form of a domain that an admin names. Raises Invalid."""
    domain = normalize_domain(text.strip().removeprefix("@"))
    if not is_domain(domain):
        raise Invalid(
            details=[FieldError(field, "Write a domain, such as `mail.example`.", "not_a_domain")]
        )
    return domain


def is_accepted(verdict: DomainVerdict) -> bool:
    """Return whether an address is accepted: by the nearest rule.

    Without one it is, unless only some domains are allowed.
    """
    if verdict.rule is None:
        return not verdict.has_allowed
    return verdict.rule is DomainRule.ALLOW
