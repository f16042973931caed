"""Personal data of account recovery: export, erasure and expiry."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID

import httpx
from msgspec import structs

from tests import make
from tests.domains.auth.accounts.people import PASSWORD, bearer, sign_up
from tests.domains.auth.recovery.mails import read_mails
from veza.app.services import Services
from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import UserId
from veza.domains.auth.accounts.events import EmailChanged
from veza.domains.auth.recovery import personal_data, queries, service
from veza.domains.auth.recovery.jobs import delete_expired_tokens, delete_mails, send_mail
from veza.domains.auth.recovery.models import DeleteMails, EmailToken, MailPurpose, SendMail
from veza.infra.jobs.outbox import emit
from veza.infra.mail.mailer import Mail
from veza.infra.postgres.database import Tx

HOUR = timedelta(hours=1)


async def _make_links(tx: Tx, member: Member, lifetime: timedelta = HOUR) -> None:
    for n, purpose in enumerate((MailPurpose.PASSWORD_RESET, MailPurpose.EMAIL_VERIFICATION)):
        await queries.upsert_token(
            tx,
            EmailToken(member.id, "me@example.com"),
            purpose,
            token_hash=member.id.bytes * 2 if n else member.id.bytes[::-1] * 2,
            lifetime=lifetime,
        )


async def test_the_export_contains_open_links_without_their_tokens(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    await _make_links(tx, member)
    await _make_links(tx, other)

    handed_out = await personal_data.export(tx, member.id)

    assert {link.purpose for link in handed_out} == {"password_reset", "email_verification"}
    assert {link.email for link in handed_out} == {"me@example.com"}
    assert all(link.expires_at - link.created_at == HOUR for link in handed_out)
    assert not any("hash" in name for name in type(handed_out[0]).__struct_fields__)


async def test_erasing_deletes_the_tokens_of_one_member_only(tx: Tx) -> None:
    member, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    await _make_links(tx, member)
    await _make_links(tx, other)

    for _ in range(2):
        await personal_data.erase(tx, member.id)

    assert await personal_data.export(tx, member.id) == []
    assert len(await personal_data.export(tx, other.id)) == 2


async def _queue(tx: Tx, member: Member, to: str, purpose: MailPurpose, status: str) -> None:
    """Have a mail wait in the queue, in a state of the queue."""
    user_id = None if purpose is MailPurpose.PASSWORD_RESET else member.id
    await service.enqueue_mail(tx, purpose, to=to, user_id=user_id)
    sql = """
        update jobs set status = $1
         where name = 'SendMail' and convert_from(payload, 'UTF8') like '%' || $2 || '%'
    """
    await tx.run(sql, status, to)


async def test_no_mail_to_an_erased_member_is_queued_or_stored(tx: Tx) -> None:
    member, name = await make.member_in(tx)
    other, other_name = await make.member_in(tx)
    former = f"former.{name}@example.com"
    await _queue(tx, member, f"{name}@EXAMPLE.com", MailPurpose.PASSWORD_RESET, "queued")
    await _queue(tx, member, former, MailPurpose.EMAIL_CHANGED, "failed")
    await _queue(tx, other, f"{other_name}@example.com", MailPurpose.PASSWORD_CHANGED, "failed")
    for who, address in ((member, former), (other, other_name)):
        await emit(tx, EmailChanged(who.id, f"{address}@new.example", address))
    await tx.run("update outbox set due_at = 'infinity' where name = 'EmailChanged'")

    await personal_data.erase(tx, member.id)

    sql = "select convert_from(payload, 'UTF8') from jobs where payload is not null"
    jobs = await tx.column(str, sql)
    events = await tx.column(str, "select payload::text from outbox")
    assert not [text for text in jobs + events if name in text.lower() and "@" in text]
    assert len([text for text in jobs + events if other_name in text and "@" in text]) == 2


async def test_erasing_deletes_the_mails_of_a_member_alone(
    client: httpx.AsyncClient, services: Services, work: Callable[[], Awaitable[None]]
) -> None:
    leaving, staying = [await sign_up(client) for _ in range(2)]
    await work()
    await client.request(
        "DELETE",
        "users/me",
        headers=bearer(leaving["access_token"]),
        json={"password": PASSWORD},
    )
    await work()

    assert read_mails(services, leaving["email"]) == []
    assert len(read_mails(services, staying["email"])) == 1


async def test_a_mail_written_while_its_member_is_erased_is_deleted_again(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    member_id = UserId(UUID(someone["user"]["id"]))
    order = SendMail(MailPurpose.PASSWORD_CHANGED, someone["email"], now(), member_id)
    mailer = services.site_mailer.mailer

    class Slow:
        async def send(self, mail: Mail) -> None:
            """Be overtaken by the erasure, and by the job that deletes mails."""
            async with services.database.transaction() as tx:
                await tx.run("delete from users where id = $1", member_id)
            await delete_mails(services.site_mailer, DeleteMails(member_id))
            await mailer.send(mail)

        forget = mailer.forget
        forget_old = mailer.forget_old
        check = mailer.check

    await send_mail(services.database, structs.replace(services.site_mailer, mailer=Slow()), order)

    assert read_mails(services, someone["email"]) == []


async def test_expired_tokens_are_deleted(services: Services) -> None:
    async with services.database.transaction() as tx:
        late, _ = await make.member_in(tx)
        fresh, _ = await make.member_in(tx)
        await _make_links(tx, late)
        await _make_links(tx, fresh)
        sql = """
            update email_tokens
               set created_at = created_at - $2::interval, expires_at = expires_at - $2::interval
             where user_id = $1
        """
        await tx.run(sql, late.id, HOUR)

    await delete_expired_tokens(services.database)

    async with services.database.read() as conn:
        assert await personal_data.export(conn, late.id) == []
        assert len(await personal_data.export(conn, fresh.id)) == 2
