"""Publication of releases: at once, or when their time has come.

The tracks of a release become public with it, and those that are put on a public release as well.
Followers are notified once: when the release is first public and has tracks.
"""

from collections.abc import Sequence
from datetime import datetime

from msgspec import UNSET, structs

from veza.core.clock import now, require_future
from veza.core.ids import ReleaseId, TrackId, UserId
from veza.core.visibility import Visibility
from veza.domains.images.service import images
from veza.domains.music.releases.events import ReleasePublished
from veza.domains.music.releases.models.forms import ReleaseChange, ReleaseMetadata
from veza.domains.music.releases.queries import publication, releases, tracklists
from veza.domains.music.releases.service.search import index_releases
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.service import track_changes
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Tx


def schedule[T: ReleaseMetadata](form: T) -> T:
    """Return the form of a release that is private if it is scheduled.

    Raises Invalid unless the time is to come.
    """
    if form.publish_at is None:
        return form
    require_future(form.publish_at, "publish_at", now())
    return structs.replace(form, visibility=Visibility.PRIVATE)


def reschedule(form: ReleaseMetadata, change: ReleaseChange) -> ReleaseMetadata:
    """Return the changed form of a release: a visibility without a new time ends its schedule."""
    if change.publish_at is not UNSET:
        return schedule(form)
    if form.visibility is not Visibility.PRIVATE:
        return structs.replace(form, publish_at=None)
    return form


async def lock_tracks(tx: Tx, release_id: ReleaseId) -> list[TrackId]:
    """Lock the tracks of a release before it is published.

    The caller has locked the owner, so that no track is added meanwhile.
    """
    track_ids = await tracklists.list_track_ids(tx, release_id)
    await track_queries.lock_counts(tx, track_ids)
    return track_ids


async def publish_tracks(
    tx: Tx, release_id: ReleaseId, owner_id: UserId, track_ids: Sequence[TrackId]
) -> None:
    """Make tracks of a public release public. The caller has locked them and the release."""
    await track_changes.publish_tracks(tx, track_ids)
    if await publication.update_published(tx, release_id):
        await emit(tx, ReleasePublished(release_id, owner_id))


async def publish_due(tx: Tx, release_id: ReleaseId, moment: datetime) -> bool:
    """Publish a release if it is due at a moment; return False if it is not, or was deleted."""
    owner_id = await publication.find_owner(tx, release_id)
    if owner_id is None or not await releases.lock_owner(tx, owner_id):
        return False
    track_ids = await lock_tracks(tx, release_id)
    release = await releases.lock_release(tx, release_id, owner_id)
    if release is None or release.publish_at is None or release.publish_at > moment:
        return False
    if release.owner_visibility is not None:
        # It is due again once it is restored.
        return False
    await publication.update_public(tx, release_id)
    if release.cover_image_id is not None:
        await images.update_public(tx, release.cover_image_id, is_public=True)
    await publish_tracks(tx, release_id, owner_id, track_ids)
    await index_releases(tx, [release_id])
    return True
