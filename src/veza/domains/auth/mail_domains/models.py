"""A mail domain with its rule, and the verdict on an address."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

MAX_ADDED = 1000

DomainText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=253,
        description="A domain, which includes its subdomains; in any spelling.",
        examples=["mail.example"],
    ),
]


class DomainRule(StrEnum):
    """The rule of a domain: its addresses are accepted or refused."""

    BLOCK = "block"
    ALLOW = "allow"


class MailDomainForm(Struct, frozen=True):
    """Domains with one rule, which replaces an earlier one."""

    rule: DomainRule
    domains: Annotated[list[DomainText], Meta(min_length=1, max_length=MAX_ADDED)]


class MailDomain(Struct, frozen=True):
    """A domain as it is compared, and its rule."""

    domain: str
    rule: DomainRule
    created_at: datetime


class MailDomainPage(Struct, frozen=True):
    """A page of the domains, by name; `total` is the number of all."""

    domains: list[MailDomain]
    total: int


class ListedMailDomains(Struct, frozen=True):
    """The domains that were stored, as they are compared."""

    domains: list[str]


class DeletedMailDomain(Struct, frozen=True):
    """The domain without a rule."""

    domain: str


class DomainVerdict(Struct, frozen=True):
    """The rule of the nearest listed domain, and whether any domain is allowed explicitly."""

    rule: DomainRule | None
    has_allowed: bool
