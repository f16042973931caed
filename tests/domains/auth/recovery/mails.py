"""Read the mails written to the folder of the tests, and use their links."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import cast

import httpx
import msgspec

from tests.infra.smtp import SmtpServer
from veza.app.paths import mail_folder
from veza.app.services import Services
from veza.domains.platform.mail.service import SiteMailer
from veza.infra.mail.mailer import open_mailer

NEXT = "another long sentence"
SENDER = "Veza <veza@veza.example>"


def read_mails(services: Services, to: str) -> list[EmailMessage]:
    """Read the mails to an address, the oldest first."""
    folder = mail_folder(services.settings)
    paths = sorted(folder.glob("*.eml")) if folder.exists() else []
    messages = [
        cast(EmailMessage, message_from_bytes(path.read_bytes(), policy=SMTP)) for path in paths
    ]
    return [message for message in messages if message["To"] == to]


def text_of(mail: EmailMessage) -> str:
    """Return what a mail says as text."""
    return _part_of(mail, "plain")


def html_of(mail: EmailMessage) -> str:
    """Return what a mail says as HTML."""
    return _part_of(mail, "html")


def _part_of(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body([kind])
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def subjects(services: Services, to: str) -> list[str]:
    """Tell what mails to an address are about, without the name of the server."""
    return [str(mail["Subject"]).partition(" (")[0] for mail in read_mails(services, to)]


def find_tokens(services: Services, to: str, path: str) -> list[str]:
    """Find the tokens of the links to `path` that went to an address, the oldest first."""
    found = [
        re.search(rf"/{path}#token=([\w-]{{43}})$", text_of(mail), re.MULTILINE)
        for mail in read_mails(services, to)
    ]
    return [match[1] for match in found if match is not None]


def reset_tokens(services: Services, to: str) -> list[str]:
    return find_tokens(services, to, "reset-password")


def verification_tokens(services: Services, to: str) -> list[str]:
    return find_tokens(services, to, "verify-email")


async def request_reset(client: httpx.AsyncClient, email: str) -> httpx.Response:
    return await client.post("auth/password/forgot", json={"email": email})


async def reset(client: httpx.AsyncClient, token: str, password: str = NEXT) -> httpx.Response:
    body = {"token": token, "new_password": password}
    return await client.post("auth/password/reset", json=body)


async def verify(client: httpx.AsyncClient, token: str) -> httpx.Response:
    return await client.post("auth/email/verify", json={"token": token})


@asynccontextmanager
async def sending_through(services: Services, server: SmtpServer) -> AsyncIterator[SiteMailer]:
    """Yield a mailer that sends through the given SMTP server."""
    async with server.listening():
        mailer = open_mailer(server.url(), SENDER, mail_folder(services.settings))
        yield msgspec.structs.replace(services.site_mailer, mailer=mailer)
