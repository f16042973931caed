"""Staff takes a release or its cover down, and brings it back. The tracks stay."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import ReleaseId
from veza.core.reviews import ReviewedFile, review_image, review_track
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images.models import LockedItem
from veza.domains.images.service import images
from veza.domains.images.service.takedowns import PicturePlace, describe_place
from veza.domains.music.releases.models.releases import StoredRelease
from veza.domains.music.releases.queries import releases as records
from veza.domains.music.releases.queries import tracklists
from veza.domains.music.releases.service import releases
from veza.domains.music.releases.service.publication import lock_tracks, publish_tracks
from veza.domains.music.releases.service.search import index_releases
from veza.infra.postgres.database import Conn, Tx


async def _find(conn: Conn, content_id: UUID) -> OwnedItem | None:
    release = await records.find_release(conn, ReleaseId(content_id), None)
    return release and OwnedItem(release.owner_id, release.title)


async def _hide(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    release = await records.lock_release(tx, ReleaseId(content_id), None)
    if release is None:
        return None
    await records.update_taken_down(tx, release.id)
    await _show_cover(tx, release, is_public=False)
    await index_releases(tx, [release.id])
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    """Restore a release; if its owner published it meanwhile, its tracks become public now."""
    release_id = ReleaseId(content_id)
    found = await records.find_release(tx, release_id, None)
    if found is None:
        return
    track_ids = await lock_tracks(tx, release_id)
    release = await records.lock_release(tx, release_id, None)
    if release is None:
        return
    await records.update_restored(tx, release_id)
    is_public = release.owner_visibility is Visibility.PUBLIC
    await _show_cover(tx, release, is_public=is_public)
    if is_public and release.published_at is None:
        await publish_tracks(tx, release_id, release.owner_id, track_ids)
    await index_releases(tx, [release_id])


async def _delete(tx: Tx, content_id: UUID, owner: Member) -> None:
    await releases.delete_release(tx, ReleaseId(content_id), owner)


async def _show_cover(tx: Tx, release: StoredRelease, *, is_public: bool) -> None:
    if release.cover_image_id is not None:
        await images.update_public(tx, release.cover_image_id, is_public=is_public)


async def _lock_cover(tx: Tx, content_id: UUID) -> LockedItem | None:
    release = await records.lock_release(tx, ReleaseId(content_id), None)
    if release is None:
        return None
    return LockedItem(release.cover_image_id, release.visibility is Visibility.PUBLIC)


async def list_reviewed(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return the cover of a release, and its tracks."""
    covered = await records.find_covered(conn, content_id)
    heard = await tracklists.list_heard(conn, ReleaseId(content_id))
    return [
        *([] if covered is None else [review_image(covered.image_id, covered.title, urls)]),
        *(review_track(track.id, track.title, urls) for track in heard),
    ]


TAKEDOWN = TakedownKind(_find, _hide, _restore, _delete)
COVER = describe_place(PicturePlace(records.find_covered, _lock_cover, records.update_cover))
