"""Owners create and change releases; one that buyers wait for has to be published.

Whatever changes a release locks its owner first, then tracks, then the release: in the same order
as the deletion of a track or of an account.
"""

from collections.abc import Generator
from contextlib import contextmanager
from uuid import UUID

from msgspec import UNSET, UnsetType, structs

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import ImageId, ReleaseId, new_id
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields, merge
from veza.core.takedowns import as_chosen
from veza.core.visibility import Visibility
from veza.domains.audiences.service import lock_chosen
from veza.domains.images.service import images
from veza.domains.moderation.takedowns.shared_queries import note_edit
from veza.domains.music.credits import service as credits_service
from veza.domains.music.credits.models import CreditedItem, CreditedKind, EnteredCredits
from veza.domains.music.credits.service import NamedProfiles
from veza.domains.music.releases import rules
from veza.domains.music.releases.errors import ReleaseNotFound, ReleasePreordered, TooManyReleases
from veza.domains.music.releases.events import ReleaseCreated
from veza.domains.music.releases.models.forms import (
    MAX_RELEASES,
    ReleaseChange,
    ReleaseForm,
    ReleaseMetadata,
    changed_credits_of,
    credits_of,
)
from veza.domains.music.releases.models.releases import (
    Release,
    ReleaseEvidence,
    StoredRelease,
)
from veza.domains.music.releases.queries import releases
from veza.domains.music.releases.service.publication import (
    lock_tracks,
    publish_tracks,
    reschedule,
    schedule,
)
from veza.domains.music.releases.service.responses import show_release
from veza.domains.music.releases.service.search import index_releases
from veza.domains.music.releases.service.tracklists import lock_placed, store_tracks
from veza.domains.music.tracks import rules as track_rules
from veza.domains.music.tracks.service import track_changes
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Tx


async def create_release(tx: Tx, owner: Member, form: ReleaseForm, urls: UrlBuilder) -> Release:
    """Create a release with its artists, credits and tracks.

    Raises TooManyReleases, TrackNotFound, NotYourTrack, ImageNotFound, ImageInUse and
    TooManyPendingCredits.
    """
    form = schedule(_clean(form))
    placed = rules.place_tracks(form.tracks)
    await lock_owner(tx, owner)
    if await releases.count_releases(tx, owner.id) >= MAX_RELEASES:
        raise TooManyReleases
    given = credits_of(form)
    profiles = await credits_service.lock_profiles(tx, owner.id, given)
    await lock_placed(tx, owner, placed)
    await lock_chosen(tx, owner.id, form.tier_id)
    release_id = ReleaseId(new_id())
    await _show_cover(tx, owner, form.cover_image_id, form.visibility)
    await releases.insert_release(tx, release_id, owner.id, structs.replace(form, artist_name=None))
    line = await _store_credits(tx, release_id, owner, given, profiles)
    if isinstance(line, str):
        await releases.update_artist_name(tx, release_id, line)
    await store_tracks(tx, release_id, placed)
    track_ids = [track.track_id for track in placed]
    await track_changes.change_tier(tx, track_ids, None, form.tier_id)
    if form.visibility is Visibility.PUBLIC:
        await publish_tracks(tx, release_id, owner.id, track_ids)
        await index_releases(tx, [release_id])
    await emit(tx, ReleaseCreated(release_id, owner.id))
    return await get_release(tx, release_id, owner, urls)


async def get_release(
    conn: Conn, release_id: ReleaseId, viewer: Member | None, urls: UrlBuilder
) -> Release:
    """Return a release. Raises ReleaseNotFound."""
    return show_release(await find_visible(conn, release_id, viewer), urls)


async def update_release(
    tx: Tx, release_id: ReleaseId, member: Member, change: ReleaseChange, urls: UrlBuilder
) -> Release:
    """Change the metadata and credits of a release of the caller.

    Raises ReleaseNotFound, NotYourRelease, ImageNotFound, ImageInUse, ReleasePreordered and
    TooManyPendingCredits.
    """
    await lock_owner(tx, member)
    release = await find_own(tx, release_id, member)
    given = changed_credits_of(change, show_release(release, urls).artist_name)
    profiles = await credits_service.lock_profiles(tx, member.id, given)
    await lock_chosen(tx, member.id, change.tier_id)
    form = reschedule(_clean(merge(ReleaseMetadata, as_chosen(release), change)), change)
    becomes_public = form.visibility is Visibility.PUBLIC is not release.visibility
    is_published = becomes_public and release.owner_visibility is None
    changes_tracks = is_published or form.tier_id != release.tier_id
    track_ids = await lock_tracks(tx, release_id) if changes_tracks else []
    release = await lock_own(tx, release_id, member)
    await _replace_cover(tx, release, member, form)
    line = await _store_credits(tx, release_id, member, given, profiles)
    form = structs.replace(form, artist_name=release.artist_name if line is UNSET else line)
    with _nobody_may_wait():
        await releases.update_release(tx, release_id, form)
    await track_changes.change_tier(tx, track_ids, release.tier_id, form.tier_id)
    if is_published:
        await publish_tracks(tx, release_id, member.id, track_ids)
    await index_releases(tx, [release_id])
    await note_edit(tx, release.taken_down)
    return await get_release(tx, release_id, member, urls)


async def delete_release(tx: Tx, release_id: ReleaseId, member: Member) -> None:
    """Delete a release of the caller, and its cover. Its tracks stay.

    Products that are this release are withdrawn. Raises ReleasePreordered.
    """
    await lock_owner(tx, member)
    release = await lock_own(tx, release_id, member)
    with _nobody_may_wait():
        await releases.delete_release(tx, release_id)
    if release.cover_image_id is not None:
        await images.delete_images(tx, [release.cover_image_id])


async def find_visible(conn: Conn, release_id: ReleaseId, viewer: Member | None) -> StoredRelease:
    """Return a release that the viewer may see. Raises ReleaseNotFound."""
    release = await releases.find_release(conn, release_id, viewer and viewer.id)
    if release is None or not rules.can_see(release, viewer and viewer.id):
        raise ReleaseNotFound
    return release


async def find_evidence(conn: Conn, release_id: UUID, viewer: Member) -> ReleaseEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the release."""
    release = await releases.find_release(conn, ReleaseId(release_id), viewer.id)
    if release is None or not rules.can_see(release, viewer.id):
        return None
    return copy_fields(ReleaseEvidence, release, author_id=release.owner_id)


async def find_own(conn: Conn, release_id: ReleaseId, member: Member) -> StoredRelease:
    """Return a release of the member. Raises ReleaseNotFound and NotYourRelease."""
    return rules.ensure_own(await find_visible(conn, release_id, member), member.id)


async def lock_own(tx: Tx, release_id: ReleaseId, member: Member) -> StoredRelease:
    """Lock and return a release of the member. Raises ReleaseNotFound and NotYourRelease."""
    release = await releases.lock_release(tx, release_id, member.id)
    if release is None or not rules.can_see(release, member.id):
        raise ReleaseNotFound
    return rules.ensure_own(release, member.id)


async def lock_owner(tx: Tx, owner: Member) -> None:
    """Lock a member before their releases. Raises Unauthenticated if the account is deleted."""
    if not await releases.lock_owner(tx, owner.id):
        # The token outlived the account.
        raise Unauthenticated


def _clean[T: ReleaseMetadata](form: T) -> T:
    return structs.replace(rules.clean(form), tags=track_rules.clean_tags(form.tags))


async def _store_credits(
    tx: Tx,
    release_id: ReleaseId,
    owner: Member,
    given: EnteredCredits,
    profiles: NamedProfiles | None,
) -> str | UnsetType | None:
    """Store the artists and credits of a locked release; return the line of its artists."""
    if profiles is None:
        return UNSET
    item = CreditedItem(CreditedKind.RELEASE, release_id, owner.id)
    return await credits_service.store(tx, item, given, profiles)


@contextmanager
def _nobody_may_wait() -> Generator[None]:
    """Raise ReleasePreordered if buyers wait for a release that won't be published any more."""
    try:
        yield
    except ConstraintViolation as error:
        if error.constraint == "releases_have_no_preorders":
            raise ReleasePreordered from error
        raise


async def _replace_cover(
    tx: Tx, release: StoredRelease, member: Member, form: ReleaseMetadata
) -> None:
    """Show another cover and delete the former one, or adapt who may see the cover."""
    if release.owner_visibility is not None:
        form = structs.replace(form, visibility=Visibility.PRIVATE)
    if form.cover_image_id != release.cover_image_id:
        await _show_cover(tx, member, form.cover_image_id, form.visibility)
        if release.cover_image_id is not None:
            await images.delete_images(tx, [release.cover_image_id])
    elif form.cover_image_id is not None and form.visibility is not release.visibility:
        is_public = form.visibility is Visibility.PUBLIC
        await images.update_public(tx, form.cover_image_id, is_public=is_public)


async def _show_cover(tx: Tx, owner: Member, cover: ImageId | None, visibility: Visibility) -> None:
    if cover is not None:
        is_public = visibility is Visibility.PUBLIC
        await images.show_images(tx, owner.id, [cover], is_public=is_public)
