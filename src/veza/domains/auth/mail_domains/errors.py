"""Refuses addresses of unaccepted mail domains, without naming the rule."""

from veza.core.errors import Conflict, Invalid, NotFound


class MailDomainRefused(Invalid):
    """Addresses of this domain are not accepted; neither the rule nor its domain is named."""

    code = "email_refused"
    message = "This e-mail address can't be used here: use another one."


class TooManyMailDomains(Conflict):
    """The number of domains is limited."""

    code = "too_many_mail_domains"
    message = "There may be 10,000 mail domains: delete some first."


class MailDomainNotFound(NotFound):
    """There is no rule for this domain."""

    code = "mail_domain_not_found"
    message = "There is no rule for this domain."
