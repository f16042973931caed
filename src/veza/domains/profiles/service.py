"""Profiles are changed by their owners; names that look like those of verified ones are refused."""

from veza.core.access import Member
from veza.core.confusables import list_skeletons
from veza.core.errors import FieldError, required
from veza.core.ids import ImageId, ProfileId
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.auth.accounts.service import own_account
from veza.domains.images import rules as image_rules
from veza.domains.images import service as images
from veza.domains.images.models import SMALL_SIDES_PX, ShownPicture
from veza.domains.images.service import ImageProcessing, ShowPicture
from veza.domains.platform.uploads.models import FileForm, IncomingForm
from veza.domains.platform.uploads.service import Uploads
from veza.domains.profiles import queries, rules
from veza.domains.profiles.errors import (
    AvatarNotFound,
    NameOfVerified,
    ProfileNotFound,
)
from veza.domains.profiles.models import (
    AvatarFile,
    Profile,
    ProfileChange,
    ProfileList,
    ProfilePicture,
    StoredProfile,
)
from veza.infra.postgres.database import Conn, Tx


async def get_profile(conn: Conn, profile_id: ProfileId, viewer: Member | None) -> Profile:
    """Return a profile. Raises ProfileNotFound, also if the owner and the viewer are blocked."""
    found = await queries.find_profile(conn, profile_id, viewer and viewer.id)
    return rules.show_profile(required(found, ProfileNotFound))


async def get_by_handle(conn: Conn, handle: str, viewer: Member | None) -> Profile:
    """Return the profile with a handle. Raises ProfileNotFound."""
    found = await queries.find_by_handle(conn, handle, viewer and viewer.id)
    return rules.show_profile(required(found, ProfileNotFound))


async def list_own(conn: Conn, member: Member) -> ProfileList:
    """Return the profiles that a member owns, the personal one first."""
    found = await queries.list_of_account(conn, member.id)
    return ProfileList([rules.show_profile(each) for each in found])


async def change_profile(
    tx: Tx, profile_id: ProfileId, owner: Member, change: ProfileChange
) -> Profile:
    """Change a profile of the caller.

    Raises ProfileNotFound, NotYourProfile, NameOfVerified, and Invalid for what can't be shown.
    """
    stored = await _lock_own(tx, profile_id, owner)
    details = rules.change_details(stored, change)
    if details.display_name != stored.display_name:
        name = details.display_name or stored.handle
        await _ensure_unlike_verified(tx, name, profile_id)
    await queries.update_details(tx, profile_id, details)
    if details.text != stored.text:
        await account_queries.update_bio(tx, stored.account_id, details.text)
    if details.display_name != stored.display_name:
        await own_account.announce_name(tx, stored.account_id, stored.handle)
    return await _show(tx, profile_id)


async def upload_picture(
    uploads: Uploads,
    processing: ImageProcessing,
    owner: Member,
    *,
    picture: ProfilePicture,
    form: IncomingForm[FileForm],
) -> Profile:
    """Receive the picture or banner of a profile of the caller; the former one is deleted.

    Raises ProfileNotFound and NotYourProfile before the body is read, and the errors of
    `images.upload_shown`.
    """

    async def ensure_allowed(tx: Tx) -> None:
        rules.ensure_own(await queries.find_profile(tx, picture.profile_id, owner.id), owner.id)

    async def show(tx: Tx, image_id: ImageId) -> Profile:
        return await _replace_picture(tx, picture, owner, image_id)

    place = ShowPicture(picture.kind, ensure_allowed, show)
    return await images.upload_shown(uploads, processing, owner, form=form, show=place)


async def remove_picture(tx: Tx, picture: ProfilePicture, owner: Member) -> Profile:
    """Delete the picture or banner of a profile of the caller. Without one, nothing changes."""
    return await _replace_picture(tx, picture, owner, None)


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
    for side, size_bytes in zip(SMALL_SIDES_PX, found.small_bytes, strict=True):
        if size is not None and size <= side:
            key = image_rules.small_key_of(found.id, side)
            return AvatarFile(found.id, key, size_bytes, found.created_at)
    return AvatarFile(found.id, image_rules.key_of(found.id), found.size_bytes, found.created_at)


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
    tx: Tx, picture: ProfilePicture, owner: Member, image_id: ImageId | None
) -> Profile:
    stored = await _lock_own(tx, picture.profile_id, owner)
    is_avatar = picture.kind is ShownPicture.AVATAR
    former = stored.avatar_id if is_avatar else stored.banner_id
    if image_id != former:
        update = queries.update_avatar if is_avatar else queries.update_banner
        await update(tx, picture.profile_id, image_id)
    if former is not None:
        await images.delete_images(tx, [former])
    return await _show(tx, picture.profile_id)


async def _lock_own(tx: Tx, profile_id: ProfileId, owner: Member) -> StoredProfile:
    await queries.lock_profile(tx, profile_id)
    return rules.ensure_own(await queries.find_profile(tx, profile_id, owner.id), owner.id)


async def _ensure_unlike_verified(tx: Tx, name: str, profile_id: ProfileId) -> None:
    if await queries.is_name_protected(tx, list_skeletons(name), profile_id):
        raise NameOfVerified(details=[FieldError("display_name", NameOfVerified.message)])


async def _show(conn: Conn, profile_id: ProfileId) -> Profile:
    return rules.show_profile(required(await queries.find_any(conn, profile_id), ProfileNotFound))
