"""Members are told by mail when a membership begins, fails, is cancelled, and ends."""

from tests import make
from tests.domains.auth.recovery.mails import sending_through, text_of
from tests.infra.smtp import SmtpServer
from veza.core.languages import Language
from veza.domains.marketplace.member_mails import jobs
from veza.domains.marketplace.memberships.models.changes import CancelRequested
from veza.domains.marketplace.memberships.models.state import MailMember, MemberNotice
from veza.domains.marketplace.memberships.service import own


async def test_each_notice_is_mailed_in_the_language_of_the_member(services, seller, buyer):
    made = await make.membership(services, buyer, seller.member, welcome="Hello <b>you</b>")
    membership_id, server = made.membership.id, SmtpServer()
    async with services.database.transaction() as tx:
        cancelled = await own.change(tx, membership_id, buyer.id, CancelRequested())
        sql = """
            select count(*)
              from jobs
             where name = 'MailMember' and convert_from(payload, 'UTF8') like $1
        """
        assert await tx.value(int, sql, f"%{membership_id}%") == 2
    async with sending_through(services, server) as mailer:
        for language in Language:
            async with services.database.transaction() as tx:
                sql = "update users set language = $2 where id = $1"
                await tx.run(sql, buyer.id, language)
            for notice in MemberNotice:
                job = MailMember(membership_id, notice, "1")
                await jobs.send_notice(services.database, mailer, job)
    mails = [received.message for received in server.received]
    assert len({mail["Subject"] for mail in mails}) == len(Language) * len(MemberNotice)
    first = text_of(mails[0])
    assert "Hello <b>you</b>" in first
    assert f"{cancelled.paid_until:%Y-%m-%d}" in first
    # Where a member cancels, changes and pays.
    assert all("/settings/memberships" in text_of(mail) for mail in mails)
    assert all("$" not in text_of(mail) for mail in mails)
