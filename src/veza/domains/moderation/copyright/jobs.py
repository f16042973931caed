"""Mails the senders of notices, and deletes what is over."""

import secrets
from importlib import resources
from string import Template
from urllib.parse import urlsplit

import structlog

from veza.domains.auth.recovery.rules import mail_count_key
from veza.domains.auth.recovery.service import AccountMailer
from veza.domains.moderation.copyright import rules
from veza.domains.moderation.copyright.models.notices import (
    CopyrightSettings,
    MailedNotice,
    NoticeMail,
    SendNoticeMail,
)
from veza.domains.moderation.copyright.queries import notices as queries
from veza.infra.mail.mailer import Mail, MailRefused
from veza.infra.postgres.database import Database

log = structlog.get_logger()

_FOLDER = resources.files("veza.domains.moderation.copyright") / "mails"
# The first line of a template is the subject; the text follows after an empty line.
_TEMPLATES = {each: Template((_FOLDER / f"{each}.txt").read_text()) for each in NoticeMail}


async def send_mail(
    database: Database, mailer: AccountMailer, settings: CopyrightSettings, job: SendNoticeMail
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
    link = mailer.front_end
    if job.purpose is NoticeMail.CONFIRM:
        key = mail_count_key("copyright_notice", found.email)
        window = await mailer.counters.add(key, rules.WINDOW_S)
        if window.count > rules.MAX_LINKS_TO_ADDRESS:
            log.warning("mail_withheld", purpose="copyright_notice")
            return
        token = secrets.token_urlsafe(32)
        async with database.transaction() as tx:
            if not await queries.update_token(tx, job.notice_id, rules.hash_token(token)):
                return
        link = f"{mailer.front_end}/legal/copyright/confirm#token={token}"
    await _send(mailer, job, found, link=link, days=settings.counter_period.days)


async def _send(
    mailer: AccountMailer, job: SendNoticeMail, found: MailedNotice, *, link: str, days: int
) -> None:
    filled = _TEMPLATES[job.purpose].substitute(
        host=urlsplit(mailer.front_end).netloc,
        link=link,
        days=days,
        urls=found.urls,
        reason=found.reason,
        statement=found.statement,
        name=found.name,
        address=found.address,
        email=found.counter_email,
    )
    # No subject has what anybody wrote.
    subject, _, text = filled.partition("\n\n")
    try:
        await mailer.send(Mail(found.email, subject, text, owner=str(job.notice_id)))
    except MailRefused as error:
        log.warning("mail_refused", purpose=f"copyright_{job.purpose}", reason=str(error))


async def sweep_notices(database: Database) -> None:
    """Delete notices that were not confirmed in time, and empty those that are old."""
    async with database.transaction() as tx:
        await queries.delete_unconfirmed(tx)
        await queries.empty_old(tx, rules.KEPT_FOR)
