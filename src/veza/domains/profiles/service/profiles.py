"""Profiles are changed by who manages them; names that look like verified ones are refused."""

from msgspec import UNSET, UnsetType

from veza.core.access import Member, act_as
from veza.core.confusables import list_skeletons
from veza.core.errors import FieldError, Invalid, required
from veza.core.ids import ImageId, ProfileId, ReleaseId, UserId
from veza.core.profiles import HandleMoved, ProfileKind, ProfileRole, Right
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.auth.accounts.events import HiddenTextsChanged
from veza.domains.auth.accounts.service import own_account
from veza.domains.auth.accounts.service.protected_names import ensure_unlike_verified
from veza.domains.images import rules as image_rules
from veza.domains.images.models import SMALL_SIDES_PX, ShownPicture
from veza.domains.images.service import images
from veza.domains.images.service.images import ImageProcessing, ShowPicture
from veza.domains.platform.uploads.models import FileForm, IncomingForm
from veza.domains.platform.uploads.service import Uploads
from veza.domains.profiles import rules
from veza.domains.profiles.errors import (
    AvatarNotFound,
    PinnedReleaseNotFound,
    ProfileNotFound,
)
from veza.domains.profiles.models.pictures import AvatarFile, ProfilePicture
from veza.domains.profiles.models.profiles import (
    OwnProfile,
    Profile,
    ProfileChange,
    ProfileList,
    StoredProfile,
)
from veza.domains.profiles.queries import profiles as queries
from veza.domains.profiles.service.links import forget_checks
from veza.domains.profiles.service.members import ensure_may
from veza.domains.profiles.shared_queries import find_handle_after
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def get_profile(conn: Conn, profile_id: ProfileId, viewer: Member | None) -> Profile:
    """Return a profile. Raises ProfileNotFound, also if the owner and the viewer are blocked."""
    found = await queries.find_profile(conn, profile_id, viewer and viewer.id)
    return _show_to(required(found, ProfileNotFound), viewer)


async def get_by_handle(conn: Conn, handle: str, viewer: Member | None) -> Profile:
    """Return the profile with a handle. Raises ProfileNotFound, and HandleMoved if it changed."""
    found = await queries.find_by_handle(conn, handle, viewer and viewer.id)
    if found is None and (moved := await find_handle_after(conn, handle)) is not None:
        raise HandleMoved(handle, moved)
    return _show_to(required(found, ProfileNotFound), viewer)


async def list_own(conn: Conn, member: Member) -> ProfileList:
    """Return the profiles that a member has a role in, the personal one first.

    Who acts as a profile sees that one.
    """
    found = await queries.list_of_member(conn, member.actor_id)
    shown = [each for each in found if member.acts_as in {None, each.id}]
    return ProfileList([rules.show_own(each, each.role) for each in shown])


async def show_own(conn: Conn, profile_id: ProfileId, role: ProfileRole) -> OwnProfile:
    """Return a profile to a member who has a role in it. Raises ProfileNotFound."""
    stored = required(await queries.find_any(conn, profile_id), ProfileNotFound)
    return rules.show_own(stored, role)


async def change_profile(
    tx: Tx, profile_id: ProfileId, member: Member, change: ProfileChange
) -> Profile:
    """Change a profile that the caller manages.

    Raises ProfileNotFound, NotYourProfile, NameOfVerified, UsernameTaken, PinnedReleaseNotFound,
    and Invalid for what can't be shown, or for the handle of a person.
    """
    stored = await _lock_managed(tx, profile_id, member)
    if change.handle is not UNSET and change.handle != stored.handle:
        await _change_handle(tx, stored, change.handle)
    details = rules.change_details(stored, change)
    if details.display_name != stored.display_name:
        name = details.display_name or stored.handle
        await ensure_unlike_verified(tx, "display_name", name, stored.account_id)
    await _ensure_own_release(tx, profile_id, change.pinned_release_id)
    await queries.update_details(tx, profile_id, details)
    await forget_checks(tx, stored, details.links)
    if details.text != rules.as_written(stored).text:
        await account_queries.update_bio(tx, stored.account_id, details.text)
    if details.display_name != stored.display_name:
        await own_account.announce_name(tx, stored.account_id, stored.handle)
    if stored.taken_down is not None:
        await emit(tx, HiddenTextsChanged(stored.account_id))
    return await _show_changed(tx, profile_id)


async def _change_handle(tx: Tx, stored: StoredProfile, handle: str) -> None:
    """Give a page another handle; the former one leads to it for a year."""
    if stored.kind is ProfileKind.PERSON:
        raise Invalid(
            details=[FieldError("handle", "It is your username: change that.", "own_username")]
        )
    await ensure_unlike_verified(tx, "handle", handle, stored.account_id)
    await own_account.rename(tx, stored.account_id, handle)


async def upload_picture(
    uploads: Uploads,
    processing: ImageProcessing,
    member: Member,
    *,
    picture: ProfilePicture,
    form: IncomingForm[FileForm],
) -> Profile:
    """Receive the picture or banner of a profile that the caller manages; the former is deleted.

    Raises ProfileNotFound and NotYourProfile before the body is read, and the errors of
    `images.upload_shown`.
    """

    async def ensure_allowed(tx: Tx) -> None:
        await ensure_may(tx, picture.profile_id, member, Right.MANAGE)

    async def show(tx: Tx, image_id: ImageId) -> Profile:
        return await _replace_picture(tx, picture, member, image_id)

    async with uploads.database.read() as conn:
        _, role = await ensure_may(conn, picture.profile_id, member, Right.MANAGE)
    # The picture is the profile's.
    page_id = UserId(picture.profile_id)
    owner = member if member.id == page_id else act_as(member, page_id, role)

    place = ShowPicture(picture.kind, ensure_allowed, show)
    return await images.upload_shown(uploads, processing, owner, form=form, show=place)


async def remove_picture(tx: Tx, picture: ProfilePicture, member: Member) -> Profile:
    """Delete the picture or banner of a profile that the caller manages, if there is one."""
    return await _replace_picture(tx, picture, member, None)


async def open_avatar(
    conn: Conn, profile_id: ProfileId, viewer: Member | None, size: int | None
) -> AvatarFile:
    """Return the picture of a profile that is at least as large as it is shown, or the largest.

    Raises ProfileNotFound, and AvatarNotFound if there is no picture.
    """
    found = await find_avatar(conn, profile_id, viewer, size)
    if found is None:
        await get_profile(conn, profile_id, viewer)
        raise AvatarNotFound
    return found


async def find_avatar(
    conn: Conn, profile_id: ProfileId, viewer: Member | None, size: int | None = None
) -> AvatarFile | None:
    """Return the picture of a profile, if the viewer may see it and there is one."""
    found = await queries.find_avatar(conn, profile_id, viewer and viewer.id)
    if found is None:
        return None
    key, size_bytes = image_rules.key_of(found.id), found.size_bytes
    for side, small_bytes in zip(SMALL_SIDES_PX, found.small_bytes, strict=True):
        if size is not None and size <= side:
            key, size_bytes = image_rules.small_key_of(found.id, side), small_bytes
            break
    return AvatarFile(found.id, key, size_bytes, found.created_at, found.is_reserved)


async def verify(tx: Tx, profile_id: ProfileId) -> Profile:
    """Mark a profile as verified, and protect its name and handle. Raises ProfileNotFound."""
    await queries.lock_profile(tx, profile_id)
    stored = required(await queries.find_any(tx, profile_id), ProfileNotFound)
    names = {stored.handle, stored.display_name or stored.handle}
    skeletons = frozenset[str]().union(*map(list_skeletons, names))
    await queries.update_verified(tx, profile_id, skeletons)
    return await _show(tx, profile_id)


async def unverify(tx: Tx, profile_id: ProfileId) -> Profile:
    """Take the mark of a verified profile back. Raises ProfileNotFound."""
    await queries.lock_profile(tx, profile_id)
    await queries.update_unverified(tx, profile_id)
    return await _show(tx, profile_id)


async def _replace_picture(
    tx: Tx, picture: ProfilePicture, member: Member, image_id: ImageId | None
) -> Profile:
    stored = await _lock_managed(tx, picture.profile_id, member)
    is_avatar = picture.kind is ShownPicture.AVATAR
    former = stored.avatar_id if is_avatar else stored.banner_id
    if image_id != former:
        update = queries.update_avatar if is_avatar else queries.update_banner
        await update(tx, picture.profile_id, image_id)
        if is_avatar:
            await queries.update_avatar_undescribed(tx, picture.profile_id)
    if former is not None:
        await images.delete_images(tx, [former])
    return await _show_changed(tx, picture.profile_id)


async def _lock_managed(tx: Tx, profile_id: ProfileId, member: Member) -> StoredProfile:
    await queries.lock_profile(tx, profile_id)
    stored, _ = await ensure_may(tx, profile_id, member, Right.MANAGE)
    return stored


async def _ensure_own_release(
    tx: Tx, profile_id: ProfileId, release_id: ReleaseId | UnsetType | None
) -> None:
    if not release_id:
        return
    if not await queries.lock_own_release(tx, profile_id, release_id):
        raise PinnedReleaseNotFound


def _show_to(stored: StoredProfile, viewer: Member | None) -> Profile:
    is_own = viewer is not None and viewer.id == stored.account_id
    return rules.show_to_owner(stored) if is_own else rules.show_profile(stored)


async def _show_changed(conn: Conn, profile_id: ProfileId) -> Profile:
    return rules.show_to_owner(required(await queries.find_any(conn, profile_id), ProfileNotFound))


async def _show(conn: Conn, profile_id: ProfileId) -> Profile:
    return rules.show_profile(required(await queries.find_any(conn, profile_id), ProfileNotFound))
