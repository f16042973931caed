"""Whatever servers answer and wherever a process dies: nobody is forgotten, and few get two."""

import asyncio
from contextlib import asynccontextmanager
from uuid import UUID

import msgspec
import pytest

from tests import make
from tests.domains.mailings.mailing_steps import (
    create,
    email_of,
    follower,
    numbers,
    plan,
    run_sql,
    send,
    show,
)
from tests.infra.mail.reports import bounce, complaint
from tests.make.delivery import deliver_all
from veza.app.reactions import REACTIONS
from veza.core.ids import BroadcastId, new_id
from veza.domains.mailings.broadcasts import jobs
from veza.domains.mailings.broadcasts.models import SendBroadcast
from veza.domains.mailings.broadcasts.queries.recipients import delete_old
from veza.domains.mailings.broadcasts.rules import limits
from veza.domains.platform.suppressions import service as suppressions
from veza.domains.platform.suppressions.models import (
    MailEventType,
    MailWebhook,
    SuppressionCause,
)
from veza.domains.platform.suppressions.service import MailReportContext
from veza.infra.jobs.outbox import EventDelivery
from veza.infra.mail.domain_rates import DomainRates
from veza.infra.mail.mailer import MailUnavailable

SECRET = "of the mailbox, and long"


async def cause_of(services, email):
    async with services.database.read() as conn:
        found = await suppressions.find_suppression(conn, email)
    return found and found.cause


async def let_pass(services):
    """End the leases and pauses of all recipients."""
    sql = "update broadcast_recipients set due_at = now() where status in ('waiting', 'sending')"
    await run_sql(services, sql)


async def test_refused_addresses_are_counted_and_get_no_more(client, services, post, artist):
    gone, full, well = [await follower(services, artist) for _ in range(3)]
    answers = {email_of(gone): "550 5.1.1 nobody", email_of(full): "452 4.2.2 full"}
    post.server.recipients.update(answers)
    broadcast = await send(client, post, artist)
    assert broadcast["status"] == "sending"
    assert numbers(broadcast) == {"recipients": 3, "sent": 1, "refused": 1}
    assert await cause_of(services, email_of(gone)) is SuppressionCause.REFUSED
    for _ in range(3):
        await let_pass(services)
        await jobs.send_due(services.database)
        await post.run()
    assert (await show(client, artist, broadcast))["status"] == "sending"
    await let_pass(services)
    await jobs.send_due(services.database)
    await post.run()
    broadcast = await show(client, artist, broadcast)
    assert numbers(broadcast) == {"recipients": 3, "sent": 1, "refused": 2}
    assert broadcast["status"] == "sent"
    assert post.recipients == [email_of(well)]
    # It takes several mails that can't be delivered, one after the other.
    assert await cause_of(services, email_of(full)) is None
    async with services.database.transaction(recorded=False) as tx:
        for _ in range(4):
            await suppressions.note_report(tx, email_of(full), MailEventType.BOUNCE, "4.2.2")
    assert await cause_of(services, email_of(full)) is SuppressionCause.UNREACHABLE


async def test_a_mail_that_arrives_ends_the_count_of_failures(client, services, post, artist):
    fan = await follower(services, artist)
    kind = MailEventType.BOUNCE
    for _ in range(2):
        async with services.database.transaction(recorded=False) as tx:
            for _ in range(4):
                await suppressions.note_report(tx, email_of(fan), kind, "4.2.2")
        assert (await send(client, post, artist))["sent"] == 1


class Crash(BaseException):
    """The end of a process: nothing handles it."""


class DyingSession:
    """Sends mails until the server has taken five, and ends the process before it knows."""

    def __init__(self, session, received):
        self.session, self.received = session, received

    async def send(self, mail):
        refusal = await self.session.send(mail)
        if len(self.received) >= 5:
            raise Crash
        return refusal


async def test_after_a_crash_the_rest_is_sent_and_a_double_has_the_same_id(
    client, services, post, artist, monkeypatch
):
    fans = [await follower(services, artist) for _ in range(12)]
    broadcast = await create(client, artist)
    await plan(client, artist, broadcast)
    bulk, opened = post.context.bulk, type(post.context.bulk).session

    @asynccontextmanager
    async def dying(self):
        async with opened(self) as session:
            yield DyingSession(session, post.received)

    monkeypatch.setattr(type(bulk), "session", dying)
    with pytest.raises(BaseExceptionGroup) as died:
        await post.run(broadcast["id"])
    assert died.group_contains(Crash)
    monkeypatch.undo()
    # What the dead process had claimed is left to it for a while.
    await post.run(broadcast["id"])
    before = len(post.received)
    await let_pass(services)
    await post.run(broadcast["id"])
    assert {each.recipient for each in post.received} == set(map(email_of, fans))
    assert len(post.received) >= before
    ids = [str(each.message["Message-ID"]) for each in post.received]
    assert len(set(ids)) == len(fans)
    # At most one of each connection.
    assert len(ids) - len(fans) <= post.context.bulk.connections
    assert numbers(await show(client, artist, broadcast)) == {"recipients": 12, "sent": 12}


async def test_two_processes_share_a_broadcast(client, services, post, artist):
    fans = [await follower(services, artist) for _ in range(20)]
    broadcast = await create(client, artist)
    await plan(client, artist, broadcast)
    await asyncio.gather(*(post.run(broadcast["id"]) for _ in range(3)))
    assert post.recipients == sorted(map(email_of, fans))
    assert numbers(await show(client, artist, broadcast)) == {"recipients": 20, "sent": 20}


async def test_a_server_that_is_lost_is_waited_for(client, services, post, artist):
    fans = [await follower(services, artist) for _ in range(6)]
    broadcast = await create(client, artist)
    await plan(client, artist, broadcast)
    post.server.answers["MAIL"] = "421 4.3.2 going down"
    with pytest.raises(MailUnavailable):
        await post.run(broadcast["id"])
    post.server.answers.clear()
    await post.run(broadcast["id"])
    assert post.recipients == sorted(map(email_of, fans))
    assert (await show(client, artist, broadcast))["status"] == "sent"


async def test_a_domain_gets_so_many_in_a_minute(client, services, post, artist):
    domain = f"d{new_id().hex}.example"
    fans = [await follower(services, artist) for _ in range(5)]
    for number, each in enumerate(fans):
        sql = "update users set email = $2 where id = $1"
        address = f"{each.username}@{'other-' if number == 4 else ''}{domain}"
        await run_sql(services, sql, each.id, address)
    slow = msgspec.structs.replace(post.context, rates=DomainRates(services.counters, per_minute=3))
    broadcast = await create(client, artist)
    await plan(client, artist, broadcast)
    job = SendBroadcast(BroadcastId(UUID(broadcast["id"])))
    for _ in range(2):
        await jobs.send_broadcast(services.database, slow, job)
    assert len(post.received) == 4
    await services.counters.clear(f"bulk-mail:{domain}")
    await let_pass(services)
    await jobs.send_broadcast(services.database, slow, job)
    assert len(post.recipients) == 5


async def test_who_changes_their_mind_while_it_is_sent_is_left_out(
    client, services, post, artist, monkeypatch
):
    fans = [await follower(services, artist) for _ in range(4)]
    stays, ends, unfollows, leaves = fans
    broadcast = await create(client, artist)
    await plan(client, artist, broadcast)
    post.server.answers["MAIL"] = "421 4.3.2 going down"
    with pytest.raises(MailUnavailable):
        await post.run(broadcast["id"])
    post.server.answers.clear()
    path = f"profiles/{artist.id}/subscription"
    ended = await client.put(path, json={"subscribed": False}, headers=ends.headers)
    assert ended.json()["data"] == {"subscribed": False, "ended": True}
    await run_sql(services, "delete from follows where follower_id = $1", unfollows.id)
    await run_sql(services, "delete from broadcast_recipients where user_id = $1", leaves.id)
    await post.run(broadcast["id"])
    assert post.recipients == [email_of(stays)]
    broadcast = await show(client, artist, broadcast)
    assert (broadcast["status"], numbers(broadcast)) == (
        "sent",
        {"recipients": 4, "sent": 1, "left_out": 3},
    )
    # A month later nobody knows who got it.
    sql = "update broadcasts set ended_at = now() - $1::interval where ended_at is not null"
    await run_sql(services, sql, limits.KEPT_FOR)
    async with services.database.transaction(recorded=False) as tx:
        assert await delete_old(tx, limits.KEPT_FOR, limit=10_000) >= 3


@pytest.fixture
def webhook(app):
    registry = app.state.services
    before = registry.get(MailReportContext)
    changed = msgspec.structs.replace(before, webhook=MailWebhook(SECRET))
    registry.replace(MailReportContext, changed)
    yield
    registry.replace(MailReportContext, before)


async def report(client, content, secret=SECRET):
    headers = {"Content-Type": "message/rfc822", "X-Mail-Secret": secret}
    return await client.post("webhooks/mail", content=content, headers=headers)


async def test_bounces_and_complaints_come_back_to_their_broadcast(
    client, services, post, artist, webhook
):
    gone, angry, well = [await follower(services, artist) for _ in range(3)]
    broadcast = await send(client, post, artist)
    tokens = {
        each.recipient: str(each.message["Message-ID"])[1:].partition("@")[0]
        for each in post.received
    }
    assert (await report(client, bounce(tokens[email_of(gone)], email_of(gone)))).json()[
        "data"
    ] == {"reports": 1}
    # Complaints name no address: the broadcast knows whose mail it was.
    assert (await report(client, complaint(tokens[email_of(angry)]))).status_code == 200
    # What names somebody else by a token of their own changes nothing.
    forged = await report(client, bounce(tokens[email_of(gone)], email_of(well)))
    assert forged.status_code == 200
    await deliver_all(EventDelivery(services.database, REACTIONS))
    await post.run()
    assert await cause_of(services, email_of(gone)) is SuppressionCause.REFUSED
    assert await cause_of(services, email_of(angry)) is SuppressionCause.COMPLAINT
    assert await cause_of(services, email_of(well)) is None
    assert numbers(await show(client, artist, broadcast)) == {
        "recipients": 3,
        "sent": 2,
        "refused": 1,
    }
    post.received.clear()
    await send(client, post, artist)
    assert post.recipients == [email_of(well)]
    shown = await client.get("users/me/mail", headers=gone.headers)
    assert shown.json()["data"]["suppression"]["cause"] == "refused"


async def test_a_report_needs_the_secret(client, services, webhook):
    sent = bounce("none", "ada@example.com")
    for secret in ("", "wrong", SECRET + "x"):
        answer = await report(client, sent, secret)
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_mail_secret")
    assert (await report(client, sent)).json()["data"] == {"reports": 0}


async def test_a_provider_names_addresses_itself(client, services, webhook):
    person = await make.person(services)
    headers = {"X-Mail-Secret": SECRET}
    events = [
        {"type": "bounce", "recipient": email_of(person), "status": "5.1.1"},
        {"type": "complaint", "recipient": email_of(person), "message_id": "<x@y>"},
    ]
    answer = await client.post("webhooks/mail", json={"events": events}, headers=headers)
    assert answer.json()["data"] == {"reports": 2}
    assert await cause_of(services, email_of(person)) is SuppressionCause.COMPLAINT
    for body in ({"events": []}, {"events": [{"type": "x", "recipient": "a@b.c"}]}, []):
        wrong = await client.post("webhooks/mail", json=body, headers=headers)
        assert (wrong.status_code, wrong.json()["code"]) == (400, "unreadable_report")
