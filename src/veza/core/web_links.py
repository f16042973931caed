"""Links that people enter, and others follow."""

from urllib.parse import urlsplit

from veza.core.errors import FieldError, Invalid
from veza.core.host_names import is_domain, normalize_domain

_BAD_LINK = "Give an https URL with the domain name of its host, without a name or password."


def read_link(url: str, field: str) -> str:
    """Return an https URL of a named host, with the name of the host in small letters.

    Raises Invalid.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise _invalid(field) from error
    is_named = is_domain(domain := normalize_domain(host)) and "." in domain
    # A last label of digits is an address, not a name.
    is_address = domain.rpartition(".")[2].isdigit()
    if parts.scheme != "https" or "@" in parts.netloc or not is_named or is_address:
        raise _invalid(field)
    if " " in url or "\\" in url:
        raise _invalid(field)
    netloc = domain if port in {None, 443} else f"{domain}:{port}"
    return parts._replace(netloc=netloc).geturl()


def _invalid(field: str) -> Invalid:
    return Invalid(details=[FieldError(field, _BAD_LINK, "not_a_link")])
