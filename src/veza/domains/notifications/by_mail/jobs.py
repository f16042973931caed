"""Mails notifications at once, and summaries when they are due: each once."""

from veza.core.clock import now
from veza.domains.notifications.by_mail import queries, rules, service
from veza.domains.notifications.by_mail.models import MailNotification, SendDigest
from veza.domains.notifications.inbox import service as inbox
from veza.domains.notifications.inbox.events import MailWanted
from veza.domains.notifications.preferences import shared_queries as preference_queries
from veza.domains.platform.mail.service import SiteMailer
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_mails(tx: Tx, event: MailWanted) -> None:
    """Enqueue a job for each notification; one that waits already will mail the latest state."""
    for notification_id in event.notification_ids:
        job = MailNotification(notification_id)
        await enqueue(tx, job, key=f"notification_mail:{notification_id}")


async def mail_notification(database: Database, mailer: SiteMailer, job: MailNotification) -> None:
    """Mail a notification, if its member may still see it, has not read it, and wants mails.

    It is mailed once, even if more is merged into it. Running twice sends it twice only if the
    process died between the mail and the note of it: both have the same Message-ID. Beyond
    `MAX_MAILS_TO_ADDRESS` in an hour it is left for the summary.
    """
    async with database.read() as conn:
        reader = await queries.find_recipient(conn, job.notification_id)
        shown = reader and await inbox.find_unread(conn, job.notification_id)
        if reader is None or shown is None:
            return
        mail = await service.write_notification(conn, mailer, reader, shown)
    async with mailer.counting(
        "notification", reader.email, most=rules.MAX_MAILS_TO_ADDRESS
    ) as may_send:
        if not may_send:
            return
        await mailer.send_or_drop(mail, "notification")
    async with database.transaction(recorded=False) as tx:
        await inbox.mark_mailed(tx, [job.notification_id])


async def enqueue_digests(database: Database) -> None:
    """Enqueue the summaries that are due, for at most 10,000 members in a run.

    Each batch moves the next summaries of its members on in the transaction that enqueues theirs:
    whatever dies between, none is lost and none comes twice.
    """
    for _ in range(rules.MAX_BATCHES):
        async with database.transaction(recorded=False) as tx:
            if await enqueue_batch(tx) < rules.DIGESTS_AT_ONCE:
                return


async def enqueue_batch(tx: Tx) -> int:
    """Enqueue a batch of summaries that are due; return how many members it looked at."""
    due = await preference_queries.lock_due_digests(tx, at_once=rules.DIGESTS_AT_ONCE)
    until = now()
    for each in due:
        if each.has_news:
            job = SendDigest(each.user_id, until)
            # While one waits, its member gets no second one: the next tells the rest.
            await enqueue(tx, job, key=f"digest:{each.user_id}")
    await preference_queries.update_digests_due(tx, [each.user_id for each in due])
    return len(due)


async def send_digest(database: Database, mailer: SiteMailer, job: SendDigest) -> None:
    """Mail a summary, unless it was mailed, everything was read meanwhile, or it is switched off.

    Running twice sends it twice only if the process died between the mail and the note of it: both
    have the same Message-ID.
    """
    async with database.read() as conn:
        reader = await queries.find_reader(conn, job.user_id)
        if reader is None or (reader.digested_at is not None and reader.digested_at >= job.until):
            return
        mail = await service.write_digest(conn, mailer, reader, job.until)
    if mail is not None:
        await mailer.send_or_drop(mail, "digest")
    async with database.transaction(recorded=False) as tx:
        await preference_queries.update_digested(tx, job.user_id, job.until)
