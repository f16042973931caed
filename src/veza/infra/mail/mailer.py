"""Sends mail through an SMTP server, or writes it to a folder if none is set.

MailUnavailable is temporary, or fixed by an operator; MailRefused is permanent.
"""

import asyncio
import hashlib
import os
import re
import secrets
from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import datetime, timedelta
from email.errors import MessageError
from email.headerregistry import Address, BaseHeader, HeaderRegistry, UnstructuredHeader
from email.message import EmailMessage
from email.policy import SMTP as ASCII_HEADERS
from email.policy import SMTPUTF8 as UTF8_HEADERS
from email.policy import Policy
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any, Protocol

import aiosmtplib
import structlog
from msgspec import Struct

from veza.core.clock import now
from veza.core.errors import Unavailable
from veza.infra.mail.mail_settings import SmtpServer, read_sender, read_smtp_url
from veza.infra.mail.refusals import MailRefusal, find_status
from veza.infra.mail.smtp_client import make_client

log = structlog.get_logger()

# For one response of the server, and for the whole session.
ANSWER_TIMEOUT_S = 15.0
CONVERSATION_TIMEOUT_S = 30.0
GOODBYE_TIMEOUT_S = 2.0
# The lifetime of files in a mail folder. No link in a mail works longer.
KEPT_FOR = timedelta(days=7)

_NAME = "%Y%m%dT%H%M%S.%fZ"
# RFC 5322, 2.1.1.
_MAX_LINE = 998
_DOMAIN = re.compile(r"[^\s@<>()\[\],;:\\\"]+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_URL = re.compile(r"https?://[!-;=?-~]+")


class _UnfoldedHeader(BaseHeader):
    """A header that stays on one line: a URL that is folded or encoded would not work."""

    max_count = 1

    @classmethod
    def parse(cls, value: str, found: dict[str, Any]) -> None:
        """Fill in what `email` keeps of a header."""
        UnstructuredHeader.parse(value, found)

    def fold(self, *, policy: Policy) -> str:
        """Return the header with its name."""
        return f"{_LIST_UNSUBSCRIBE}: {self}{policy.linesep}"


_LIST_UNSUBSCRIBE = "List-Unsubscribe"
_REGISTRY = HeaderRegistry()
_REGISTRY.map_to_type(_LIST_UNSUBSCRIBE, _UnfoldedHeader)
_HEADERS = ASCII_HEADERS.clone(header_factory=_REGISTRY)


class MailFile(Struct, frozen=True):
    """A file that is attached to a mail; its type is such as `application/pdf`."""

    name: str
    media_type: str
    content: bytes


class Mail(Struct, frozen=True):
    """A mail: its text, and the same as HTML. `owner` is a UUID by which copies can be deleted.

    `sender_name` replaces the name of the sender, but not the address. `unsubscribe_url` takes a
    POST without credentials that ends mails of this kind (RFC 8058), and shows a page to browsers.
    `is_bulk` tells mails to many from those that somebody waits for. Attempts with the same
    `message_key` have the same Message-ID, so that mailboxes show a repeated mail once.
    """

    to: str
    subject: str
    text: str
    owner: str = ""
    sender_name: str | None = None
    html: str | None = None
    unsubscribe_url: str | None = None
    is_bulk: bool = False
    files: Sequence[MailFile] = ()
    message_key: str | None = None


class MailUnavailable(Unavailable):
    """Mail can't be delivered at the moment."""

    code = "mail_unavailable"
    message = "Mail can't be sent at the moment."


# In place of an answer, for an address that no server was asked about (RFC 3463, 5.1.3).
_INVALID_ADDRESS = MailRefusal(553, "5.1.3")


class MailRefused(Exception):
    """The mail was refused permanently; the text gives the reason, without content of the mail.

    `refusal` is the answer of the server, if it was asked, or what it would be about the address.
    """

    def __init__(self, reason: str, refusal: MailRefusal | None = None) -> None:
        super().__init__(reason)
        self.refusal = refusal


class Mailer(Protocol):
    """Sends mails."""

    async def send(self, mail: Mail) -> None:
        """Send a mail. Raises MailUnavailable and MailRefused."""
        ...

    async def check(self) -> str:
        """Test the connection and return a description of it. Raises MailUnavailable."""
        ...

    async def forget(self, owner: str) -> None:
        """Delete all copies of mails to an owner. Raises MailUnavailable."""
        ...

    async def forget_old(self) -> None:
        """Delete copies of mails older than `KEPT_FOR`. Raises MailUnavailable."""
        ...


def open_mailer(smtp_url: str | None, sender: str, folder: Path) -> Mailer:
    """Return a mailer for the server of the URL, or for the folder if None. Raises CannotStart."""
    address = read_sender(sender)
    if smtp_url is None:
        return MailFolder(folder, address)
    return SmtpMailer(read_smtp_url(smtp_url), address)


class SmtpMailer:
    """Sends through a server, with a new connection for each mail."""

    def __init__(self, server: SmtpServer, sender: Address) -> None:
        self._server = server
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Send a mail. Raises MailUnavailable and MailRefused."""
        message = compose(mail, self._sender)
        async with self._connect() as client:
            await client.send_message(message)

    async def check(self) -> str:
        """Connect and log in; return a description. Raises MailUnavailable."""
        async with self._connect() as client:
            await client.noop()
            is_private = client.get_transport_info("sslcontext") is not None
        return f"{self._server.host} answers, {'with' if is_private else 'without'} TLS"

    async def forget(self, owner: str) -> None:
        """Do nothing: no copy is kept."""

    async def forget_old(self) -> None:
        """Do nothing: no copy is kept."""

    @asynccontextmanager
    async def _connect(self) -> AsyncGenerator[aiosmtplib.SMTP]:
        client = make_client(self._server, ANSWER_TIMEOUT_S)
        try:
            with _translate_errors():
                async with asyncio.timeout(CONVERSATION_TIMEOUT_S):
                    await client.connect()
                    yield client
            # The mail is accepted, even if QUIT fails.
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=GOODBYE_TIMEOUT_S)
        finally:
            client.close()


class MailFolder:
    """Writes each mail to a file, for setups without a mail server."""

    def __init__(self, folder: Path, sender: Address) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        """Write a mail and log its path. Raises MailUnavailable and MailRefused."""
        message = compose(mail, self._sender)
        headers = ASCII_HEADERS if mail.to.isascii() else UTF8_HEADERS
        try:
            content = message.as_bytes(policy=headers)
            path = await asyncio.to_thread(self._write, content, mail.owner)
        except OSError as error:
            raise MailUnavailable(f"{self._folder} can't be written: {error.strerror}") from error
        log.info("mail_written", path=str(path))

    async def check(self) -> str:
        """Return a description with the folder. Raises MailUnavailable if it isn't writable."""
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

    async def _delete(self, is_match: Callable[[Path], bool]) -> None:
        def delete() -> None:
            for pattern in ("[0-9]*.eml", ".[0-9]*.eml"):
                for path in filter(is_match, self._folder.glob(pattern)):
                    path.unlink(missing_ok=True)

        try:
            await asyncio.to_thread(delete)
        except OSError as error:
            raise MailUnavailable(f"{self._folder} can't be written: {error.strerror}") from error

    def _write(self, content: bytes, owner: str) -> Path:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Names are unique and sort by time.
        name = "-".join(filter(None, (now().strftime(_NAME), secrets.token_hex(4), owner)))
        path = self._folder / f"{name}.eml"
        draft = path.with_name(f".{path.name}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # Renamed when complete, so that nothing reads a partial mail.
            return draft.rename(path)
        except OSError:
            draft.unlink(missing_ok=True)
            raise


def compose(mail: Mail, sender: Address, *, at: datetime | None = None) -> EmailMessage:
    """Return a mail as a message.

    Raises MailRefused if its address, its subject, or its URL to unsubscribe is invalid.
    """
    message = EmailMessage(policy=_HEADERS)
    try:
        if mail.sender_name is not None:
            sender = Address(_read_line(mail.sender_name), sender.username, sender.domain)
        message["From"] = sender
        _add_recipient(message, mail.to)
        message["Subject"] = _read_line(mail.subject)
        if mail.unsubscribe_url is not None:
            _add_unsubscribing(message, mail.unsubscribe_url)
    except (ValueError, MessageError):
        raise MailRefused("The subject or a header is invalid.") from None
    message["Date"] = format_datetime(at or now())
    message["Message-ID"] = _make_id(mail.message_key, sender.domain)
    # RFC 3834: suppresses automatic replies.
    message["Auto-Submitted"] = "auto-generated"
    _add_content(message, mail)
    return message


def _add_recipient(message: EmailMessage, to: str) -> None:
    try:
        message["To"] = _read_recipient(to)
    except (ValueError, MessageError):
        raise MailRefused("The address is invalid.", _INVALID_ADDRESS) from None


def _add_unsubscribing(message: EmailMessage, url: str) -> None:
    """Add the headers of RFC 2369 and, as it requires HTTPS, of RFC 8058."""
    if not _URL.fullmatch(url):
        raise ValueError(url)
    message[_LIST_UNSUBSCRIBE] = f"<{url}>"
    if url.startswith("https://"):
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def _make_id(key: str | None, domain: str) -> str:
    """Return a Message-ID.

    Without a key it is new for each attempt: mail servers may drop a repeated id.
    """
    if key is None:
        return make_msgid(domain=domain)
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{domain}>"


def _add_content(message: EmailMessage, mail: Mail) -> None:
    message.set_content(mail.text, cte=_find_encoding(mail.text))
    if mail.html is not None:
        message.add_alternative(mail.html, subtype="html", cte=_find_encoding(mail.html))
    for file in mail.files:
        kind, _, subtype = file.media_type.partition("/")
        message.add_attachment(file.content, kind, subtype, filename=file.name)


def _find_encoding(text: str) -> str | None:
    """Return no encoding where possible, so that links are readable in a mail folder."""
    if max(len(line.encode()) for line in text.split("\n")) > _MAX_LINE:
        return None
    return "7bit" if text.isascii() else "8bit"


def _read_recipient(text: str) -> Address:
    mailbox, _, domain = text.rpartition("@")
    if not mailbox or not text.isprintable() or not _DOMAIN.fullmatch(domain):
        raise ValueError(text)
    # Quotes the mailbox if needed: `a,b@example.com` is one address.
    return Address(username=mailbox, domain=domain)


def _read_line(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError(text)
    return text


@contextmanager
def _translate_errors() -> Generator[None]:
    """Translate SMTP errors, without the server's text where it may quote the mail."""
    try:
        yield
    except aiosmtplib.SMTPException as error:
        raise _error_of(error) from None
    except TimeoutError:
        raise MailUnavailable("The server doesn't answer in time.") from None
    except OSError as error:
        raise MailUnavailable(f"The server can't be reached: {error}") from None
    except ValueError:
        raise MailRefused("The address can't be sent to a server.") from None


def _error_of(error: aiosmtplib.SMTPException) -> Exception:
    match error:
        case aiosmtplib.SMTPRecipientsRefused():
            return _refusal("recipient", error.recipients[0])
        case aiosmtplib.SMTPDataError():
            return _refusal("mail", error)
        case aiosmtplib.SMTPNotSupported():
            return MailRefused("The server accepts only ASCII addresses.")
        case aiosmtplib.SMTPAuthenticationError():
            text = f"The server refuses the password: {_describe(error)}"
        case aiosmtplib.SMTPResponseException():
            text = f"The server refuses: {_describe(error)}"
        case aiosmtplib.SMTPTimeoutError():
            text = "The server doesn't answer in time."
        case _:
            text = f"The server can't be used: {error}"
    return MailUnavailable(text)


def _refusal(what: str, error: aiosmtplib.SMTPResponseException) -> Exception:
    # Only the codes (RFC 3463): the text may contain the address or a link.
    refusal = MailRefusal(error.code, find_status(error.message), of_recipient=what == "recipient")
    text = f"The server refuses the {what}: {error.code} {refusal.status}".strip()
    return MailRefused(text, refusal) if refusal.is_permanent else MailUnavailable(text)


def _describe(error: aiosmtplib.SMTPResponseException) -> str:
    return f"{error.code} {error.message}"[:300]
