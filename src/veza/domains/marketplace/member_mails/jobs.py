"""Mails members about changes of their memberships, also at addresses that are not verified."""

from veza.domains.marketplace.member_mails import rules, service
from veza.domains.marketplace.memberships.models.state import MailMember
from veza.domains.platform.mail.service import SiteMailer
from veza.infra.postgres.database import Database


async def send_notice(database: Database, mailer: SiteMailer, job: MailMember) -> None:
    """Mail a notice. Running twice sends two mails with the same Message-ID."""
    async with database.read() as conn:
        mail = await service.write_mail(conn, mailer, job)
    if mail is None:
        return
    async with mailer.counting("membership", mail.to, most=rules.MAX_TO_MEMBER) as may_send:
        if may_send:
            await mailer.send_or_drop(mail, "membership")
