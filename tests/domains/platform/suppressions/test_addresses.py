"""An address that takes no mail gets what is asked for alone, until it is verified again."""

import pytest

from tests import make
from tests.domains.auth.recovery.mails import subjects, verification_tokens, verify
from tests.infra.smtp import SmtpServer
from veza.domains.auth.recovery.models import MailPurpose
from veza.domains.auth.recovery.service import enqueue_mail
from veza.domains.platform.suppressions import jobs, rules
from veza.domains.platform.suppressions import service as suppressions
from veza.domains.platform.suppressions.models import MailEventType
from veza.domains.platform.suppressions.service import SuppressingMailer
from veza.infra.mail.mailer import Mail, MailRefused, open_mailer
from veza.infra.mail.refusals import MailRefusal


async def refuse(services, email):
    async with services.database.transaction(recorded=False) as tx:
        await suppressions.note_refusal(tx, email, MailRefusal(550, "5.1.1"))


async def shown(client, person):
    answer = await client.get("users/me/mail", headers=person.headers)
    return answer.json()["data"]["suppression"]


async def test_verifying_again_lets_mail_in(client, services, work, ann):
    email = f"{ann.username}@example.com"
    async with services.database.transaction() as tx:
        await tx.run("update users set email_verified_at = now() where id = $1", ann.id)
    again = await client.post("auth/email/verification", headers=ann.headers)
    assert again.json()["code"] == "already_verified"
    assert await shown(client, ann) is None

    await refuse(services, email)
    found = await shown(client, ann)
    assert (found["cause"], found["status"]) == ("refused", "5.1.1")
    async with services.database.transaction() as tx:
        await enqueue_mail(tx, MailPurpose.PASSWORD_CHANGED, to=email, user_id=ann.id)
        await enqueue_mail(tx, MailPurpose.PASSWORD_RESET, to=email)
    again = await client.post("auth/email/verification", headers=ann.headers)
    assert again.status_code == 200, again.text
    await work()
    assert sorted(subjects(services, email)) == [
        "Reset your password",
        "Verify your e-mail address",
    ]
    [token] = verification_tokens(services, email)
    assert (await verify(client, token)).status_code == 200
    assert await shown(client, ann) is None


async def test_servers_say_which_addresses_take_no_mail(services):
    one = await make.person(services)
    email = f"{one.username}@example.com"
    async with SmtpServer(recipients={email: "550 5.1.1 nobody"}).listening() as server:
        mailer = SuppressingMailer(
            open_mailer(server.url(), "Veza <veza@example.org>", services.settings.data_dir),
            services.database,
        )
        await mailer.send(Mail("other@example.com", "News", "Hello", is_bulk=True))
        with pytest.raises(MailRefused):
            await mailer.send(Mail(email, "Your order", "Hello"))
        asked = len(server.commands)
        # Bulk mail does not try again; a mail to one does.
        await mailer.send(Mail(email, "News", "Hello", is_bulk=True))
        assert len(server.commands) == asked
        server.recipients.clear()
        await mailer.send(Mail(email, "Your order", "Hello"))
    assert [each.recipient for each in server.received] == ["other@example.com", email]


async def test_failures_of_long_ago_do_not_count(services, count):
    email = f"{(await make.person(services)).username}@example.com"
    hashed = rules.hash_address(email)
    async with services.database.transaction(recorded=False) as tx:
        for _ in range(rules.MAX_FAILURES - 1):
            await suppressions.note_report(tx, email, MailEventType.BOUNCE, "4.2.2")
        sql = "update mail_suppressions set updated_at = now() - $1::interval"
        await tx.run(f"{sql} where address_hash = $2", rules.FAILURES_KEPT_FOR, hashed)
    await jobs.sweep_failures(services.database)
    sql = "select count(*) from mail_suppressions where address_hash = $1"
    assert await count(sql, hashed) == 0
