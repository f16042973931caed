"""Mails that were not delivered: listed with their reasons, retried by admins, and deleted."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from uuid import UUID

import msgspec
import pytest

from tests import make
from tests.domains.auth.recovery.mails import sending_through
from tests.infra.smtp import SmtpServer
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.access import Role
from veza.core.clock import now
from veza.domains.auth.recovery import jobs, rules
from veza.domains.auth.recovery.models import MailPurpose, SendMail
from veza.domains.platform.mail.rules.cleaning import mask_address
from veza.infra.jobs.queue import enqueue
from veza.infra.jobs.worker import Handler, Worker

REFUSED = {"RCPT": "550 5.1.1 nobody is here"}
BUSY = {"MAIL": "451 4.3.2 come back later"}


@pytest.fixture
async def admin(services: Services) -> make.Person:
    return await make.person(services, Role.ADMIN)


@pytest.fixture(autouse=True)
async def no_mails(services: Services) -> None:
    async with services.database.transaction() as tx:
        await tx.run("delete from jobs where name = 'SendMail'")


async def order(services: Services, *, age: timedelta = timedelta(0), key: str | None = None):
    """Enqueue a mail to a new member; return them."""
    person = await make.person(services)
    email = f"{person.username}@example.com"
    async with services.database.transaction() as tx:
        job = SendMail(MailPurpose.PASSWORD_CHANGED, email, now() - age, person.id)
        await enqueue(tx, job, key=key)
    return person


async def deliver(services: Services, answers: dict[str, str]) -> SmtpServer:
    """Run each mail once, through a mail server that answers so."""
    server = SmtpServer(answers)
    async with sending_through(services, server) as site_mailer:
        await work(services, partial(jobs.send_mail, services.database, site_mailer))
    return server


async def work(services: Services, run: Callable[[SendMail], Awaitable[None]]) -> None:
    """Run each mail until it has failed, or is sent."""
    async with services.database.transaction() as tx:
        # The next attempt of what fails is later than this one waits for it.
        await tx.run("update jobs set attempts = 8 where name = 'SendMail'")
    worker = Worker(services.addresses.database, {SendMail: Handler(run, at_once=1)}, {})
    working = asyncio.create_task(worker.run())
    await until(lambda: has_run(services))
    await worker.stop(grace_s=5)
    await working


async def has_run(services: Services) -> bool:
    sql = """
        select count(*) from jobs
         where name = 'SendMail' and status <> 'failed' and attempts = 8
    """
    async with services.database.read() as conn:
        return await conn.value(int, sql) == 0


async def listed(client, admin):
    answer = await client.get("admin/held-mails", headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["mails"]


async def retry(client, admin, mail):
    return await client.post(f"admin/held-mails/{mail['id']}/retry", headers=admin.headers)


async def test_a_refused_mail_is_held_at_once_and_sent_when_an_admin_retries_it(
    services, client, admin
):
    person = await order(services)
    await deliver(services, REFUSED)

    [mail] = await listed(client, admin)
    assert (mail["status"], mail["attempts"], mail["next_attempt_at"]) == ("held", 9, None)
    assert mail["reason"] == "The server refuses the recipient: 550 5.1.1"
    assert (mail["purpose"], mail["user_id"]) == ("password_changed", str(person.id))
    assert mail["recipient"] == f"{person.username[0]}…@example.com"

    answer = await retry(client, admin, mail)
    assert answer.status_code == 202, answer.text
    server = await deliver(services, {})

    assert [each.recipient for each in server.received] == [f"{person.username}@example.com"]
    assert await listed(client, admin) == []
    again = await retry(client, admin, mail)
    assert (again.status_code, again.json()["code"]) == (404, "held_mail_not_found")


async def test_a_mail_that_waits_for_its_next_attempt_is_listed_and_hastened(
    services, client, admin
):
    await order(services)
    await deliver(services, BUSY)
    async with services.database.transaction() as tx:
        sql = "update jobs set due_at = now() + interval '5 minutes'"
        await tx.run(f"{sql} where name = 'SendMail'")

    [mail] = await listed(client, admin)
    assert (mail["status"], mail["attempts"], mail["error"]) == ("waiting", 9, "MailUnavailable")
    assert mail["reason"] == "The server refuses: 451 4.3.2 come back later"
    assert (await retry(client, admin, mail)).status_code == 202
    server = await deliver(services, {})

    assert len(server.received) == 1
    assert await listed(client, admin) == []


async def test_a_mail_that_failed_for_a_day_is_held(services, client, admin):
    await order(services, age=rules.RETRY_FOR + timedelta(seconds=1))
    await deliver(services, BUSY)

    [mail] = await listed(client, admin)
    assert (mail["status"], mail["reason"]) == (
        "held",
        "The server refuses: 451 4.3.2 come back later",
    )


async def test_the_text_of_another_error_is_not_shown(services, client, admin):
    await order(services)

    async def fail(_: SendMail) -> None:
        raise ZeroDivisionError("token=secret")

    await work(services, fail)

    [mail] = await listed(client, admin)
    assert (mail["error"], mail["reason"]) == ("ZeroDivisionError", None)
    assert "secret" not in str(mail)


async def test_a_mail_is_not_retried_beside_the_same_one_or_while_it_is_sent(
    services, client, admin
):
    await order(services, key="same")
    await deliver(services, REFUSED)
    [mail] = await listed(client, admin)
    await order(services, key="same")

    answer = await retry(client, admin, mail)
    assert (answer.status_code, answer.json()["code"]) == (409, "mail_not_needed")

    async with services.database.transaction() as tx:
        sql = """
            update jobs
               set status = 'picked', leased_until = now() + interval '1 day', attempts = 1,
                   key = null
             where name = 'SendMail'
        """
        await tx.run(sql)
    for sending in await listed(client, admin):
        answer = await retry(client, admin, sending)
        assert (sending["status"], answer.json()["code"]) == ("sending", "mail_being_sent")


async def test_held_mails_are_paged_bounded_and_deleted_after_a_week(
    services, client, admin, monkeypatch
):
    payload = msgspec.json.encode(SendMail(MailPurpose.NEW_DEVICE, "a@example.com", now()))
    async with services.database.transaction() as tx:
        for age in ("0 s", "6 days", "0 s", "8 days", "0 s"):
            sql = """
                insert into jobs (priority, status, name, payload, updated_at)
                     values (0, 'failed', 'SendMail', $1, now() - $2::text::interval)
            """
            await tx.run(sql, payload, age)
    seen, query = [], {"limit": 2}
    while True:
        answer = await client.get("admin/held-mails", params=query, headers=admin.headers)
        page = answer.json()["data"]
        seen += [mail["id"] for mail in page["mails"]]
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]
    assert len(seen) == 5
    assert seen == sorted(seen, reverse=True)

    await jobs.delete_old_held_mails(services.database)
    assert [mail["id"] for mail in await listed(client, admin)] == [seen[0], *seen[2:]]
    monkeypatch.setattr(rules, "MAX_HELD", 2)
    await jobs.delete_old_held_mails(services.database)
    assert [mail["id"] for mail in await listed(client, admin)] == [seen[0], seen[2]]


async def test_only_admins_see_and_retry_held_mails(services, client, admin):
    for role in (None, Role.USER, Role.MODERATOR):
        headers = (await make.person(services, role)).headers if role else {}
        for method, path in (
            ("GET", "admin/held-mails"),
            ("POST", f"admin/held-mails/{UUID(int=1)}/retry"),
        ):
            answer = await client.request(method, path, headers=headers)
            assert answer.status_code == (403 if role else 401), path
    bad = await client.get("admin/held-mails?cursor=nonsense", headers=admin.headers)
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_cursor")


def test_of_an_address_only_the_first_character_and_the_domain_are_shown():
    assert mask_address("ada@example.com") == "a…@example.com"
    assert mask_address("a@b@example.com") == "a…@example.com"
    assert mask_address("@example.com") == "…@example.com"
