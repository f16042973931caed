"""Mails as receivers get them: a mail server that others wrote takes them.

Signatures (DKIM) are added by the mail server of an operator, which is not part of this.
"""

import asyncio
import re
from email import message_from_bytes
from email.policy import default as as_received
from pathlib import Path

import msgspec
import pytest
from aiosmtpd.smtp import SMTP

from tests.domains.mailings.mailing_steps import OWN_URL, email_of, follower, open_post, send
from tests.support.mail_pages import read, words
from veza.core.languages import Language
from veza.domains.platform.mail.models import Button, Heading, Letter, Paragraph, Quote
from veza.infra.mail.mailer import open_mailer

_TEXT = (
    """Zwölf Titel, ein Jahr.

.
Listen: https://a.example/1?x=1&y=2

"""
    + "A line that is longer than the 998 bytes that a line may have. " * 20
)
_LINK = "https://music.example/reset-password#token=" + "t" * 43


class Mailbox:
    """The mails that a server has taken: from whom, to whom, and what."""

    def __init__(self):
        self.url = ""
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - as aiosmtpd calls it
        message = message_from_bytes(envelope.content, policy=as_received)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, message))
        return "250 Taken"


@pytest.fixture
async def mailbox():
    made, loop = Mailbox(), asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(made, hostname="mail.example", enable_SMTPUTF8=True, loop=loop),
        "127.0.0.1",
        0,
    )
    async with server:
        made.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield made


def read_parts(message):
    """Return the text of a mail and the page in it, which say the same and link to the same."""
    assert message.get_content_type() == "multipart/alternative"
    assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
    assert not [part.defects for part in message.walk() if part.defects]
    text = message.get_body(("plain",)).get_content()
    page = read(message.get_body(("html",)).get_content())
    shown = words(" ".join(page.shown))
    urls = set(re.findall(r"https?://[^\s<>]+", text))
    for url in urls:
        text = text.replace(url, " ")
    links = {link for link in page.links if link.startswith("http")}
    assert words(text) <= shown | words(" ".join(urls))
    assert urls <= links | set(re.findall(r"https?://[^\s<>]+", " ".join(page.shown)))
    return text, page


async def test_a_broadcast_arrives_whole_and_ends_by_one_click(
    app, client, services, artist, mailbox
):
    readers = [await follower(services, artist) for _ in range(2)]
    async with open_post(app, services, mailbox.url) as post:
        broadcast = await send(client, post, artist, subject="Fähre bei Nacht", text=_TEXT)
    assert broadcast["sent"] == 2
    assert sorted(to for _, [to], _ in mailbox.mails) == sorted(map(email_of, readers))
    for sender, [to], message in mailbox.mails:
        assert sender.startswith("bounces+")
        assert message["To"].addresses[0].addr_spec == to
        assert (message["Subject"], message["Auto-Submitted"]) == (
            "Fähre bei Nacht",
            "auto-generated",
        )
        assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        text, page = read_parts(message)
        assert "Zwölf Titel" in text
        assert "https://a.example/1?x=1&y=2" in page.links
        url = message["List-Unsubscribe"].strip("<>")
        assert url.startswith(f"{OWN_URL}/api/v1/")
        # What mail programs send, without credentials.
        path = url.removeprefix(f"{OWN_URL}/api/v1/")
        answer = await client.post(path, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200, answer.text
    mailbox.mails.clear()
    async with open_post(app, services, mailbox.url) as post:
        assert (await send(client, post, artist)).get("sent", 0) == 0
    assert mailbox.mails == []


async def test_a_mail_that_somebody_waits_for_arrives_whole_and_nobody_can_end_it(
    services, mailbox
):
    mailer = open_mailer(mailbox.url, "Veza <veza@example.org>", Path("/nowhere"))
    site = msgspec.structs.replace(services.site_mailer, mailer=mailer)
    letter = Letter(
        Language.GERMAN,
        "Dein Paßwort",
        [Heading("Größe & Maß"), Paragraph("Öffne das:"), Quote(_TEXT), Button("Öffnen", _LINK)],
        "Weil du es wolltest.",
    )
    await site.send(site.write(letter, "juergen@example.org", owner=""))
    [(sender, [to], message)] = mailbox.mails
    assert (sender, to) == ("veza@example.org", "juergen@example.org")
    assert (message["List-Unsubscribe"], message["List-Unsubscribe-Post"]) == (None, None)
    assert message["Subject"] == "Dein Paßwort"
    _, page = read_parts(message)
    assert _LINK in page.links
    assert {"Größe", "Maß", "Öffnen"} <= words(" ".join(page.shown))
