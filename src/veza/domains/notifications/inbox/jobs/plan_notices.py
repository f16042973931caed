"""Members who asked to be reminded of a stream are told when it begins, or that it is cancelled."""

from veza.domains.live.events import StreamCancelled, StreamSoon, StreamStarted
from veza.domains.live.models.plans import PlanNews
from veza.domains.live.service import reminders
from veza.domains.notifications.inbox.models import NewNotification, NotifyReminded
from veza.domains.notifications.inbox.service import notify
from veza.domains.notifications.preferences.models import NotificationKind
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx

# Who was not reminded, because the stream began before its date, is told that it is live.
_KINDS = {
    PlanNews.SOON: NotificationKind.STREAM_SOON,
    PlanNews.STARTED: NotificationKind.WENT_LIVE,
    PlanNews.CANCELLED: NotificationKind.STREAM_CANCELLED,
}


async def enqueue_reminders(tx: Tx, event: StreamSoon | StreamStarted | StreamCancelled) -> None:
    """Enqueue what members are told who asked to be reminded of a stream."""
    job = NotifyReminded(event.stream_id, event.owner_id)
    await enqueue(tx, job, key=f"reminders:{event.stream_id}", also_while_running=True)


async def notify_reminded(database: Database, job: NotifyReminded) -> None:
    """Notify the members who asked to be reminded of a stream, in batches.

    Each transaction takes reminders and tells their members, so that none is told twice. What they
    are told depends on the stream at this moment.
    """
    while True:
        async with database.transaction() as tx:
            taken = await reminders.take(tx, job.stream_id)
            if taken is None:
                return
            kind = _KINDS.get(taken.news)
            if kind is not None:
                notification = NewNotification(
                    job.owner_id, kind, job.stream_id, stream_id=job.stream_id
                )
                await notify(tx, notification, taken.to_tell)
