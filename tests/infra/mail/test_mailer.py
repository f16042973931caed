"""Mail into a folder, and what the settings say of senders and servers."""

import asyncio
import stat
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import cast

import pytest
from msgspec import structs

from veza.core.clock import now
from veza.core.errors import CannotStart
from veza.infra.mail.mail_settings import StartTls
from veza.infra.mail.mailer import (
    KEPT_FOR,
    Mail,
    MailFile,
    MailRefused,
    MailUnavailable,
    compose,
    open_mailer,
    read_sender,
    read_smtp_url,
)

SENDER = "Veza <veza@example.org>"
SENDER_ADDRESS = read_sender(SENDER)
LINK = "https://app.example/reset-password#token=" + "t" * 43
OWNER = "01a21c1c-f360-71c4-ab00-d8963b608d1b"
MAIL = Mail("ada@example.com", "Your password", f"Open this:\n\n{LINK}\n\n.\nBye.\n")


async def test_without_a_server_a_mail_is_a_file(tmp_path: Path) -> None:
    folder = tmp_path / "data" / "mail"
    mailer = open_mailer(None, SENDER, folder)
    assert str(folder) in await mailer.check()
    assert not folder.exists(), "Looking makes nothing."
    await mailer.send(MAIL)

    (path,) = folder.iterdir()
    assert path.suffix == ".eml"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert LINK in path.read_text(), "Whoever reads the file finds the link whole."
    message = cast(EmailMessage, message_from_bytes(path.read_bytes(), policy=SMTP))
    assert (message["To"], message["Subject"]) == (MAIL.to, MAIL.subject)
    assert message.get_content().replace("\r\n", "\n") == MAIL.text


async def test_files_sort_by_the_time_of_their_mails(tmp_path: Path) -> None:
    mailer = open_mailer(None, SENDER, tmp_path)
    for number in range(20):
        await mailer.send(Mail("ada@example.com", str(number), "Hello"))

    messages = [message_from_bytes(path.read_bytes()) for path in sorted(tmp_path.iterdir())]
    assert [message["Subject"] for message in messages] == [str(number) for number in range(20)]


async def test_many_mails_at_once_are_as_many_files(tmp_path: Path) -> None:
    mailer = open_mailer(None, SENDER, tmp_path)
    await asyncio.gather(*(mailer.send(MAIL) for _ in range(50)))

    assert len(list(tmp_path.glob("*.eml"))) == len(list(tmp_path.iterdir())) == 50


async def test_a_folder_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("This is a file.")
    mailer = open_mailer(None, SENDER, tmp_path / "mail")

    with pytest.raises(MailUnavailable, match="mail can't be written"):
        await mailer.send(MAIL)


async def test_old_files_are_forgotten_and_strangers_stay(tmp_path: Path) -> None:
    mailer = open_mailer(None, SENDER, tmp_path)
    await mailer.send(MAIL)
    (fresh,) = tmp_path.iterdir()
    month_ago = f"{now() - KEPT_FOR - timedelta(minutes=1):%Y%m%dT%H%M%S.%fZ}-01234567.eml"
    (tmp_path / month_ago).write_text("")
    (tmp_path / f".{month_ago}").write_text("A crash left half a mail.")
    (tmp_path / "0-notes.txt").write_text("")
    await mailer.forget_old()
    await mailer.send(MAIL)

    names = {path.name for path in tmp_path.iterdir()}
    assert len(names) == 3
    assert names > {fresh.name, "0-notes.txt"}


async def test_the_files_of_one_owner_are_deleted_and_no_others(tmp_path: Path) -> None:
    mailer = open_mailer(None, SENDER, tmp_path)
    await mailer.forget(OWNER)
    for to in ("ada@example.com", "ada@old.example"):
        await mailer.send(Mail(to, "Hello", "Ada", owner=OWNER))
    await mailer.send(Mail("grace@example.com", "Hello", "Grace", owner=OWNER.replace("1", "2")))
    await mailer.send(MAIL)
    crashed = f"{now():%Y%m%dT%H%M%S.%fZ}-01234567-{OWNER}.eml"
    (tmp_path / f".{crashed}").write_text("A crash left half a mail.")

    await mailer.forget(OWNER)

    left = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert len(list(tmp_path.iterdir())) == 2
    assert b"ada@old" not in left
    assert b"grace@example.com" in left


def test_a_sender_may_have_a_name_or_none() -> None:
    assert str(compose(MAIL, read_sender("veza@example.org"))["From"]) == "veza@example.org"
    named = compose(MAIL, read_sender("Véza ♪ <veza@example.org>"))
    assert named["From"].addresses[0].display_name == "Véza ♪"


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "a@b, c@d", "Veza <>", "a b <c d@e>", "a@b\r\nBcc: c@d", "gröber@example.org"],
)
def test_what_is_no_sender_stops_the_start(text: str, tmp_path: Path) -> None:
    with pytest.raises(CannotStart, match="mailbox@domain"):
        open_mailer(None, text, tmp_path)


@pytest.mark.parametrize(
    ("url", "host", "port", "start_tls"),
    [
        ("smtp://mail.example", "mail.example", 587, StartTls.OFFERED),
        ("smtp://mail.example:25/", "mail.example", 25, StartTls.OFFERED),
        ("smtp://me:pw@mail.example", "mail.example", 587, StartTls.REQUIRED),
        ("smtp://mail.example?starttls=required", "mail.example", 587, StartTls.REQUIRED),
        ("smtp://mail.example?starttls=never", "mail.example", 587, StartTls.NEVER),
        ("smtp://localhost:1025", "localhost", 1025, StartTls.NEVER),
        ("smtp://[::1]:25", "::1", 25, StartTls.NEVER),
        ("smtp://me:pw@127.0.0.1", "127.0.0.1", 587, StartTls.NEVER),
        ("smtp://127.0.0.1?starttls=offered", "127.0.0.1", 587, StartTls.OFFERED),
        ("smtps://me:pw@mail.example", "mail.example", 465, None),
        ("smtps://mail.example:1465", "mail.example", 1465, None),
    ],
)
def test_a_url_says_how_to_speak_to_the_server(
    url: str, host: str, port: int, start_tls: StartTls | None
) -> None:
    server = read_smtp_url(url)

    assert (server.host, server.port, server.start_tls) == (host, port, start_tls)
    assert server.password == ("pw" if "pw" in url else None)


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "smtp://:587",
        "smtp://me:swordfish@",
        "smtp://me:swordfish@mail.example:port",
        "smtp://me:swordfish@mail.example:99999",
        "smtp://me:swordfish@mail.example/path",
        "smtp://me:swordfish@mail.example#x",
        "smtp://me:swordfish@mail.example?tls=1",
        "smtp://me:swordfish@mail.example?starttls=maybe",
        "smtp://me:swordfish@mail.example?starttls=never",
        "smtp://me:swordfish@mail.example?starttls=offered",
        "smtps://me:swordfish@mail.example?starttls=required",
        "smtp://[me:swordfish@mail.example",
    ],
)
def test_a_url_that_cannot_be_used_stops_the_start_without_its_secret(url: str) -> None:
    with pytest.raises(CannotStart) as stopped:
        read_smtp_url(url)

    assert "swordfish" not in str(stopped.value)
    assert stopped.value.__suppress_context__ or stopped.value.__context__ is None


def test_a_mail_to_many_says_how_to_end_it_in_one_line() -> None:
    url = f"https://sea.example/unsubscribe/{'aB3_-' * 60}"
    message = compose(structs.replace(MAIL, unsubscribe_url=url), read_sender(SENDER))

    received = message_from_bytes(message.as_bytes(policy=SMTP), policy=SMTP)
    assert f"\r\nList-Unsubscribe: <{url}>\r\n".encode() in message.as_bytes(policy=SMTP)
    assert received["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    plain = compose(structs.replace(MAIL, unsubscribe_url="http://sea.example/u"), SENDER_ADDRESS)
    assert (plain["List-Unsubscribe"], plain["List-Unsubscribe-Post"]) == (
        "<http://sea.example/u>",
        None,
    )


@pytest.mark.parametrize(
    "change",
    [
        {"unsubscribe_url": "https://sea.example/u>\r\nBcc: eve@example.com"},
        {"unsubscribe_url": "https://sea.example/u> <mailto:eve@example.com"},
        {"unsubscribe_url": "mailto:eve@example.com"},
        {"sender_name": "Eve\r\nBcc: eve@example.com"},
        {"sender_name": "Eve\u2028"},
    ],
)
def test_no_name_and_no_url_is_a_header(change: dict[str, str]) -> None:
    with pytest.raises(MailRefused):
        compose(structs.replace(MAIL, **change), SENDER_ADDRESS)


def test_text_html_and_files_are_parts_and_a_repeated_mail_has_its_id() -> None:
    file = MailFile("invoice é.pdf", "application/pdf", b"%PDF-1")
    mail = structs.replace(MAIL, html=f"<p>Grüße {LINK}</p>", files=[file], message_key="order:1")
    first, second = (compose(mail, SENDER_ADDRESS) for _ in range(2))

    message = cast(EmailMessage, message_from_bytes(first.as_bytes(policy=SMTP), policy=SMTP))
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Message-ID"] != compose(MAIL, SENDER_ADDRESS)["Message-ID"]
    text, html = message.get_body(["plain"]), message.get_body(["html"])
    assert text is not None
    assert html is not None
    assert (LINK in text.get_content(), LINK in html.get_content()) == (True, True)
    assert LINK.encode() in first.as_bytes(policy=SMTP), "An accent does not encode a link."
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "invoice é.pdf"
    assert attached.get_content() == b"%PDF-1"
