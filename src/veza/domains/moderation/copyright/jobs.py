"""Mails the senders of notices, and deletes what is over."""

import secrets

from veza.domains.moderation.copyright import rules
from veza.domains.moderation.copyright.models.notices import (
    CopyrightSettings,
    MailedNotice,
    NoticeMail,
    SendNoticeMail,
)
from veza.domains.moderation.copyright.queries import notices as queries
from veza.domains.platform.mail.models import MailReason
from veza.domains.platform.mail.service import FilledTemplate, SiteMailer, fill_letter
from veza.infra.postgres.database import Database

_PACKAGE = "veza.domains.moderation.copyright"


async def send_mail(
    database: Database, mailer: SiteMailer, settings: CopyrightSettings, job: SendNoticeMail
) -> None:
    """Mail the sender of a notice. Running twice sends two mails; only the newer link works.

    The token of a link is created here, so that it is stored nowhere but in the mail. What a
    sender wrote is only in mails to an address that is confirmed.
    """
    async with database.read() as conn:
        if job.owner_id is None:
            found = await queries.find_mail(conn, job.notice_id)
        else:
            found = await queries.find_answer_mail(conn, job.notice_id, job.owner_id)
    if found is None:
        return
    if job.purpose is not NoticeMail.CONFIRM:
        link = f"{mailer.front_end}/legal/copyright"
        await _send(mailer, job, found, link=link, days=settings.counter_period.days)
        return
    async with mailer.counting(
        "copyright_notice", found.email, most=rules.MAX_LINKS_TO_ADDRESS
    ) as may_send:
        if not may_send:
            return
        token = secrets.token_urlsafe(32)
        async with database.transaction() as tx:
            if not await queries.update_token(tx, job.notice_id, rules.hash_token(token)):
                return
        link = f"{mailer.front_end}/legal/copyright/confirm#token={token}"
        await _send(mailer, job, found, link=link, days=settings.counter_period.days)


async def _send(
    mailer: SiteMailer, job: SendNoticeMail, found: MailedNotice, *, link: str, days: int
) -> None:
    # No subject has what anybody wrote.
    values = {
        "days": str(days),
        "urls": found.urls,
        "reason": found.reason,
        "statement": found.statement,
        "counter": "\n".join((found.name, found.address, found.counter_email)),
    }
    letter = fill_letter(
        mailer,
        found.language,
        FilledTemplate(_PACKAGE, job.purpose, values, link),
        MailReason.ADDRESS_GIVEN,
    )
    mail = mailer.write(letter, found.email, owner=job.notice_id)
    await mailer.send_or_drop(mail, f"copyright_{job.purpose}")


async def sweep_notices(database: Database) -> None:
    """Delete notices that were not confirmed in time, and empty those that are old."""
    async with database.transaction() as tx:
        await queries.delete_unconfirmed(tx)
        await queries.empty_old(tx, rules.KEPT_FOR)
