"""Sends mail to many over a few connections, each of which takes many mails.

A mail has the same Message-ID however often it is sent, so that servers and mailboxes drop a
second copy; it is the token of its delivery.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from email.headerregistry import Address
from email.policy import SMTP as ASCII_HEADERS
from email.policy import SMTPUTF8 as UTF8_HEADERS
from typing import Protocol

import aiosmtplib
from msgspec import Struct

from veza.infra.mail.bulk_messages import BulkMail, BulkMessage, BulkMessages
from veza.infra.mail.mail_settings import SmtpServer
from veza.infra.mail.mailer import (
    ANSWER_TIMEOUT_S,
    CONVERSATION_TIMEOUT_S,
    GOODBYE_TIMEOUT_S,
    MailFolder,
    MailRefused,
    MailUnavailable,
)
from veza.infra.mail.refusals import MailRefusal, find_status
from veza.infra.mail.smtp_client import make_client

# A connection is closed after so many mails, before servers close it.
MAILS_PER_CONNECTION = 100
# By whether the address is ASCII.
_OF_8_BITS = {True: ASCII_HEADERS, False: UTF8_HEADERS}
_OF_7_BITS = {is_ascii: each.clone(cte_type="7bit") for is_ascii, each in _OF_8_BITS.items()}
# The answer of a server that closes the connection (RFC 5321, 3.8).
_CLOSING = 421
# In place of an answer, for a mail that no server was asked about.
_NOT_SENT = MailRefusal(554, "5.6.0", of_recipient=False)


class BulkSession(Protocol):
    """Sends mails while its connections are open."""

    async def send(self, bulk: BulkMail) -> MailRefusal | None:
        """Send a mail; return the answer if it was refused. Raises MailUnavailable."""
        ...


class BulkMailer(Protocol):
    """Opens sessions to send in. `connections` is how many mails a session sends at a time."""

    connections: int

    def session(self) -> AbstractAsyncContextManager[BulkSession]:
        """Open a session; its connections are opened when they are needed."""
        ...


class SmtpBulkMailer:
    """Sends through a server."""

    def __init__(
        self, server: SmtpServer, sender: Address, *, bounces: Address | None, connections: int
    ) -> None:
        self.connections = connections
        self._server = server
        self._sender = sender
        self._bounces = bounces

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[BulkSession]:
        """Open a session."""
        opened = _SmtpSession(self._server, self._sender, self._bounces)
        try:
            yield opened
        finally:
            await opened.close()


class FolderBulkMailer:
    """Writes mails to the folder of mails, where no server is set."""

    connections = 1

    def __init__(self, folder: MailFolder) -> None:
        self._folder = folder

    @asynccontextmanager
    async def session(self) -> AsyncGenerator[BulkSession]:
        """Open a session."""
        yield self

    async def send(self, bulk: BulkMail) -> MailRefusal | None:
        """Write a mail; return a refusal if it is invalid. Raises MailUnavailable."""
        try:
            await self._folder.send(bulk.mail)
        except MailRefused as error:
            return error.refusal or _NOT_SENT
        return None


class _Connection(Struct):
    """A connection, and how many mails it took."""

    client: aiosmtplib.SMTP
    mails: int = 0


class _SmtpSession:
    """The open connections of a session; each sends one mail at a time."""

    def __init__(self, server: SmtpServer, sender: Address, bounces: Address | None) -> None:
        self._server = server
        self._sender = sender
        self._bounces = bounces
        self._messages = BulkMessages(sender)
        self._idle: list[_Connection] = []

    async def send(self, bulk: BulkMail) -> MailRefusal | None:
        """Send a mail; return the answer if it was refused. Raises MailUnavailable."""
        try:
            message = self._messages.compose(bulk)
        except MailRefused as error:
            return error.refusal or _NOT_SENT
        try:
            async with asyncio.timeout(CONVERSATION_TIMEOUT_S):
                return await self._deliver(bulk, message)
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            # Neither the address nor the mail is in the error: `MAIL` and the server failed.
            raise MailUnavailable(f"The server of bulk mail can't be used: {error}") from None

    async def close(self) -> None:
        """Close all connections."""
        while self._idle:
            await self._end(self._idle.pop())

    async def _deliver(self, bulk: BulkMail, message: BulkMessage) -> MailRefusal | None:
        """Send a mail over a connection that is open, or over a new one."""
        connection, recipient = await self._begin(bulk)
        try:
            refusal = await _transfer(connection.client, recipient, message)
        except BaseException:
            connection.client.close()
            raise
        connection.mails += 1
        if connection.mails >= MAILS_PER_CONNECTION or not connection.client.is_connected:
            await self._end(connection)
        else:
            self._idle.append(connection)
        return refusal

    async def _begin(self, bulk: BulkMail) -> tuple[_Connection, str]:
        """Return a connection that has taken `MAIL`, and the recipient as it is written there.

        A server may have closed a connection that was idle: nothing is lost before `MAIL`.
        """
        recipient = _recipient_of(bulk.to)
        while self._idle:
            connection = self._idle.pop()
            if await self._take_sender(connection.client, bulk):
                return connection, recipient
            connection.client.close()
        client = make_client(self._server, ANSWER_TIMEOUT_S)
        try:
            await client.connect()
            await client.ehlo()
            is_open = await self._take_sender(client, bulk)
        except BaseException:
            client.close()
            raise
        if not is_open:
            raise MailUnavailable("The server of bulk mail closes its connections.")
        return _Connection(client), recipient

    async def _take_sender(self, client: aiosmtplib.SMTP, bulk: BulkMail) -> bool:
        """Begin a mail with its return path; False if the server has closed the connection."""
        options = ["BODY=8BITMIME"] if client.supports_extension("8BITMIME") else []
        is_ascii = bulk.to.isascii()
        if not is_ascii and client.supports_extension("SMTPUTF8"):
            options.append("SMTPUTF8")
        encoding = "ascii" if is_ascii else "utf-8"
        try:
            await client.mail(self._return_path(bulk.token), options=options, encoding=encoding)
        except aiosmtplib.SMTPServerDisconnected:
            return False
        except aiosmtplib.SMTPResponseException as error:
            if error.code == _CLOSING:
                return False
            raise
        return True

    def _return_path(self, token: str) -> str:
        if self._bounces is None:
            return self._sender.addr_spec
        return f"{self._bounces.username}+{token}@{self._bounces.domain}"

    async def _end(self, connection: _Connection) -> None:
        with suppress(aiosmtplib.SMTPException, OSError):
            await connection.client.quit(timeout=GOODBYE_TIMEOUT_S)
        connection.client.close()


async def _transfer(
    client: aiosmtplib.SMTP, recipient: str, message: BulkMessage
) -> MailRefusal | None:
    """Send the recipient and the content; return the answer if either is refused.

    An answer that closes the connection is one of the server, not about the mail.
    """
    is_of_recipient = True
    try:
        if not (recipient.isascii() or client.supports_extension("SMTPUTF8")):
            await client.rset()
            return _NOT_SENT
        await client.rcpt(recipient, encoding="ascii" if recipient.isascii() else "utf-8")
        is_of_recipient = False
        await client.data(_flatten(message, client, is_ascii=recipient.isascii()))
    except aiosmtplib.SMTPServerDisconnected:
        raise
    except aiosmtplib.SMTPResponseException as error:
        if error.code == _CLOSING:
            raise
        with suppress(aiosmtplib.SMTPException, OSError):
            await client.rset()
        return MailRefusal(error.code, find_status(error.message), of_recipient=is_of_recipient)
    return None


def _flatten(message: BulkMessage, client: aiosmtplib.SMTP, *, is_ascii: bool) -> bytes:
    policies = _OF_8_BITS if client.supports_extension("8BITMIME") else _OF_7_BITS
    return message.as_bytes(policy=policies[is_ascii])


def _recipient_of(address: str) -> str:
    mailbox, _, domain = address.rpartition("@")
    # Quoted where needed.
    return Address(username=mailbox, domain=domain).addr_spec
