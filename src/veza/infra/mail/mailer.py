"""Sending mail: through an SMTP server, or into a folder where none is named.

Whoever sends bears two outcomes besides success: MailUnavailable, which passes by itself or once an
operator has put something right, and MailRefused, which never does.
"""

import asyncio
import os
import re
import secrets
import socket
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as ASCII_HEADERS
from email.policy import SMTPUTF8 as UTF8_HEADERS
from email.utils import format_datetime, make_msgid
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import aiosmtplib
import structlog
from msgspec import Struct

from veza.core.clock import now
from veza.core.errors import CannotStart, Unavailable

log = structlog.get_logger()

# One answer of the server, and all of a conversation.
ANSWER_TIMEOUT_S = 15.0
CONVERSATION_TIMEOUT_S = 30.0
GOODBYE_TIMEOUT_S = 2.0
# For how long files of a mail folder are kept. No link in a mail works longer.
KEPT_FOR = timedelta(days=7)

_NAME = "%Y%m%dT%H%M%S.%fZ"
# RFC 5322, 2.1.1.
_MAX_LINE = 998
_DOMAIN = re.compile(r"[^\s@<>()\[\],;:\\\"]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_DETAIL = re.compile(r"\d\.\d{1,3}\.\d{1,3}\b")
_DEFAULT_PORTS = {"smtp": 587, "smtps": 465}


class Mail(Struct, frozen=True):
    """A plain text for one address. Copies that are kept are found again by `owner`, a UUID."""

    to: str
    subject: str
    text: str
    owner: str = ""


class MailUnavailable(Unavailable):
    """No server takes our mails at the moment."""

    code = "mail_unavailable"
    message = "Mail can't be sent at the moment."


class MailRefused(Exception):
    """This mail will never be taken; the text tells why, and nothing of what the mail says."""


class Mailer(Protocol):
    """What sends mails."""

    async def send(self, mail: Mail) -> None:
        """Hand a mail over. Raises MailUnavailable and MailRefused."""
        ...

    async def check(self) -> str:
        """Tell where mails go, once that was tried. Raises MailUnavailable."""
        ...

    async def forget(self, owner: str) -> None:
        """Delete all copies of mails to an owner. Raises MailUnavailable."""
        ...

    async def forget_old(self) -> None:
        """Delete copies of mails older than `KEPT_FOR`. Raises MailUnavailable."""
        ...


class StartTls(StrEnum):
    """What is asked of a server that is spoken to in the clear at first."""

    REQUIRED = "required"
    OFFERED = "offered"
    NEVER = "never"


class SmtpServer(Struct, frozen=True):
    """A server, and how to speak to it. `start_tls` is None where TLS is there from the start."""

    host: str
    port: int
    start_tls: StartTls | None
    username: str | None = None
    password: str | None = None


def open_mailer(smtp_url: str | None, sender: str, folder: Path) -> Mailer:
    """Send through the server of the URL; without one, into the folder. Raises CannotStart."""
    address = read_sender(sender)
    if smtp_url is None:
        return MailFolder(folder, address)
    return SmtpMailer(read_smtp_url(smtp_url), address)


def read_sender(text: str) -> Address:
    """Read `Name <mailbox@domain>`. Raises CannotStart."""
    header: Any = ASCII_HEADERS.header_factory("from", text)
    if header.defects or len(header.addresses) != 1 or not header.addresses[0].addr_spec.isascii():
        raise CannotStart(f"{text!r} is no sender: write `Name <mailbox@domain>`.")
    return header.addresses[0]


def read_smtp_url(url: str) -> SmtpServer:
    """Read `smtp://user:password@host:port` or `smtps://…`. Raises CannotStart, without secrets.

    `?starttls=` says how `smtp://` gets to TLS. Without it: `never` on this machine itself, else
    `required` with a password and `offered` without.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise CannotStart("The URL of the mail server can't be read.") from None
    if not parts.hostname or parts.path not in {"", "/"} or parts.fragment:
        raise CannotStart("The URL of the mail server has to read smtp://user:password@host:port.")
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
    wish = options.pop("starttls", None)
    if options:
        raise CannotStart("The URL of the mail server knows no option but starttls.")
    if parts.scheme == "smtps":
        if wish is not None:
            raise CannotStart("With smtps:// there is TLS from the start: leave starttls out.")
        return None
    if wish is not None and wish not in set(StartTls):
        raise CannotStart("starttls is one of required, offered and never.")
    is_here = _is_this_machine(parts.hostname or "")
    if wish is None:
        if is_here:
            return StartTls.NEVER
        return StartTls.REQUIRED if parts.username else StartTls.OFFERED
    if parts.username and not is_here and wish != StartTls.REQUIRED:
        raise CannotStart("The mail server's password would travel in the clear: require starttls.")
    return StartTls(wish)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class SmtpMailer:
    """Sends through a server, one conversation a mail: they are few, and a job sends each."""

    def __init__(self, server: SmtpServer, sender: Address) -> None:
        self._server = server
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Hand a mail to the server. Raises MailUnavailable and MailRefused."""
        message = compose(mail, self._sender)
        async with self._converse() as client:
            await client.send_message(message)

    async def check(self) -> str:
        """Greet the server, and sign in where there is a password. Raises MailUnavailable."""
        async with self._converse() as client:
            await client.noop()
            is_private = client.get_transport_info("sslcontext") is not None
        return f"{self._server.host} answers, {'with' if is_private else 'without'} TLS"

    async def forget(self, owner: str) -> None:
        """Do nothing: no copy is kept."""

    async def forget_old(self) -> None:
        """Do nothing: no copy is kept."""

    @asynccontextmanager
    async def _converse(self) -> AsyncGenerator[aiosmtplib.SMTP]:
        client = self._make_client()
        try:
            with _translate_errors():
                async with asyncio.timeout(CONVERSATION_TIMEOUT_S):
                    await client.connect()
                    yield client
            # What was taken is taken, however the server says goodbye.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=GOODBYE_TIMEOUT_S)
        finally:
            client.close()

    def _make_client(self) -> aiosmtplib.SMTP:
        server = self._server
        asked = {StartTls.REQUIRED: True, StartTls.OFFERED: None, StartTls.NEVER: False}
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            local_hostname=socket.gethostname() or None,
            timeout=ANSWER_TIMEOUT_S,
            use_tls=server.start_tls is None,
            start_tls=False if server.start_tls is None else asked[server.start_tls],
        )


class MailFolder:
    """Writes each mail into a file of its own, for machines without a mail server."""

    def __init__(self, folder: Path, sender: Address) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Write a mail down, and say where. Raises MailUnavailable."""
        message = compose(mail, self._sender)
        headers = ASCII_HEADERS if mail.to.isascii() else UTF8_HEADERS
        try:
            content = message.as_bytes(policy=headers)
            path = await asyncio.to_thread(self._write, content, mail.owner)
        except OSError as error:
            raise MailUnavailable(f"{self._folder} can't be written: {error.strerror}") from error
        log.info("mail_written", path=str(path))

    async def check(self) -> str:
        """Tell where the folder is. Raises MailUnavailable where it can't be written."""
        if self._folder.exists() and not os.access(self._folder, os.W_OK | os.X_OK):
            raise MailUnavailable(f"{self._folder} can't be written: it belongs to another user.")
        return f"written to {self._folder}"

    async def forget(self, owner: str) -> None:
        """Delete the files of all mails to an owner. Raises MailUnavailable."""
        await self._delete(lambda path: path.stem.endswith(f"-{owner}"))

    async def forget_old(self) -> None:
        """Delete the files of mails older than `KEPT_FOR`. Raises MailUnavailable."""
        oldest = (now() - KEPT_FOR).strftime(_NAME)
        await self._delete(lambda path: path.name.removeprefix(".") < oldest)

    async def _delete(self, is_meant: Callable[[Path], bool]) -> None:
        def delete() -> None:
            for pattern in ("[0-9]*.eml", ".[0-9]*.eml"):
                for path in filter(is_meant, self._folder.glob(pattern)):
                    path.unlink(missing_ok=True)

        try:
            await asyncio.to_thread(delete)
        except OSError as error:
            raise MailUnavailable(f"{self._folder} can't be written: {error.strerror}") from error

    def _write(self, content: bytes, owner: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Names sort by time, and no two are the same.
        name = "-".join(filter(None, (now().strftime(_NAME), secrets.token_hex(4), owner)))
        path = self._folder / f"{name}.eml"
        draft = path.with_name(f".{path.name}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # Renamed when it is whole: whoever watches the folder never reads half a mail.
            return draft.rename(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise


def compose(mail: Mail, sender: Address, *, at: datetime | None = None) -> EmailMessage:
    """Put a mail into its form. Raises MailRefused where its address or subject can't be one."""
    message = EmailMessage(policy=ASCII_HEADERS)
    message["From"] = sender
    try:
        message["To"] = _read_recipient(mail.to)
        message["Subject"] = _read_subject(mail.subject)
    except (ValueError, MessageError):
        raise MailRefused("The address or the subject can't stand in a mail.") from None
    message["Date"] = format_datetime(at or now())
    # Another one at each try, although the mail is the same: a newer link ends the older one, and
    # mail servers drop what they know already.
    message["Message-ID"] = make_msgid(domain=sender.domain)
    # RFC 3834: nobody's "I am on holiday" comes back.
    message["Auto-Submitted"] = "auto-generated"
    is_plain = mail.text.isascii() and max(map(len, mail.text.split("\n"))) <= _MAX_LINE
    # Left as it is wherever possible, so that links stay whole for those who read the file.
    message.set_content(mail.text, cte="7bit" if is_plain else None)
    return message


def _read_recipient(text: str) -> Address:
    mailbox, _, domain = text.rpartition("@")
    if not mailbox or not text.isprintable() or not _DOMAIN.fullmatch(domain):
        raise ValueError(text)
    # Quotes what it must, so that `a,b@example.com` is one address and not two.
    return Address(username=mailbox, domain=domain)


def _read_subject(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError(text)
    return text


@contextmanager
def _translate_errors() -> Generator[None]:
    """Tell refusals from outages, in words without the mail's: servers like to quote from it."""
    try:
        yield
    except aiosmtplib.SMTPException as error:
        raise _error_of(error) from None
    except TimeoutError:
        raise MailUnavailable("The server doesn't answer in time.") from None
    except OSError as error:
        raise MailUnavailable(f"The server can't be reached: {error}") from None
    except ValueError:
        raise MailRefused("The address can't be told to a server.") from None


def _error_of(error: aiosmtplib.SMTPException) -> Exception:
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            return _refusal("recipient", error.recipients[0])
        case aiosmtplib.SMTPDataError():
            return _refusal("mail", error)
        case aiosmtplib.SMTPNotSupported():
            return MailRefused("The server takes no address that isn't ASCII.")
        case aiosmtplib.SMTPAuthenticationError():
            words = f"The server refuses the password: {_words(error)}"
        case aiosmtplib.SMTPResponseException():
            words = f"The server refuses: {_words(error)}"
        case aiosmtplib.SMTPTimeoutError():
            words = "The server doesn't answer in time."
        case _:
            words = f"The server can't be used: {error}"
    return MailUnavailable(words)


def _refusal(what: str, error: aiosmtplib.SMTPResponseException) -> Exception:
    # The codes tell enough (RFC 3463); the words may hold the address, or a link.
    detail = _DETAIL.match(error.message)
    words = f"The server refuses the {what}: {error.code} {detail[0] if detail else ''}".strip()
    return MailRefused(words) if error.code >= 500 else MailUnavailable(words)


def _words(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {error.message}"[:300]
