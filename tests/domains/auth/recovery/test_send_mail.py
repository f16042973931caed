"""Mail jobs: sent at least once, retried, limited, and given up after a day."""

import asyncio
from datetime import timedelta
from functools import partial

import pytest
from structlog.testing import capture_logs

from tests import make
from tests.domains.auth.recovery.mails import sending_through, text_of
from tests.infra.smtp import BREAK_OFF, SmtpServer
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.clock import now
from veza.core.ids import UserId, new_id
from veza.domains.auth.factors.shared_queries import insert_recovery
from veza.domains.auth.recovery.held_mails import MailHeld
from veza.domains.auth.recovery.jobs import send_mail
from veza.domains.auth.recovery.models import MailPurpose, SendMail
from veza.domains.auth.recovery.rules import RETRY_FOR
from veza.domains.platform.mail.rules.limits import mail_count_key
from veza.domains.platform.mail.service import SiteMailer
from veza.infra.jobs.queue import enqueue
from veza.infra.jobs.worker import Handler, Worker
from veza.infra.mail.mailer import MailUnavailable
from veza.infra.valkey import client as valkey
from veza.infra.valkey.client import WindowCounters


@pytest.fixture
async def person(services: Services) -> make.Person:
    return await make.person(services)


def _order(person: make.Person, purpose: MailPurpose = MailPurpose.PASSWORD_RESET) -> SendMail:
    email = f"{person.username}@example.com"
    user_id = None if purpose is MailPurpose.PASSWORD_RESET else person.id
    return SendMail(purpose, email, now(), user_id)


async def _sent(services: Services, person: make.Person) -> int:
    key = mail_count_key(MailPurpose.PASSWORD_RESET, f"{person.username}@example.com")
    return (await WindowCounters(services.valkey).get(key)).count


async def _count_waiting(services: Services) -> int:
    async with services.database.read() as conn:
        sql = "select count(*) from jobs where name = 'SendMail' and status = 'queued'"
        return await conn.value(int, sql) or 0


@pytest.mark.parametrize("purpose", list(MailPurpose))
async def test_each_mail_goes_to_its_address(
    services: Services, person: make.Person, purpose: MailPurpose
) -> None:
    server = SmtpServer()
    # One of the mails tells when this is due.
    async with services.database.transaction() as tx:
        await insert_recovery(tx, person.id, "Lost.", timedelta(days=3))
    async with sending_through(services, server) as site_mailer:
        await send_mail(services.database, site_mailer, _order(person, purpose))

    (received,) = server.received
    assert received.recipient == f"{person.username}@example.com"
    assert f"Hello {person.username}," in text_of(received.message)


@pytest.mark.long
async def test_a_temporary_refusal_is_retried(services: Services, person: make.Person) -> None:
    server = SmtpServer({"RCPT": "450 4.2.0 greylisted"})
    async with sending_through(services, server) as site_mailer:
        run = partial(send_mail, services.database, site_mailer)
        worker = Worker(services.addresses.database, {SendMail: Handler(run, at_once=8)}, {})
        async with services.database.transaction() as tx:
            await tx.run("delete from jobs where name = 'SendMail'")
            await enqueue(tx, _order(person))
        working = asyncio.create_task(worker.run())
        await until(lambda: any(said.startswith("RCPT") for said in server.commands))
        assert server.received == []
        server.answers.clear()
        await until(lambda: len(server.received) == 1)
        await worker.stop(grace_s=5)
        await working

    assert await _count_waiting(services) == 0


async def test_an_undelivered_mail_is_not_counted(services: Services, person: make.Person) -> None:
    server = SmtpServer({"greeting": BREAK_OFF})
    async with sending_through(services, server) as site_mailer:
        for _ in range(7):
            with pytest.raises(MailUnavailable):
                await send_mail(services.database, site_mailer, _order(person))
        assert await _sent(services, person) == 0
        server.answers.clear()
        await send_mail(services.database, site_mailer, _order(person))

    assert await _sent(services, person) == 1
    assert len(server.received) == 1


async def test_a_permanent_refusal_is_not_retried(services: Services, person: make.Person) -> None:
    server = SmtpServer({"RCPT": "550 5.1.1 nobody@example.com is nobody here"})
    with capture_logs() as logs:
        async with sending_through(services, server) as site_mailer:
            with pytest.raises(MailHeld, match=r"550 5\.1\.1") as held:
                await send_mail(services.database, site_mailer, _order(person))

    assert "example.com" not in str(held.value)
    (line,) = logs
    assert line["event"] == "mail_refused"
    assert "550 5.1.1" in line["reason"]
    assert "example.com" not in str(line)


async def test_a_mail_is_retried_for_a_day(services: Services, person: make.Person) -> None:
    late = SendMail(
        MailPurpose.PASSWORD_RESET,
        f"{person.username}@example.com",
        now() - RETRY_FOR - timedelta(seconds=1),
    )
    with capture_logs() as logs:
        async with sending_through(services, SmtpServer({"MAIL": "451 no"})) as site_mailer:
            with pytest.raises(MailHeld, match="451 no"):
                await send_mail(services.database, site_mailer, late)

    assert [line["event"] for line in logs] == ["mail_given_up"]
    assert person.username not in str(logs)


async def test_after_sending_twice_only_the_newer_link_works(
    services: Services, person: make.Person
) -> None:
    server = SmtpServer()
    order = _order(person)
    async with sending_through(services, server) as site_mailer:
        await send_mail(services.database, site_mailer, order)
        await send_mail(services.database, site_mailer, order)

    assert len(server.received) == 2
    async with services.database.read() as conn:
        sql = "select count(*) from email_tokens where user_id = $1"
        assert await conn.value(int, sql, person.id) == 1


@pytest.mark.parametrize("purpose", list(MailPurpose))
async def test_a_mail_to_an_erased_member_is_not_sent(
    services: Services, purpose: MailPurpose
) -> None:
    server = SmtpServer()
    nobody = SendMail(purpose, "nobody@example.com", now(), UserId(new_id()))
    async with sending_through(services, server) as site_mailer:
        await send_mail(services.database, site_mailer, nobody)

    assert server.commands == []


async def test_mails_are_sent_without_valkey(services: Services, person: make.Person) -> None:
    server = SmtpServer()
    async with (
        valkey.connect("unix:///nowhere/valkey.sock") as gone,
        sending_through(services, server) as with_valkey,
    ):
        site_mailer = SiteMailer(
            with_valkey.mailer,
            WindowCounters(gone),
            with_valkey.front_end,
            with_valkey.own_url,
            services.url_signer,
            with_valkey.appeal_window,
        )
        for _ in range(7):
            await send_mail(services.database, site_mailer, _order(person))

    assert len(server.received) == 5
