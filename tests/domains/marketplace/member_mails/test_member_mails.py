"""Members are told by mail when a membership begins, fails, is cancelled, and ends."""

from tests import make
from tests.domains.auth.recovery.mails import sending_through, text_of
from tests.infra.smtp import SmtpServer
from veza.core.languages import Language
from veza.domains.marketplace.member_mails import jobs
from veza.domains.marketplace.memberships import jobs as membership_jobs
from veza.domains.marketplace.memberships.models.changes import CancelRequested
from veza.domains.marketplace.memberships.models.shown import PriceConsent
from veza.domains.marketplace.memberships.models.state import AskMembers, MailMember, MemberNotice
from veza.domains.marketplace.memberships.service import own
from veza.domains.marketplace.tiers import service as tiers
from veza.domains.marketplace.tiers.models import TierChange, TierTarget


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
    # Who has cancelled is not asked for a higher price.
    assert len({mail["Subject"] for mail in mails}) == len(Language) * (len(MemberNotice) - 1)
    first = text_of(mails[0])
    assert "Hello <b>you</b>" in first
    assert f"{cancelled.paid_until:%Y-%m-%d}" in first
    # Where a member cancels, changes and pays.
    assert all("/settings/memberships" in text_of(mail) for mail in mails)
    assert all("$" not in text_of(mail) for mail in mails)


async def test_members_are_asked_once_for_a_higher_price_and_not_after_they_agreed(
    services, seller, buyer
):
    made = await make.membership(services, buyer, seller.member)
    membership_id, tier_id = made.membership.id, made.membership.tier_id
    database, server = services.database, SmtpServer()
    target = TierTarget(tier_id, seller.id)
    async with database.transaction() as tx:
        await tiers.update(tx, target, TierChange(monthly_cents=400))
        await tiers.update(tx, target, TierChange(monthly_cents=700))
        raised = """
            select count(*)
              from outbox
             where name = 'TierPriceRaised' and payload ->> 'tier_id' = $1
        """
        assert await tx.value(int, raised, str(tier_id)) == 1, "A lower price asks nobody."
    for _ in range(2):
        await membership_jobs.ask_members(database, AskMembers(tier_id))
    async with database.transaction() as tx:
        queued = "select count(*) from jobs where name = 'MailMember' and payload like $1"
        wanted = f'%{membership_id}","notice":"price"%'.encode()
        assert await tx.value(int, queued, wanted) == 1
    job = MailMember(membership_id, MemberNotice.PRICE, "700")
    async with sending_through(services, server) as mailer:
        await jobs.send_notice(database, mailer, job)
        # Asked for another price before: that mail would name this one a second time.
        former = MailMember(membership_id, MemberNotice.PRICE, "600")
        await jobs.send_notice(database, mailer, former)
        async with database.transaction() as tx:
            await own.accept_price(tx, membership_id, buyer.id, PriceConsent(700))
        await jobs.send_notice(database, mailer, job)
    [mail] = [received.message for received in server.received]
    assert "7.00" in text_of(mail)
    assert "5.00" in text_of(mail)
