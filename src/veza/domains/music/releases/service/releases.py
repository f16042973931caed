"""Owners create and change releases; one that buyers wait for has to be published.

Whatever changes a release locks its owner first, then tracks, then the release: in the same order
as the deletion of a track or of an account.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from uuid import UUID

from msgspec import UNSET, structs

from veza.core.access import Member
from veza.core.errors import FieldError, Invalid, Unauthenticated
from veza.core.ids import ImageId, ReleaseId, new_id
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields, merge
from veza.core.visibility import Visibility
from veza.domains.images import service as images
from veza.domains.music.releases import rules
from veza.domains.music.releases.errors import ReleaseNotFound, ReleasePreordered, TooManyReleases
from veza.domains.music.releases.models.forms import (
    MAX_RELEASES,
    CreditForm,
    ReleaseChange,
    ReleaseForm,
    ReleaseMetadata,
)
from veza.domains.music.releases.models.releases import (
    ReleaseDetails,
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
from veza.domains.music.releases.service.responses import show_details
from veza.domains.music.releases.service.search import index_releases
from veza.domains.music.releases.service.tracklists import lock_placed, store_tracks
from veza.domains.music.tracks import rules as track_rules
from veza.infra.postgres.database import Conn, ConstraintViolation, Tx


async def create_release(
    tx: Tx, owner: Member, form: ReleaseForm, urls: UrlBuilder
) -> ReleaseDetails:
    """Create a release with its credits and tracks.

    Raises TooManyReleases, TrackNotFound, NotYourTrack, ImageNotFound and ImageInUse.
    """
    form = schedule(_clean(form))
    placed = rules.place_tracks(form.tracks)
    await lock_owner(tx, owner)
    if await releases.count_releases(tx, owner.id) >= MAX_RELEASES:
        raise TooManyReleases
    credited = await _lock_credited(tx, owner, form.credits)
    await lock_placed(tx, owner, placed)
    release_id = ReleaseId(new_id())
    await _show_cover(tx, owner, form.cover_image_id, form.visibility)
    await releases.insert_release(tx, release_id, owner.id, form)
    await releases.insert_credits(tx, release_id, credited)
    await store_tracks(tx, release_id, placed)
    if form.visibility is Visibility.PUBLIC:
        await publish_tracks(tx, release_id, owner.id, [track.track_id for track in placed])
        await index_releases(tx, [release_id])
    return await get_release(tx, release_id, owner, urls)


async def get_release(
    conn: Conn, release_id: ReleaseId, viewer: Member | None, urls: UrlBuilder
) -> ReleaseDetails:
    """Return a release with its credits. Raises ReleaseNotFound."""
    release = await find_visible(conn, release_id, viewer)
    return show_details(release, await releases.list_credits(conn, release_id), urls)


async def update_release(
    tx: Tx, release_id: ReleaseId, member: Member, change: ReleaseChange, urls: UrlBuilder
) -> ReleaseDetails:
    """Change the metadata and credits of a release of the caller.

    Raises ReleaseNotFound, NotYourRelease, ImageNotFound, ImageInUse and ReleasePreordered.
    """
    await lock_owner(tx, member)
    release = await find_own(tx, release_id, member)
    credited = None
    if change.credits is not UNSET:
        credited = await _lock_credited(tx, member, change.credits)
    form = reschedule(_clean(merge(ReleaseMetadata, release, change)), change)
    is_published = form.visibility is Visibility.PUBLIC is not release.visibility
    track_ids = await lock_tracks(tx, release_id) if is_published else []
    release = await lock_own(tx, release_id, member)
    await _replace_cover(tx, release, member, form)
    with _nobody_may_wait():
        await releases.update_release(tx, release_id, form)
    if credited is not None:
        await releases.delete_credits(tx, release_id)
        await releases.insert_credits(tx, release_id, credited)
    if is_published:
        await publish_tracks(tx, release_id, member.id, track_ids)
    await index_releases(tx, [release_id])
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


async def _lock_credited(tx: Tx, owner: Member, credited: Sequence[CreditForm]) -> list[CreditForm]:
    """Return clean credits whose members cannot be deleted meanwhile. Raises Invalid."""
    cleaned = rules.clean_credits(credited)
    user_ids = {credit.user_id for credit in cleaned if credit.user_id is not None}
    known = await releases.lock_linkable(tx, owner.id, list(user_ids))
    for number, credit in enumerate(cleaned):
        if credit.user_id is not None and credit.user_id not in known:
            message = "There is no such member: leave it out for a name without a link."
            raise Invalid(details=[FieldError(f"credits.{number}.user_id", message)])
    return cleaned


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
