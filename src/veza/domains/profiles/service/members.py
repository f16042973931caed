"""Roles in profiles are given, taken and left; the last owner stays."""

from msgspec import UNSET

from veza.core.access import Member
from veza.core.errors import required
from veza.core.ids import ProfileId, UserId
from veza.core.profiles import (
    NotYourProfile,
    ProfileKind,
    ProfileRole,
    Right,
    ensure_right,
    may,
    may_grant,
)
from veza.domains.profiles import rules
from veza.domains.profiles.errors import (
    LastOwner,
    PersonalProfile,
    PlaceholderPage,
    ProfileMemberNotFound,
    ProfileNotFound,
)
from veza.domains.profiles.events import PROFILE_ROLE_CHANGED, ProfileManagementEnded
from veza.domains.profiles.models.members import MemberChange, ProfileMember, ProfileMemberList
from veza.domains.profiles.models.profiles import StoredProfile
from veza.domains.profiles.queries import claims as claim_queries
from veza.domains.profiles.queries import invitations as invitation_queries
from veza.domains.profiles.queries import members as queries
from veza.domains.profiles.queries import profiles as profile_queries
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Database, Tx
from veza.infra.postgres.revisions import announce


async def find_role(
    database: Database, profile_id: UserId, account_id: UserId
) -> ProfileRole | None:
    """Return the role of an account in a page; None without one, or while the page is hidden."""
    async with database.read() as conn:
        return await queries.find_role(conn, ProfileId(profile_id), account_id)


async def ensure_may(
    conn: Conn, profile_id: ProfileId, member: Member, right: Right
) -> tuple[StoredProfile, ProfileRole]:
    """Return a profile that the caller may act for, and their role in it.

    Raises ProfileNotFound and NotYourProfile. Who acts as a profile reaches no other.
    """
    found = await profile_queries.find_profile(conn, profile_id, member.id)
    stored = required(found, ProfileNotFound)
    role = None
    if member.acts_as is None or member.acts_as == profile_id:
        role = await _find_own_role(conn, profile_id, member.actor_id)
    ensure_right(role, right)
    assert role is not None
    return stored, role


async def lock_owned_page(tx: Tx, profile_id: ProfileId, member: Member) -> None:
    """Lock a page that the caller owns, or a placeholder of a label that they own.

    Raises ProfileNotFound, NotYourProfile and PersonalProfile.
    """
    await profile_queries.lock_profile(tx, profile_id)
    stored, role = await ensure_may(tx, profile_id, member, Right.MANAGE)
    if stored.kind is ProfileKind.PERSON:
        raise PersonalProfile
    if stored.is_placeholder:
        # As a placeholder, who owns its label has fewer rights.
        found = await queries.find_member(tx, profile_id, member.actor_id)
        role = found and found.role
    ensure_right(role, Right.OWN)


async def list_members(
    conn: Conn, profile_id: ProfileId, viewer: Member | None
) -> ProfileMemberList:
    """Return the members of a profile: to members all, to others those who are shown.

    Raises ProfileNotFound.
    """
    viewer_id = viewer and viewer.id
    required(await profile_queries.find_profile(conn, profile_id, viewer_id), ProfileNotFound)
    is_inside = viewer is not None and await _is_member(conn, profile_id, viewer)
    read = queries.list_members if is_inside else queries.list_shown_members
    found = await read(conn, profile_id)
    former = await queries.list_former_members(conn, profile_id)
    return ProfileMemberList(
        [rules.show_member(each, is_inside=is_inside) for each in found],
        [rules.show_former_member(each) for each in former],
    )


async def change_member(
    tx: Tx, profile_id: ProfileId, member: Member, user_id: UserId, change: MemberChange
) -> ProfileMember:
    """Give a member another role, or show or hide yourself.

    Raises ProfileNotFound, NotYourProfile, ProfileMemberNotFound and LastOwner.
    """
    await profile_queries.lock_profile(tx, profile_id)
    stored, own_role = await ensure_may(tx, profile_id, member, Right.READ)
    ensure_shared(stored)
    before = required(await queries.find_member(tx, profile_id, user_id), ProfileMemberNotFound)
    if change.role is not UNSET and change.role is not before.role:
        if not (may_grant(own_role, before.role) and may_grant(own_role, change.role)):
            raise NotYourProfile
        if change.role is not ProfileRole.OWNER:
            await _ensure_owned(tx, profile_id, user_id, before.role)
        await queries.update_role(tx, profile_id, user_id, change.role)
        await invitation_queries.delete_sent(tx, profile_id, user_id)
        await announce_change(tx, profile_id, user_id)
        if not may(change.role, Right.MANAGE):
            await announce_management_end(tx, profile_id, user_id, before.role)
    if change.is_shown is not UNSET:
        if user_id != member.actor_id:
            raise NotYourProfile
        await queries.update_shown(tx, profile_id, user_id, is_shown=change.is_shown)
    after = required(await queries.find_member(tx, profile_id, user_id), ProfileMemberNotFound)
    return rules.show_member(after, is_inside=True)


async def remove_member(tx: Tx, profile_id: ProfileId, member: Member, user_id: UserId) -> None:
    """Remove a member from a profile, or leave it. Of a former member, remove the name.

    Raises ProfileNotFound, NotYourProfile, ProfileMemberNotFound and LastOwner.
    """
    await profile_queries.lock_profile(tx, profile_id)
    is_own = user_id == member.actor_id
    if is_own and await queries.delete_former_member(tx, profile_id, user_id):
        return
    stored, own_role = await ensure_may(tx, profile_id, member, Right.READ)
    ensure_shared(stored)
    found = await queries.find_member(tx, profile_id, user_id)
    if found is None:
        ensure_right(own_role, Right.MANAGE)
        if not await queries.delete_former_member(tx, profile_id, user_id):
            raise ProfileMemberNotFound
        return
    if not is_own and not may_grant(own_role, found.role):
        raise NotYourProfile
    await _ensure_owned(tx, profile_id, user_id, found.role)
    await queries.delete_member(tx, profile_id, user_id)
    await announce_change(tx, profile_id, user_id)
    await announce_management_end(tx, profile_id, user_id, found.role)


async def announce_change(tx: Tx, profile_id: ProfileId, *user_ids: UserId) -> None:
    """Announce to all processes that roles changed or ended: they close those sockets.

    With those in a label, the roles in its placeholders have changed.
    """
    pages = await _list_run(tx, profile_id)
    subjects = (f"{page}:{each}" for page in pages for each in user_ids)
    await announce(tx, PROFILE_ROLE_CHANGED, *subjects)


async def announce_management_end(
    tx: Tx, profile_id: ProfileId, user_id: UserId, role: ProfileRole
) -> None:
    """Emit that a member manages a profile no more, if their role let them until now."""
    if may(role, Right.MANAGE):
        for page in await _list_run(tx, profile_id):
            await emit(tx, ProfileManagementEnded(page, user_id))


def is_shown_at_first(kind: ProfileKind) -> bool:
    """Return whether new members are shown: those of a band are, and who hosts a podcast.

    Until they choose otherwise.
    """
    return kind in {ProfileKind.BAND, ProfileKind.PODCAST}


def ensure_shared(stored: StoredProfile) -> None:
    """Raise if a profile can have no members of its own: PersonalProfile, or PlaceholderPage."""
    if stored.kind is ProfileKind.PERSON:
        raise PersonalProfile
    if stored.is_placeholder:
        raise PlaceholderPage


async def _list_run(conn: Conn, profile_id: ProfileId) -> list[ProfileId]:
    """Return a profile and, of a label, its placeholders: roles in it are roles in them."""
    return [profile_id, *await claim_queries.list_placeholders(conn, UserId(profile_id))]


async def _ensure_owned(tx: Tx, profile_id: ProfileId, user_id: UserId, role: ProfileRole) -> None:
    """Raise LastOwner if nobody would own a profile without this member."""
    if role is ProfileRole.OWNER and not await queries.has_other_owner(tx, profile_id, user_id):
        raise LastOwner


async def _find_own_role(
    conn: Conn, profile_id: ProfileId, account_id: UserId
) -> ProfileRole | None:
    if profile_id == account_id:
        return ProfileRole.OWNER
    return await queries.find_role(conn, profile_id, account_id)


async def _is_member(conn: Conn, profile_id: ProfileId, viewer: Member) -> bool:
    if viewer.acts_as is not None:
        return viewer.acts_as == profile_id
    return await _find_own_role(conn, profile_id, viewer.id) is not None
