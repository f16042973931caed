"""Followers are notified of streams and releases, batch by batch; each once, by its key."""

from veza.core.ids import UserId
from veza.domains.live.events import StreamStarted
from veza.domains.music.releases.events import ReleasePublished
from veza.domains.notifications.inbox.models import (
    NewNotification,
    NotifyFollowers,
    NotifyOfRelease,
)
from veza.domains.notifications.inbox.queries import creation
from veza.domains.notifications.inbox.service import notify
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.relationships import service as relations
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Database, Tx


async def enqueue_stream_notifications(tx: Tx, event: StreamStarted) -> None:
    """Enqueue notifications for the followers of a member who went live."""
    await enqueue(tx, NotifyFollowers(event.stream_id, event.owner_id))


async def notify_followers(database: Database, job: NotifyFollowers) -> None:
    """Notify followers of a stream. Running twice notifies only those not reached before."""
    notification = NewNotification(
        job.owner_id, NotificationKind.WENT_LIVE, job.stream_id, stream_id=job.stream_id
    )
    await _notify_followers(database, job.owner_id, notification, "streams")


async def enqueue_release_notifications(tx: Tx, event: ReleasePublished) -> None:
    """Enqueue notifications for the followers of a member who published a release."""
    await enqueue(tx, NotifyOfRelease(event.release_id, event.owner_id))


async def notify_of_release(database: Database, job: NotifyOfRelease) -> None:
    """Notify followers of a release. Running twice notifies only those not reached before."""
    notification = NewNotification(
        job.owner_id, NotificationKind.RELEASE_PUBLISHED, job.release_id, release_id=job.release_id
    )
    await _notify_followers(database, job.owner_id, notification, "releases")


async def _notify_followers(
    database: Database,
    owner_id: UserId,
    notification: NewNotification,
    table: creation.SubjectTable,
) -> None:
    """Notify the followers of a member in batches, until all are or the subject is deleted."""
    after = None
    while True:
        async with database.transaction() as tx:
            followers = await relations.list_followers(tx, owner_id, after)
            if not followers or not await creation.lock_subject(tx, table, notification.subject_id):
                return
            await notify(tx, notification, [each.user_id for each in followers])
        after = followers[-1]
