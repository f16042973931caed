"""Mails that were not delivered: their list, another attempt at once, and their end.

They are jobs of the queue, which wait for their next attempt, or are held after the last one.
"""

import msgspec

from veza.core.errors import required
from veza.core.ids import JobId
from veza.core.pages import BadCursor, Cursor, cut
from veza.domains.auth.recovery import rules
from veza.domains.auth.recovery.errors import HeldMailNotFound, MailBeingSent, MailNotNeeded
from veza.domains.auth.recovery.models import HeldMail, HeldMailPage, HeldMailStatus, SendMail
from veza.domains.platform.mail.rules.cleaning import mask_address
from veza.domains.platform.monitoring.rules import job_id_of, job_number_of
from veza.infra.jobs import queue
from veza.infra.jobs.queue import HoldJob, JobState, TroubledJob
from veza.infra.mail.mailer import MailUnavailable
from veza.infra.postgres.database import Conn, ConstraintViolation, Tx

_STATUSES = {
    JobState.QUEUED: HeldMailStatus.WAITING,
    JobState.PICKED: HeldMailStatus.SENDING,
    JobState.FAILED: HeldMailStatus.HELD,
}


class MailHeld(HoldJob):
    """The mail waits for an admin; the text gives the reason, without content of the mail."""


# The text of other errors may be secret.
_SHOWN_ERRORS = {MailHeld.__name__, MailUnavailable.__name__}


async def list_mails(conn: Conn, *, limit: int, cursor: Cursor | None) -> HeldMailPage:
    """Return a page of mails that were not delivered, the latest first. Raises BadCursor."""
    before = None if cursor is None else required(job_number_of(cursor.id), BadCursor)
    found = await queue.list_troubled(conn, SendMail, limit=limit, before=before)
    listed = [_show(entry) for entry in found]
    shown, following = cut(listed, limit, lambda mail: Cursor(mail.enqueued_at, mail.id))
    return HeldMailPage(shown, following, following is not None)


async def retry(tx: Tx, mail_id: JobId) -> None:
    """Send an undelivered mail again at once; a held one has all attempts again.

    Raises HeldMailNotFound, MailBeingSent and MailNotNeeded.
    """
    number = required(job_number_of(mail_id), HeldMailNotFound)
    if not await queue.list_troubled(tx, SendMail, limit=1, number=number):
        raise HeldMailNotFound
    try:
        is_queued = await queue.requeue_job(tx, number)
    except ConstraintViolation as violation:
        raise MailNotNeeded from violation
    if not is_queued and not await queue.hasten_job(tx, number):
        raise MailBeingSent


async def delete_old(tx: Tx) -> None:
    """Delete held mails that are too old, or too many."""
    await queue.delete_old_held_jobs(tx, SendMail, older_than=rules.HELD_FOR, most=rules.MAX_HELD)


def _show(entry: TroubledJob) -> HeldMail:
    job = msgspec.json.decode(entry.payload, type=SendMail)
    status = _STATUSES[entry.state]
    return HeldMail(
        id=job_id_of(entry.number),
        purpose=job.purpose,
        recipient=mask_address(job.to),
        user_id=job.user_id,
        status=status,
        attempts=entry.attempts,
        reason=entry.message if entry.error in _SHOWN_ERRORS else None,
        error=entry.error,
        enqueued_at=job.enqueued_at,
        next_attempt_at=None if status is HeldMailStatus.HELD else entry.due_at,
    )
