"""Mail through a server that takes it, refuses it, hangs, or can't be trusted."""

import asyncio
from pathlib import Path

import pytest

from tests.infra.smtp import AUTHORITY, BREAK_OFF, HANG, SmtpServer
from tests.infra.waiting import until
from veza.infra.mail import mailer as module
from veza.infra.mail.mailer import Mail, MailRefused, MailUnavailable, open_mailer

SENDER = "Veza <veza@example.org>"
LINK = "https://app.example/reset-password#token=" + "t" * 43
MAIL = Mail("ada@example.com", "Your password", f"Open this:\n\n{LINK}\n\n.\nBye.\n")
ACCOUNT = ("ada@mail", "s3cret: per%cent/")
CREDENTIALS = "ada%40mail:s3cret%3A%20per%25cent%2F@"


@pytest.fixture
def trusting(monkeypatch) -> None:
    """Trust the authority of the tests, as an operator would tell OpenSSL to trust their own."""
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))


@pytest.fixture
def impatient(monkeypatch) -> None:
    monkeypatch.setattr(module, "ANSWER_TIMEOUT_S", 0.2)
    monkeypatch.setattr(module, "CONVERSATION_TIMEOUT_S", 0.5)
    monkeypatch.setattr(module, "GOODBYE_TIMEOUT_S", 0.1)


async def _send(url: str, mail: Mail = MAIL) -> None:
    await open_mailer(url, SENDER, Path("/nowhere")).send(mail)


async def test_a_mail_arrives_whole_with_its_headers() -> None:
    async with SmtpServer().listening() as server:
        await _send(server.url())

    (received,) = server.received
    assert (received.sender, received.recipient) == ("veza@example.org", "ada@example.com")
    message = received.message
    assert message["From"] == "Veza <veza@example.org>"
    assert message["To"] == "ada@example.com"
    assert message["Subject"] == "Your password"
    assert message["Date"].datetime.tzinfo is not None
    assert message["Message-ID"].endswith("@example.org>")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content().replace("\r\n", "\n") == MAIL.text
    assert LINK.encode() in received.content, "A link is never broken by its encoding."
    assert server.commands[-1] == "QUIT"


async def test_each_mail_has_an_id_of_its_own() -> None:
    async with SmtpServer().listening() as server:
        for _ in range(3):
            await _send(server.url())

    assert len({received.message["Message-ID"] for received in server.received}) == 3


async def test_any_words_arrive_as_they_are() -> None:
    mail = Mail("ada@example.com", "Пароль 🎵 " + "é" * 200, "Zoë, いらっしゃい\n" + "x" * 3000)
    async with SmtpServer().listening() as server:
        await _send(server.url(), mail)

    (received,) = server.received
    assert received.message["Subject"] == mail.subject
    assert received.message.get_content().replace("\r\n", "\n").rstrip("\n") == mail.text
    assert max(map(len, received.content.split(b"\r\n"))) <= 998


@pytest.mark.parametrize(
    ("to", "written"),
    [
        ("o'brien+tag@example.com", "o'brien+tag@example.com"),
        ("a,b@example.com", '"a,b"@example.com'),
        ("<a>@example.com", '"<a>"@example.com'),
        ("a;b:c@example.com", '"a;b:c"@example.com'),
        ("gröber@bücher.example", "gröber@bücher.example"),
        ("x" * 200 + "@mail.example.com", "x" * 200 + "@mail.example.com"),
    ],
)
async def test_an_odd_address_stays_one_address(to: str, written: str) -> None:
    async with SmtpServer().listening() as server:
        await _send(server.url(), Mail(to, "Hello", "Hello"))

    (received,) = server.received
    assert received.recipient == written
    assert received.message["To"].addresses[0].addr_spec == written
    assert len(received.message["To"].addresses) == 1


@pytest.mark.parametrize(
    ("to", "subject"),
    [
        ("ada@example.com\r\nBcc: eve@example.com", "Hello"),
        ("ada@example.com\nBcc: eve@example.com", "Hello"),
        ("ada\r\n@example.com", "Hello"),
        ("ada@example.com>", "Hello"),
        ("ada@example.com> SIZE=1", "Hello"),
        ("ada@exam ple.com", "Hello"),
        ("ada@[127.0.0.1]", "Hello"),
        ("ada\0@example.com", "Hello"),
        ("ada\x85@example.com", "Hello"),
        ("ada\u2028@example.com", "Hello"),
        ("ada", "Hello"),
        ("", "Hello"),
        ("@", "Hello"),
        ("ada@", "Hello"),
        ("ada@example.com", "Hello\r\nBcc: eve@example.com"),
        ("ada@example.com", "Hello\nBcc: eve@example.com"),
        ("ada@example.com", "Hello\r"),
    ],
)
async def test_nobody_writes_headers_or_commands(to: str, subject: str) -> None:
    async with SmtpServer().listening() as server:
        with pytest.raises(MailRefused) as refused:
            await _send(server.url(), Mail(to, subject, "Hello"))

    assert server.commands == []
    assert "eve" not in str(refused.value)


async def test_an_address_beyond_ascii_needs_a_server_that_knows_them() -> None:
    async with SmtpServer(extensions=[]).listening() as server:
        with pytest.raises(MailRefused):
            await _send(server.url(), Mail("gröber@example.com", "Hello", "Hello"))
        await _send(server.url(), MAIL)

    assert len(server.received) == 1


@pytest.mark.parametrize("when", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"])
async def test_a_refusal_for_now_is_an_outage(when: str) -> None:
    answers = {when: "451 4.3.0 try again later"}
    async with SmtpServer(answers).listening() as server:
        with pytest.raises(MailUnavailable, match="451"):
            await _send(server.url())

    assert server.received == []


@pytest.mark.parametrize("when", ["RCPT", "DATA", "content"])
async def test_a_refusal_for_good_is_one(when: str) -> None:
    answers = {when: "550 5.1.1 nobody here"}
    async with SmtpServer(answers).listening() as server:
        with pytest.raises(MailRefused, match=r"550 5\.1\.1$"):
            await _send(server.url())

    assert server.received == []


async def test_a_sender_who_is_refused_is_for_the_operator_to_put_right() -> None:
    async with SmtpServer({"MAIL": "553 5.7.1 not your address"}).listening() as server:
        with pytest.raises(MailUnavailable, match="not your address"):
            await _send(server.url())


async def test_what_a_server_quotes_of_a_mail_is_not_repeated() -> None:
    for code in (450, 554):
        answers = {"content": f"{code} 5.7.1 forbidden: {{mail}}"}
        async with SmtpServer(answers).listening() as server:
            with pytest.raises((MailRefused, MailUnavailable)) as refused:
                await _send(server.url())

        assert LINK in server.answers["content"], "The server did quote it."
        error: BaseException | None = refused.value
        assert error is not None
        assert "tttt" not in repr(error)
        assert error.__cause__ is None
        assert error.__suppress_context__


@pytest.mark.long
@pytest.mark.parametrize("when", ["greeting", "EHLO", "MAIL", "RCPT", "DATA", "content"])
@pytest.mark.parametrize("how", [HANG, BREAK_OFF])
async def test_a_server_that_hangs_or_breaks_off_is_an_outage(
    impatient: None, how: str, when: str
) -> None:
    async with SmtpServer({when: how}).listening() as server:
        with pytest.raises(MailUnavailable):
            await _send(server.url())


async def test_a_server_that_answers_drop_by_drop_is_not_waited_for(impatient: None) -> None:
    async def drip(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                writer.write(b"220-wait\r\n")
                await writer.drain()
                await asyncio.sleep(0.05)
        except OSError:
            writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(MailUnavailable):
            await _send(f"smtp://127.0.0.1:{port}")


@pytest.mark.parametrize("how", [HANG, BREAK_OFF, "421 too busy to say goodbye", "nonsense"])
async def test_what_was_taken_is_taken_however_the_server_says_goodbye(
    monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.setattr(module, "GOODBYE_TIMEOUT_S", 0.1)
    async with SmtpServer({"QUIT": how}).listening() as server:
        await _send(server.url())

    assert len(server.received) == 1


async def test_nobody_there_is_an_outage() -> None:
    async with SmtpServer().listening() as server:
        url = server.url()
    with pytest.raises(MailUnavailable):
        await _send(url)


async def test_a_cancelled_send_hangs_up_at_once() -> None:
    async with SmtpServer({"MAIL": HANG}).listening() as server:
        sending = asyncio.create_task(_send(server.url()))
        await until(lambda: any(command.startswith("MAIL") for command in server.commands))
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_a_password_with_any_characters_signs_in(trusting: None) -> None:
    server = SmtpServer(account=ACCOUNT, certificate="here.pem")
    async with server.listening():
        await _send(server.url(CREDENTIALS, "?starttls=required"))

    (received,) = server.received
    assert received.is_private
    assert received.user == "ada@mail"


async def test_a_wrong_password_is_for_the_operator_to_put_right(trusting: None) -> None:
    server = SmtpServer(account=("ada@mail", "another"), certificate="here.pem")
    async with server.listening():
        with pytest.raises(MailUnavailable, match="password") as refused:
            await _send(server.url(CREDENTIALS, "?starttls=required"))

    assert "s3cret" not in repr(refused.value)
    assert server.received == []


async def test_tls_from_the_start(trusting: None) -> None:
    server = SmtpServer(certificate="here.pem", is_private_from_start=True)
    async with server.listening():
        await _send(server.url())

    assert server.received[0].is_private


async def test_starttls_is_used_where_it_is_offered(trusting: None) -> None:
    async with SmtpServer(certificate="here.pem").listening() as server:
        await _send(server.url(options="?starttls=offered"))
    async with SmtpServer().listening() as plain:
        await _send(plain.url(options="?starttls=offered"))

    assert [received.is_private for received in server.received + plain.received] == [True, False]


async def test_where_starttls_is_required_and_missing_nothing_is_told() -> None:
    async with SmtpServer(account=ACCOUNT).listening() as server:
        with pytest.raises(MailUnavailable, match="STARTTLS"):
            await _send(server.url(CREDENTIALS, "?starttls=required"))

    assert [command.partition(" ")[0] for command in server.commands] in (
        ["EHLO"],
        ["EHLO", "QUIT"],
    )


@pytest.mark.parametrize("is_private_from_start", [True, False])
@pytest.mark.parametrize("flaw", ["wrong name", "unknown authority"])
async def test_a_server_that_cannot_be_trusted_gets_no_mail(
    flaw: str, is_private_from_start: bool, monkeypatch
) -> None:
    if flaw == "wrong name":
        monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
    certificate = "elsewhere.pem" if flaw == "wrong name" else "here.pem"
    server = SmtpServer(certificate=certificate, is_private_from_start=is_private_from_start)
    async with server.listening():
        with pytest.raises(MailUnavailable):
            await _send(server.url(options="" if is_private_from_start else "?starttls=offered"))

    assert server.received == []


async def test_the_check_signs_in_and_sends_nothing(trusting: None) -> None:
    server = SmtpServer(account=ACCOUNT, certificate="here.pem")
    async with server.listening():
        url = server.url(CREDENTIALS, "?starttls=required")
        words = await open_mailer(url, SENDER, Path("/nowhere")).check()

    assert words == "127.0.0.1 answers, with TLS"
    assert not any(command.startswith("MAIL") for command in server.commands)


async def test_the_check_says_why_a_server_cannot_be_used() -> None:
    async with SmtpServer({"greeting": "554 go away"}).listening() as server:
        with pytest.raises(MailUnavailable, match="554 go away"):
            await open_mailer(server.url(), SENDER, Path("/nowhere")).check()
