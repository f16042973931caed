"""Mails as receivers get them: a mail server that others wrote takes them.

Signatures (DKIM) are added by the mail server of an operator: here by one that signs with
dkimpy, which also verifies what arrives.
"""

import asyncio
import base64
import re
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default as as_received
from pathlib import Path

import aiosmtplib
import dkim
import msgspec
import pytest
from aiosmtpd.smtp import SMTP
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

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
        self.raw = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - as aiosmtpd calls it
        message = message_from_bytes(envelope.content, policy=as_received)
        self.raw.append(envelope.original_content)
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, message))
        return "250 Taken"


class SigningServer:
    """The mail server of an operator: it signs each mail for its domain, and passes it on."""

    def __init__(self, onward, domain):
        self.onward, self.domain, self.url = onward, domain, ""
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - as aiosmtpd calls it
        content = envelope.original_content
        names = [line.partition(b":")[0].lower() for line in content.splitlines()]
        signed = [b"from", b"to", b"subject", b"date", b"message-id"]
        # RFC 8058 asks for these to be signed.
        signed += [n for n in (b"list-unsubscribe", b"list-unsubscribe-post") if n in names]
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        signature = dkim.sign(content, b"veza", self.domain, pem, include_headers=signed)
        await aiosmtplib.send(
            signature + content,
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            hostname="127.0.0.1",
            port=int(self.onward.url.rpartition(":")[2]),
        )
        return "250 Taken"

    def look_up(self, name, **_limits):
        """Return the record that the domain of the operator publishes."""
        assert name == b"veza._domainkey." + self.domain + b"."
        public = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@asynccontextmanager
async def serving(handler):
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(handler, hostname="mail.example", enable_SMTPUTF8=True, loop=loop),
        "127.0.0.1",
        0,
    )
    async with server:
        handler.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield handler


@pytest.fixture
async def mailbox():
    async with serving(Mailbox()) as made:
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


async def test_what_an_operator_signs_is_verified_where_it_arrives(
    app, client, services, artist, mailbox
):
    reader = await follower(services, artist)
    async with serving(SigningServer(mailbox, b"example.org")) as server:
        async with open_post(app, services, server.url) as post:
            await send(client, post, artist, subject="Fähre bei Nacht", text=_TEXT)
        mailer = open_mailer(server.url, "Veza <veza@example.org>", Path("/nowhere"))
        site = msgspec.structs.replace(services.site_mailer, mailer=mailer)
        letter = Letter(Language.FRENCH, "Ton reçu", [Quote(_TEXT), Button("Ouvrir", _LINK)], "Où.")
        await site.send(site.write(letter, "juergen@example.org", owner=""))
        assert [to for _, to, _ in mailbox.mails] == [[email_of(reader)], ["juergen@example.org"]]
        for raw in mailbox.raw:
            assert dkim.verify(raw, dnsfunc=server.look_up)
        broadcast, receipt = mailbox.raw
        signature = " ".join(str(mailbox.mails[0][2]["DKIM-Signature"]).split())
        assert "list-unsubscribe : list-unsubscribe-post" in signature
        # Neither the words nor the link that ends it can be another.
        for old, new in ((b"/unsubscribe>", b"/unsubscribed>"), (b"List-Unsubscribe=", b"Other=")):
            assert old in broadcast
            assert not dkim.verify(broadcast.replace(old, new), dnsfunc=server.look_up)
        assert not dkim.verify(receipt + b"More.\r\n", dnsfunc=server.look_up)
