"""Mail to many over connections that stay open, through servers that refuse, close and hang."""

from pathlib import Path

import pytest
from msgspec import structs

from tests.infra.smtp import BREAK_OFF, HANG, SmtpServer
from veza.core.ids import new_id
from veza.infra.mail import bulk_mailer as module
from veza.infra.mail.bulk_mailer import BulkMailer
from veza.infra.mail.bulk_messages import BulkMail, SharedMail
from veza.infra.mail.delivery_tokens import DeliveryTokens, find_tokens
from veza.infra.mail.mailer import Mail, MailUnavailable
from veza.infra.mail.refusals import MailRefusal
from veza.infra.mail.separate_mailers import BulkSettings, open_bulk_mailer, open_mailers

TOKENS = DeliveryTokens(b"k" * 32)
SENDER = "Veza <news@example.org>"
NOWHERE = Path("/nowhere")


def bulk(to: str = "ada@example.com", token: str | None = None) -> BulkMail:
    mail = Mail("", "Näws", "Hello, wörld", html="<p>Hello, wörld</p>", is_bulk=True)
    return BulkMail(SharedMail(mail, "night-ferry"), to, "", token or TOKENS.write(new_id(), to))


def opened(server: SmtpServer, bounces: str | None = None) -> BulkMailer:
    return open_bulk_mailer(BulkSettings(server.url(), SENDER, bounces, 2), NOWHERE)


def verbs(server: SmtpServer) -> list[str]:
    return [command.partition(" ")[0] for command in server.commands]


async def test_mails_of_a_session_share_a_connection() -> None:
    async with SmtpServer().listening() as server, opened(server).session() as session:
        for number in range(3):
            assert await session.send(bulk(f"m{number}@example.com")) is None
    assert [each.recipient for each in server.received] == [
        f"m{number}@example.com" for number in range(3)
    ]
    assert verbs(server).count("EHLO") == verbs(server).count("QUIT") == 1


async def test_a_connection_is_not_kept_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAILS_PER_CONNECTION", 2)
    async with SmtpServer().listening() as server, opened(server).session() as session:
        for _ in range(3):
            await session.send(bulk())
    assert verbs(server).count("EHLO") == 2


@pytest.mark.parametrize("extensions", [["SMTPUTF8", "8BITMIME"], []])
async def test_a_token_proves_a_mail_by_its_id_and_return_path(extensions: list[str]) -> None:
    token = TOKENS.write(new_id(), "ada@example.com")
    server, bounces = SmtpServer(extensions=extensions), "bounces@example.org"
    async with server.listening(), opened(server, bounces).session() as session:
        for _ in range(2):
            await session.send(bulk(token=token))
    first, second = server.received
    assert first.sender == second.sender == f"bounces+{token}@example.org"
    assert len(first.sender.partition("@")[0]) <= 64
    assert first.message["Message-ID"] == second.message["Message-ID"] == f"<{token}@example.org>"
    [found] = find_tokens(first.message["Message-ID"])
    assert TOKENS.is_of(found, "Ada@Example.com")
    assert not TOKENS.is_of(found, "eve@example.com")
    assert first.message["Auto-Submitted"] == "auto-generated"
    assert first.message["Precedence"] == "bulk"
    assert first.message["List-Id"] == "<night-ferry.example.org>"
    body = first.message.get_body(("html",))
    assert body is not None
    assert body.get_content().strip() == "<p>Hello, wörld</p>"


async def test_without_an_address_for_bounces_they_go_to_the_sender() -> None:
    async with SmtpServer().listening() as server, opened(server).session() as session:
        await session.send(bulk())
    assert server.received[0].sender == "news@example.org"


@pytest.mark.parametrize(
    ("when", "answer", "refusal", "is_bad"),
    [
        ("RCPT", "550 5.1.1 nobody here", MailRefusal(550, "5.1.1"), True),
        ("RCPT", "550 no such user", MailRefusal(550), True),
        ("RCPT", "550 5.7.1 we don't like you", MailRefusal(550, "5.7.1"), False),
        ("RCPT", "452 4.2.2 full", MailRefusal(452, "4.2.2"), False),
        ("DATA", "554 5.6.0 no", MailRefusal(554, "5.6.0", of_recipient=False), False),
        ("content", "550 5.7.1 spam", MailRefusal(550, "5.7.1", of_recipient=False), False),
    ],
)
async def test_a_refusal_is_about_one_mail(
    when: str, answer: str, refusal: MailRefusal, is_bad: bool
) -> None:
    server = SmtpServer({when: answer})
    async with server.listening(), opened(server).session() as session:
        assert await session.send(bulk()) == refusal
        server.answers.clear()
        assert await session.send(bulk("bob@example.com")) is None
    assert refusal.names_bad_address is is_bad
    assert [each.recipient for each in server.received] == ["bob@example.com"]
    assert verbs(server).count("EHLO") == 1


async def test_an_address_beyond_ascii_is_refused_by_a_server_that_knows_none() -> None:
    server = SmtpServer(extensions=[])
    async with server.listening(), opened(server).session() as session:
        refusal = await session.send(bulk("gröber@example.com"))
        assert refusal is not None
        assert not refusal.names_bad_address
        assert await session.send(bulk()) is None


@pytest.mark.parametrize("to", ["ada", "ada@exam ple.com", "ada@example.com\nBcc: eve@example.com"])
async def test_an_address_that_is_none_is_refused_here(to: str) -> None:
    async with SmtpServer().listening() as server, opened(server).session() as session:
        refusal = await session.send(bulk(to, token="t"))
    assert refusal is not None
    assert refusal.names_bad_address
    assert server.commands == []


async def test_a_subject_that_is_none_says_nothing_of_the_address() -> None:
    shared = structs.replace(
        bulk().shared, mail=structs.replace(bulk().shared.mail, subject="a\nb")
    )
    async with SmtpServer().listening() as server, opened(server).session() as session:
        refusal = await session.send(structs.replace(bulk(), shared=shared))
    assert refusal is not None
    assert refusal.is_permanent
    assert not refusal.names_bad_address
    assert server.commands == []


class Once(dict[str, str]):
    """Answers that are given once."""

    def get(self, key: str, default: str) -> str:  # type: ignore[override]
        return self.pop(key, default)


@pytest.mark.parametrize("answer", ["421 4.4.2 idle for too long", BREAK_OFF])
async def test_a_connection_that_the_server_closed_is_replaced(answer: str) -> None:
    async with SmtpServer().listening() as server, opened(server).session() as session:
        await session.send(bulk())
        server.answers = Once(MAIL=answer)
        assert await session.send(bulk("bob@example.com")) is None
    assert [each.recipient for each in server.received] == ["ada@example.com", "bob@example.com"]
    assert verbs(server).count("EHLO") == 2


@pytest.mark.parametrize(
    "answers",
    [
        {"greeting": "554 go away"},
        {"EHLO": "554 go away"},
        {"MAIL": "553 5.7.1 not your address"},
        {"MAIL": "421 4.3.0 closing"},
        {"RCPT": "421 4.3.0 closing"},
        {"content": "421 4.3.0 closing"},
        {"content": HANG},
    ],
)
async def test_what_is_wrong_with_the_server_is_an_outage(
    monkeypatch: pytest.MonkeyPatch, answers: dict[str, str]
) -> None:
    monkeypatch.setattr(module, "ANSWER_TIMEOUT_S", 0.2)
    async with SmtpServer(answers).listening() as server, opened(server).session() as session:
        with pytest.raises(MailUnavailable):
            await session.send(bulk())


async def test_bulk_mail_has_a_server_and_a_sender_of_its_own() -> None:
    async with SmtpServer().listening() as one, SmtpServer().listening() as many:
        settings = BulkSettings(many.url(), SENDER, None, 2)
        mailer = open_mailers(one.url(), "Veza <veza@example.org>", settings, NOWHERE)
        await mailer.send(Mail("ada@example.com", "Your password", "Hello"))
        await mailer.send(Mail("ada@example.com", "News", "Hello", is_bulk=True))
        assert (await mailer.check()).count("127.0.0.1") == 1
    [to_one], [to_many] = one.received, many.received
    assert (to_one.sender, to_one.message["Subject"]) == ("veza@example.org", "Your password")
    assert (to_many.sender, to_many.message["Subject"]) == ("news@example.org", "News")
