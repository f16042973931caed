"""Followers are notified of streams, releases and tracks, batch by batch; each once, by its key."""

from collections.abc import Sequence

from veza.core.clock import now
from veza.core.ids import TrackId, UserId
from veza.domains.live.events import StreamStarted
from veza.domains.music.credits import shared_queries as credit_queries
from veza.domains.music.credits.events import ArtistConfirmed
from veza.domains.music.credits.models import CreditedKind
from veza.domains.music.releases.events import ReleasePublished
from veza.domains.music.tracks.events import TrackPublished
from veza.domains.notifications.inbox import rules
from veza.domains.notifications.inbox.models import (
    NewNotification,
    NotifyFollowers,
    NotifyOfRelease,
    NotifyOfTrack,
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


async def enqueue_track_notifications(tx: Tx, event: TrackPublished) -> None:
    """Enqueue notifications for the followers of a member who published a track alone."""
    await enqueue(tx, NotifyOfTrack(event.track_id, event.owner_id))


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
    if event.kind is CreditedKind.TRACK:
        track_id = TrackId(event.item_id)
        owner_id = await creation.find_announced_owner(tx, track_id, since)
        if owner_id is not None:
            await enqueue(tx, NotifyOfTrack(track_id, owner_id, event.artist_id))


async def notify_of_release(database: Database, job: NotifyOfRelease) -> None:
    """Notify followers of a release: of its owner, and of artists who confirmed it or a track.

    Who follows several is notified once. Running twice notifies only those not reached before.
    """
    async with database.read() as conn:
        artists = await credit_queries.list_linked_artists(conn, job.release_id)
    for artist_id in _list_followed(job, artists):
        notification = NewNotification(
            artist_id, NotificationKind.RELEASE_PUBLISHED, job.release_id, release_id=job.release_id
        )
        await _notify_followers(database, job.owner_id, notification, "releases")


async def notify_of_track(database: Database, job: NotifyOfTrack) -> None:
    """Notify followers of a track: of its owner, and of artists who confirmed it.

    Who follows several is notified once. Running twice notifies only those not reached before.
    """
    async with database.read() as conn:
        artists = await credit_queries.list_track_artists(conn, job.track_id)
    for artist_id in _list_followed(job, artists):
        notification = NewNotification(
            artist_id, NotificationKind.TRACK_PUBLISHED, job.track_id, track_id=job.track_id
        )
        await _notify_followers(database, job.owner_id, notification, "tracks")


def _list_followed(
    job: NotifyOfRelease | NotifyOfTrack, artists: Sequence[UserId]
) -> Sequence[UserId]:
    """Return whose followers are notified: of the owner and all artists, or of the one named."""
    followed = dict.fromkeys((job.owner_id, *artists))
    return [each for each in followed if job.artist_id in {None, each}]


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
            subject_id = notification.subject_id
            if table == "streams":
                user_ids = await creation.list_stream_viewers(tx, subject_id, user_ids)
            if table == "tracks":
                user_ids = await creation.list_track_listeners(tx, subject_id, user_ids)
            await notify(tx, notification, user_ids, not_blocked_with=[owner_id])
        after = followers[-1]
