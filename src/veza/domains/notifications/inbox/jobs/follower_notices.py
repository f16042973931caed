"""Followers are notified of streams and releases, batch by batch; each once, by its key."""

from veza.core.clock import now
from veza.core.ids import UserId
from veza.domains.live.events import StreamStarted
from veza.domains.music.credits import shared_queries as credit_queries
from veza.domains.music.credits.events import ArtistConfirmed
from veza.domains.music.releases.events import ReleasePublished
from veza.domains.notifications.inbox import rules
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

# Of the releases with a track, the latest.
_MOST_RELEASES = 10


async def enqueue_stream_notifications(tx: Tx, event: StreamStarted) -> None:
    """Enqueue notifications for the followers of a member who went live."""
    await enqueue(tx, NotifyFollowers(event.stream_id, event.owner_id))


async def notify_followers(database: Database, job: NotifyFollowers) -> None:
    """Notify the followers of a stream who may watch it, and people who are named for it.

    Running twice notifies only those not reached before.
    """
    notification = NewNotification(
        job.owner_id, NotificationKind.WENT_LIVE, job.stream_id, stream_id=job.stream_id
    )
    async with database.transaction() as tx:
        named = await creation.list_named_viewers(tx, job.stream_id)
        if named and await creation.lock_subject(tx, "streams", job.stream_id):
            await notify(tx, notification, named, not_blocked_with=[job.owner_id])
    await _notify_followers(database, job.owner_id, notification, "streams")


async def enqueue_release_notifications(tx: Tx, event: ReleasePublished) -> None:
    """Enqueue notifications for the followers of a member who published a release."""
    await enqueue(tx, NotifyOfRelease(event.release_id, event.owner_id))


async def enqueue_artist_notifications(tx: Tx, event: ArtistConfirmed) -> None:
    """Enqueue notifications for the followers of an artist who confirmed a release or its track.

    For as long as notifications are kept after its publication: who was notified is known.
    """
    since = now() - rules.KEPT_FOR
    announced = await creation.list_announced(
        tx, event.kind, event.item_id, since, limit=_MOST_RELEASES
    )
    for each in announced:
        await enqueue(tx, NotifyOfRelease(each.id, each.owner_id, event.artist_id))


async def notify_of_release(database: Database, job: NotifyOfRelease) -> None:
    """Notify followers of a release: of its owner, and of artists who confirmed it or a track.

    Who follows several is notified once. Running twice notifies only those not reached before.
    """
    async with database.read() as conn:
        artists = await credit_queries.list_linked_artists(conn, job.release_id)
    followed = dict.fromkeys((job.owner_id, *artists))
    for artist_id in followed if job.artist_id is None else followed.keys() & {job.artist_id}:
        notification = NewNotification(
            artist_id, NotificationKind.RELEASE_PUBLISHED, job.release_id, release_id=job.release_id
        )
        await _notify_followers(database, job.owner_id, notification, "releases")


async def _notify_followers(
    database: Database,
    owner_id: UserId,
    notification: NewNotification,
    table: creation.SubjectTable,
) -> None:
    """Notify the followers of the actor in batches, until all are or the subject is deleted.

    The owner of the subject is not notified, nor who blocks them or is blocked.
    """
    after = None
    followed_id = notification.actor_id or owner_id
    while True:
        async with database.transaction() as tx:
            followers = await relations.list_followers(tx, followed_id, after)
            if not followers or not await creation.lock_subject(tx, table, notification.subject_id):
                return
            user_ids = [each.user_id for each in followers if each.user_id != owner_id]
            if table == "streams":
                subject_id = notification.subject_id
                user_ids = await creation.list_stream_viewers(tx, subject_id, user_ids)
            await notify(tx, notification, user_ids, not_blocked_with=[owner_id])
        after = followers[-1]
