"""Refuses addresses whose mail domain is blocked or not allowed; keeps the list."""

from veza.core.errors import FieldError
from veza.core.host_names import list_suffixes, normalize_domain
from veza.domains.auth.mail_domains import queries, rules
from veza.domains.auth.mail_domains.errors import (
    MailDomainNotFound,
    MailDomainRefused,
    TooManyMailDomains,
)
from veza.domains.auth.mail_domains.models import (
    DomainRule,
    ListedMailDomains,
    MailDomainForm,
    MailDomainPage,
)
from veza.infra.postgres.database import Conn, Tx


async def ensure_accepted(conn: Conn, email: str) -> None:
    """Raise MailDomainRefused if addresses of this domain are not accepted."""
    suffixes = list_suffixes(rules.domain_of(email))
    if not rules.is_accepted(await queries.find_verdict(conn, suffixes)):
        message = "This address can't be used here."
        raise MailDomainRefused(details=[FieldError("email", message)])


async def add_domains(tx: Tx, form: MailDomainForm) -> ListedMailDomains:
    """Store domains with one rule. Raises Invalid and TooManyMailDomains."""
    named = (
        rules.read_domain(text, f"domains[{place}]") for place, text in enumerate(form.domains)
    )
    domains = sorted(set(named))
    await queries.upsert_domains(tx, form.rule, domains)
    if await queries.count_domains(tx) > rules.MAX_DOMAINS:
        raise TooManyMailDomains
    return ListedMailDomains(domains)


async def list_domains(
    conn: Conn, rule: DomainRule | None, *, limit: int, offset: int
) -> MailDomainPage:
    """Return a page of the domains by name: of one rule, or of both."""
    return MailDomainPage(
        await queries.list_domains(conn, rule, limit=limit, offset=offset),
        await queries.count_domains(conn, rule),
    )


async def delete_domain(tx: Tx, text: str) -> str:
    """Delete the rule of a domain; return the domain. Raises MailDomainNotFound."""
    domain = normalize_domain(text)
    if not await queries.delete_domain(tx, domain):
        raise MailDomainNotFound
    return domain
