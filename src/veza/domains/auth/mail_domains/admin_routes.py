"""Admins block or allow mail domains, with their subdomains."""

from typing import Annotated

from litestar import Router, delete, get, post
from litestar.params import FromQuery, JSONBody, PathParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.step_up import StepUp
from veza.domains.auth.mail_domains import errors, service
from veza.domains.auth.mail_domains.models import (
    DeletedMailDomain,
    DomainRule,
    ListedMailDomains,
    MailDomainForm,
    MailDomainPage,
)
from veza.http.dependencies import Conn, Tx
from veza.http.requests.query_parameters import PageLimit, RowOffset

_DomainName = Annotated[str, PathParameter(max_length=253, description="The domain.")]


@get("/admin/mail-domains", access=Access.ADMIN, scope=None, errors=[pages.PageTooFar])
async def list_mail_domains(
    conn: Conn,
    rule: FromQuery[DomainRule | None] = None,
    limit: PageLimit = 20,
    offset: RowOffset = 0,
) -> MailDomainPage:
    """List the domains of e-mail addresses that have a rule, by name."""
    pages.ensure_within_reach(offset, limit)
    return await service.list_domains(conn, rule, limit=limit, offset=offset)


@post(
    "/admin/mail-domains",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    status_code=200,
    errors=[errors.TooManyMailDomains],
)
async def add_mail_domains(data: JSONBody[MailDomainForm], tx: Tx) -> ListedMailDomains:
    """Block domains of e-mail addresses, or allow them, with their subdomains.

    The rule of the nearest domain applies. Without one an address is accepted, unless any domain is
    allowed: then only those are. It applies to sign-up and to a change of the address, at once, and
    not to members who have such an address already. At most 1,000 domains at a time, and 10,000 in
    all.
    """
    return await service.add_domains(tx, data)


@delete(
    "/admin/mail-domains/{domain:str}",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    status_code=200,
    errors=[errors.MailDomainNotFound],
)
async def delete_mail_domain(domain: _DomainName, tx: Tx) -> DeletedMailDomain:
    """Delete the rule of a domain."""
    return DeletedMailDomain(await service.delete_domain(tx, domain))


router = Router(
    "/", route_handlers=[list_mail_domains, add_mail_domains, delete_mail_domain], tags=["admin"]
)
