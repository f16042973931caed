"""Parses the sender of mails and the URL of the SMTP server."""

from email.headerregistry import Address
from email.policy import SMTP as ASCII_HEADERS
from enum import StrEnum
from ipaddress import ip_address
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from msgspec import Struct

from veza.core.errors import CannotStart

# RFC 5321, 4.5.3.1.1: 64, without `+` and the token.
_MAX_BOUNCE_MAILBOX = 12
_DEFAULT_PORTS = {"smtp": 587, "smtps": 465}


class StartTls(StrEnum):
    """Whether a connection without TLS is upgraded by STARTTLS."""

    REQUIRED = "required"
    OFFERED = "offered"
    NEVER = "never"


class SmtpServer(Struct, frozen=True):
    """The address of a server. `start_tls` is None for TLS from the start."""

    host: str
    port: int
    start_tls: StartTls | None
    username: str | None = None
    password: str | None = None


def read_sender(text: str) -> Address:
    """Parse `Name <mailbox@domain>`. Raises CannotStart."""
    header: Any = ASCII_HEADERS.header_factory("from", text)
    if header.defects or len(header.addresses) != 1 or not header.addresses[0].addr_spec.isascii():
        raise CannotStart(f"{text!r} is not a valid sender: use `Name <mailbox@domain>`.")
    return header.addresses[0]


def read_bounce_address(text: str) -> Address:
    """Parse `mailbox@domain`, to which a token of 52 characters is added. Raises CannotStart."""
    address = read_sender(text)
    if address.display_name or len(address.username) > _MAX_BOUNCE_MAILBOX:
        raise CannotStart(
            f"{text!r} is not a valid address for bounces: use `mailbox@domain`, with at most "
            f"{_MAX_BOUNCE_MAILBOX} characters before the `@`."
        )
    return address


def read_smtp_url(url: str) -> SmtpServer:
    """Parse `smtp://user:password@host:port` or `smtps://…`. Raises CannotStart, without secrets.

    `?starttls=` sets the STARTTLS mode of `smtp://`. The default is `never` for localhost,
    otherwise `required` with a password and `offered` without.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise CannotStart("The URL of the mail server is invalid.") from None
    if not parts.hostname or parts.path not in {"", "/"} or parts.fragment:
        raise CannotStart("The URL of the mail server must be smtp://user:password@host:port.")
    username = unquote(parts.username) if parts.username else None
    return SmtpServer(
        host=parts.hostname,
        port=port or _DEFAULT_PORTS[parts.scheme],
        start_tls=_read_start_tls(parts),
        username=username,
        password=None if username is None else unquote(parts.password or ""),
    )


def _read_start_tls(parts: SplitResult) -> StartTls | None:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    mode = options.pop("starttls", None)
    if options:
        raise CannotStart("The only option of the mail server's URL is starttls.")
    if parts.scheme == "smtps":
        if mode is not None:
            raise CannotStart(
                "starttls can't be used with smtps://, which uses TLS from the start."
            )
        return None
    if mode is not None and mode not in set(StartTls):
        raise CannotStart("starttls must be required, offered or never.")
    is_local = _is_localhost(parts.hostname or "")
    if mode is None:
        if is_local:
            return StartTls.NEVER
        return StartTls.REQUIRED if parts.username else StartTls.OFFERED
    if parts.username and not is_local and mode != StartTls.REQUIRED:
        raise CannotStart("With a password, the mail server's URL needs starttls=required.")
    return StartTls(mode)


def _is_localhost(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
