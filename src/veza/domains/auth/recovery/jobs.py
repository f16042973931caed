"""Mails are sent and deleted here; changes of accounts cause notices to their owners."""

import structlog

from veza.core.clock import now
from veza.core.errors import Unavailable
from veza.core.ids import UserId
from veza.domains.auth.accounts.events import EmailChanged, PasswordChanged, UserRegistered
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.auth.accounts.service.login_context import LoginContext
from veza.domains.auth.factors import shared_queries as factor_queries
from veza.domains.auth.recovery import held_mails, queries, rules, service
from veza.domains.auth.recovery.held_mails import MailHeld
from veza.domains.auth.recovery.models import DeleteMails, MailPurpose, SendMail
from veza.domains.auth.sessions.events import SecurityNoticed
from veza.domains.platform.backups.events import BackupFailed, BackupOverdue
from veza.domains.platform.mail.service import SiteMailer
from veza.infra.mail.mailer import MailRefused
from veza.infra.postgres.database import Database, Tx

log = structlog.get_logger()


async def send_mail(database: Database, site_mailer: SiteMailer, job: SendMail) -> None:
    """Write and send a mail.

    Running twice sends two mails; only the newer link works. The token is created here, so that it
    is stored nowhere but in the mail. Raises MailHeld if the mail server refuses the mail for good,
    or could not be used for a day.
    """
    async with database.read() as conn:
        contact = await service.find_recipient(conn, job)
    if contact is None:
        return
    try:
        async with site_mailer.counting(job.purpose, contact.email) as may_send:
            if not may_send:
                return
            async with database.transaction() as tx:
                mail = await service.write_mail(tx, site_mailer, job, contact)
            await site_mailer.send(mail)
        await _ensure_wanted(database, site_mailer, contact.id)
    except MailRefused as error:
        log.warning("mail_refused", purpose=job.purpose, reason=str(error))
        raise MailHeld(str(error)) from error
    except Unavailable as error:
        if now() - job.enqueued_at < rules.RETRY_FOR:
            raise
        log.warning("mail_given_up", purpose=job.purpose, reason=str(error))
        raise MailHeld(str(error)) from error


async def delete_mails(site_mailer: SiteMailer, job: DeleteMails) -> None:
    """Delete stored copies of mails to a member. Running twice does no harm."""
    await site_mailer.mailer.forget(str(job.user_id))


async def delete_old_mails(site_mailer: SiteMailer) -> None:
    """Delete stored copies of mails whose retention is over."""
    await site_mailer.mailer.forget_old()


async def delete_old_held_mails(database: Database) -> None:
    """Delete held mails that are a week old, and those beyond the newest thousand."""
    async with database.transaction() as tx:
        await held_mails.delete_old(tx)


async def send_verification(tx: Tx, event: UserRegistered) -> None:
    """Ask a new member to verify their address."""
    await service.enqueue_mail(
        tx, MailPurpose.EMAIL_VERIFICATION, to=event.email, user_id=event.user_id
    )


async def announce_email_change(tx: Tx, event: EmailChanged) -> None:
    """Request verification of the new address, and notify the old address."""
    await service.enqueue_mail(
        tx, MailPurpose.EMAIL_VERIFICATION, to=event.email, user_id=event.user_id
    )
    await service.enqueue_mail(
        tx, MailPurpose.EMAIL_CHANGED, to=event.old_email, user_id=event.user_id
    )


async def announce_password_change(tx: Tx, event: PasswordChanged) -> None:
    """Notify a member of a changed password, and disable open reset links."""
    await queries.delete_tokens_for(tx, event.user_id, MailPurpose.PASSWORD_RESET)
    await service.enqueue_mail(
        tx, MailPurpose.PASSWORD_CHANGED, to=event.email, user_id=event.user_id
    )


async def announce_security_notice(tx: Tx, event: SecurityNoticed) -> None:
    """Notify a member of what they should know about their account."""
    contact = await queries.find_contact(tx, event.user_id)
    if contact is not None:
        await service.enqueue_mail(
            tx, MailPurpose(event.kind), to=contact.email, user_id=contact.id
        )


async def send_backup_mails(tx: Tx, event: BackupFailed | BackupOverdue) -> None:
    """Mail all admins that a backup failed or is overdue."""
    is_failure = isinstance(event, BackupFailed)
    purpose = MailPurpose.BACKUP_FAILED if is_failure else MailPurpose.BACKUP_OVERDUE
    for user_id in await member_accounts.list_admins(tx):
        contact = await queries.find_contact(tx, user_id)
        if contact is not None:
            await service.enqueue_mail(tx, purpose, to=contact.email, user_id=contact.id)


async def complete_factor_recoveries(
    database: Database, context: LoginContext, record: service.RecordChange
) -> None:
    """Remove the second factors of members who lost them, where the waiting period is over."""
    async with database.read() as conn:
        due = await factor_queries.list_due_recoveries(conn)
    for user_id in due:
        await service.complete_factor_recovery(database, context, record, user_id)


async def _ensure_wanted(database: Database, site_mailer: SiteMailer, user_id: UserId) -> None:
    """Delete the copy of a mail whose member was erased while it was sent.

    Copies for members erased later are deleted by `delete_mails`.
    """
    async with database.read() as conn:
        if not await service.has_member(conn, user_id):
            await site_mailer.mailer.forget(str(user_id))


async def delete_expired_tokens(database: Database) -> None:
    """Delete expired tokens."""
    async with database.transaction() as tx:
        await queries.delete_expired_tokens(tx)
