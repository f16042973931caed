"""A real SMTP server on this machine: it takes mails, refuses, hangs or breaks off on demand."""

import asyncio
import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, message_from_string
from email.message import EmailMessage
from email.policy import SMTPUTF8
from pathlib import Path
from typing import cast

TLS = Path(__file__).parent / "tls"
AUTHORITY = TLS / "ca.pem"
HANG, BREAK_OFF = "hang", "break off"


@dataclass(frozen=True)
class Received:
    """A mail as it came in."""

    sender: str
    recipient: str
    content: bytes
    is_private: bool
    user: str | None

    @property
    def message(self) -> EmailMessage:
        head = self.content.partition(b"\r\n\r\n")[0]
        if head.isascii():
            return cast(EmailMessage, message_from_bytes(self.content, policy=SMTPUTF8))
        # Of bytes, Python reads no headers in UTF-8.
        return cast(EmailMessage, message_from_string(self.content.decode(), policy=SMTPUTF8))


@dataclass
class SmtpServer:
    """What the server is like; `answers` are what it says instead of the usual, by command."""

    answers: dict[str, str] = field(default_factory=dict)
    # What it says to recipients, by their addresses.
    recipients: dict[str, str] = field(default_factory=dict)
    extensions: list[str] = field(default_factory=lambda: ["SMTPUTF8", "8BITMIME"])
    # The only one who may sign in: a name and a password.
    account: tuple[str, str] | None = None
    # A file of tests/infra/tls; with it STARTTLS is offered.
    certificate: str | None = None
    is_private_from_start: bool = False
    received: list[Received] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    port: int = 0

    def url(self, credentials: str = "", options: str = "") -> str:
        scheme = "smtps" if self.is_private_from_start else "smtp"
        return f"{scheme}://{credentials}127.0.0.1:{self.port}{options}"

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["SmtpServer"]:
        talks: set[asyncio.Task[None]] = set()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            try:
                await _Talk(self, reader, writer).run()
            except (OSError, asyncio.CancelledError):
                # The other side hung up, or the test is over.
                pass
            finally:
                writer.close()

        context = self.tls_context() if self.is_private_from_start else None
        server = await asyncio.start_server(talk, "127.0.0.1", self.port, ssl=context)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in talks:
                task.cancel()
            await asyncio.gather(*talks, return_exceptions=True)

    def tls_context(self) -> ssl.SSLContext:
        assert self.certificate is not None
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / self.certificate)
        return context


class _Talk:
    """One conversation."""

    def __init__(
        self, server: SmtpServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._is_private = server.is_private_from_start
        self._user: str | None = None
        self._sender = self._recipient = ""

    async def run(self) -> None:
        await self._say("greeting", "220 test ESMTP")
        while line := await self._reader.readline():
            command = line.decode().rstrip("\r\n")
            self._server.commands.append(command)
            verb = command.partition(" ")[0].upper()
            await getattr(self, f"_do_{verb.lower()}", self._do_unknown)(command)
            if verb == "QUIT":
                return

    async def _say(self, what: str, usual: str) -> bool:
        """Say the usual thing, or what is to be said instead; tell whether it was the usual."""
        answer = self._server.answers.get(what, usual)
        if answer == HANG:
            await asyncio.Event().wait()
        if answer == BREAK_OFF:
            self._writer.close()
            raise ConnectionAbortedError
        self._writer.write(f"{answer}\r\n".encode())
        await self._writer.drain()
        return answer == usual

    async def _do_ehlo(self, _: str) -> None:
        offered = list(self._server.extensions)
        if self._server.certificate and not self._is_private:
            offered.append("STARTTLS")
        if self._server.account:
            offered.append("AUTH PLAIN")
        lines = ["test", *offered]
        usual = "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])
        await self._say("EHLO", usual)

    async def _do_helo(self, _: str) -> None:
        await self._say("EHLO", "250 test")

    async def _do_starttls(self, _: str) -> None:
        if await self._say("STARTTLS", "220 go ahead"):
            await self._writer.start_tls(self._server.tls_context())
            self._is_private = True

    async def _do_auth(self, command: str) -> None:
        _, user, password = base64.b64decode(command.split(" ")[2]).decode().split("\0")
        if (user, password) == self._server.account:
            self._user = user
            await self._say("AUTH", "235 welcome")
        else:
            await self._say("AUTH", "535 5.7.8 wrong password")

    async def _do_mail(self, command: str) -> None:
        self._sender = command.partition("<")[2].partition(">")[0]
        await self._say("MAIL", "250 ok")

    async def _do_rcpt(self, command: str) -> None:
        self._recipient = command.partition("TO:<")[2].rpartition(">")[0]
        await self._say("RCPT", self._server.recipients.get(self._recipient, "250 ok"))

    async def _do_data(self, _: str) -> None:
        if not await self._say("DATA", "354 go on"):
            return
        content = (await self._reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
        # A line with a dot alone would end the mail, so it comes with another in front.
        content = content.replace(b"\r\n..", b"\r\n.")
        answer = self._server.answers.get("content", "250 taken")
        if answer.startswith(("2", HANG)):
            self._server.received.append(
                Received(self._sender, self._recipient, content, self._is_private, self._user)
            )
        # Some servers quote from the mail that they refuse.
        quoted = " ".join(content.decode().split())
        self._server.answers["content"] = answer.replace("{mail}", quoted)
        await self._say("content", "250 taken")

    async def _do_noop(self, _: str) -> None:
        await self._say("NOOP", "250 ok")

    async def _do_rset(self, _: str) -> None:
        await self._say("RSET", "250 ok")

    async def _do_quit(self, _: str) -> None:
        await self._say("QUIT", "221 bye")

    async def _do_unknown(self, _: str) -> None:
        await self._say("unknown", "502 what?")
