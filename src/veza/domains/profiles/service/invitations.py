"""Members are invited to a role by name or by mail, and accept or decline; pages change hands."""

import math
from datetime import timedelta

from veza.core.access import Member
from veza.core.errors import Allowance, FieldError, Invalid, Unauthenticated, required
from veza.core.ids import ProfileId, ProfileInvitationId, UserId, new_id
from veza.core.profiles import NotYourProfile, ProfileRole, Right, may_grant
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.profiles import rules
from veza.domains.profiles.errors import (
    AlreadyProfileMember,
    InvitationsLimited,
    OwnTransfer,
    ProfileInvitationNotFound,
    TooManyProfileInvitations,
)
from veza.domains.profiles.events import ProfileInvited
from veza.domains.profiles.models.invitations import (
    NewProfileInvitation,
    ProfileInvitation,
    ProfileInvitationForm,
    ProfileInvitationList,
    ReceivedInvitationList,
    SendProfileInvitation,
)
from veza.domains.profiles.models.profiles import OwnProfile, PageSettings, Profile
from veza.domains.profiles.queries import invitations as queries
from veza.domains.profiles.queries import members as member_queries
from veza.domains.profiles.queries import profiles as profile_queries
from veza.domains.profiles.service import members, pages, profiles
from veza.infra.jobs.outbox import emit
from veza.infra.jobs.queue import enqueue
from veza.infra.postgres.database import Conn, Tx
from veza.infra.valkey.client import WindowCounters

LIFETIME = timedelta(days=14)
MAX_OPEN = 50
# Of one account, to addresses, in an hour.
MAX_MAILS = 20
_MAIL_WINDOW_S = 3600


async def count_mail(counters: WindowCounters, member: Member) -> None:
    """Count an invitation to an address. Raises InvitationsLimited."""
    window = await counters.add(f"profile-invitations:{member.actor_id}", _MAIL_WINDOW_S)
    if window.count > MAX_MAILS:
        wait_s = max(1, math.ceil(window.ends_in_s))
        raise InvitationsLimited(retry_after=wait_s, allowance=Allowance(MAX_MAILS, _MAIL_WINDOW_S))


async def invite(
    tx: Tx, profile_id: ProfileId, member: Member, form: ProfileInvitationForm
) -> ProfileInvitation:
    """Invite a member or an address to a role; a former invitation of the same is replaced.

    Raises ProfileNotFound, NotYourProfile, PersonalProfile, UserNotFound, AlreadyProfileMember,
    TooManyProfileInvitations, and Invalid unless there is a name or an address.
    """
    await profile_queries.lock_profile(tx, profile_id)
    stored, role = await members.ensure_may(tx, profile_id, member, Right.MANAGE)
    members.ensure_shared(stored)
    if (form.username is None) == (form.email is None):
        raise Invalid(details=[FieldError("username", "Give a username or an address.", "missing")])
    if not may_grant(role, form.role):
        raise NotYourProfile
    user_id = await _find_invited(tx, profile_id, form.username)
    new = NewProfileInvitation(profile_id, member.actor_id, user_id, form.email, form.role)
    await queries.delete_same(tx, new)
    if await queries.count_open(tx, profile_id) >= MAX_OPEN:
        raise TooManyProfileInvitations
    invitation_id = ProfileInvitationId(new_id())
    await queries.insert_invitation(tx, invitation_id, new, LIFETIME)
    if form.email is not None:
        await enqueue(tx, SendProfileInvitation(invitation_id))
    if user_id is not None:
        await emit(tx, ProfileInvited(invitation_id, stored.account_id, user_id))
    return await queries.get_invitation(tx, invitation_id)


async def list_open(conn: Conn, profile_id: ProfileId, member: Member) -> ProfileInvitationList:
    """Return the open invitations to a profile. Raises ProfileNotFound and NotYourProfile."""
    await members.ensure_may(conn, profile_id, member, Right.MANAGE)
    return ProfileInvitationList(await queries.list_invitations(conn, profile_id))


async def withdraw(
    tx: Tx, profile_id: ProfileId, member: Member, invitation_id: ProfileInvitationId
) -> None:
    """Delete an invitation to a profile.

    Raises ProfileNotFound, NotYourProfile and ProfileInvitationNotFound.
    """
    await members.ensure_may(tx, profile_id, member, Right.MANAGE)
    if not await queries.delete_invitation(tx, invitation_id, profile_id):
        raise ProfileInvitationNotFound


async def list_received(conn: Conn, account: Member) -> ReceivedInvitationList:
    """Return the open invitations of the caller."""
    found = await queries.list_received(conn, account.id)
    return ReceivedInvitationList([rules.show_received(each) for each in found])


async def accept(
    tx: Tx, settings: PageSettings, account: Member, invitation_id: ProfileInvitationId
) -> OwnProfile:
    """Take the role of an invitation. Raises ProfileInvitationNotFound and TooManyPages."""
    if not await member_queries.lock_account(tx, account.id):
        # The access token is valid, but the account is gone or was just suspended.
        raise Unauthenticated
    first = await queries.find_received(tx, account.id, invitation_id)
    profile_id = required(first, ProfileInvitationNotFound).id
    await profile_queries.lock_profile(tx, profile_id)
    # It may have been withdrawn, or used, until the lock was there.
    found = await queries.find_received(tx, account.id, invitation_id)
    stored = required(found, ProfileInvitationNotFound)
    await queries.delete_invitation(tx, invitation_id, profile_id)
    if await member_queries.find_member(tx, profile_id, account.id) is not None:
        raise AlreadyProfileMember
    if stored.role is ProfileRole.OWNER:
        await pages.ensure_may_own(tx, settings, account.id)
    is_shown = members.is_shown_at_first(stored.kind)
    await member_queries.insert_member(
        tx, profile_id, account.id, role=stored.role, is_shown=is_shown
    )
    return await profiles.show_own(tx, profile_id, stored.role)


async def decline(tx: Tx, account: Member, invitation_id: ProfileInvitationId) -> None:
    """Delete an invitation of the caller. Raises ProfileInvitationNotFound."""
    found = await queries.find_received(tx, account.id, invitation_id)
    stored = required(found, ProfileInvitationNotFound)
    await queries.delete_invitation(tx, invitation_id, stored.id)


async def transfer(
    tx: Tx, settings: PageSettings, profile_id: ProfileId, member: Member, username: str
) -> Profile:
    """Hand a profile over: another member owns it from now on, and the caller has no role.

    Raises ProfileNotFound, NotYourProfile, PersonalProfile, UserNotFound, OwnTransfer and
    TooManyPages.
    """
    await profile_queries.lock_profile(tx, profile_id)
    stored, _ = await members.ensure_may(tx, profile_id, member, Right.OWN)
    members.ensure_shared(stored)
    heir = required(await queries.lock_account(tx, username, profile_id), UserNotFound)
    if heir == member.actor_id:
        raise OwnTransfer
    before = await member_queries.find_member(tx, profile_id, heir)
    if before is None or before.role is not ProfileRole.OWNER:
        await pages.ensure_may_own(tx, settings, heir)
    is_shown = members.is_shown_at_first(stored.kind)
    await member_queries.insert_member(
        tx, profile_id, heir, role=ProfileRole.OWNER, is_shown=is_shown
    )
    await member_queries.update_role(tx, profile_id, heir, ProfileRole.OWNER)
    await member_queries.delete_member(tx, profile_id, member.actor_id)
    await members.announce_change(tx, profile_id, heir, member.actor_id)
    await members.announce_management_end(tx, profile_id, member.actor_id, ProfileRole.OWNER)
    return rules.show_profile(stored)


async def _find_invited(tx: Tx, profile_id: ProfileId, username: str | None) -> UserId | None:
    if username is None:
        return None
    user_id = required(await queries.lock_account(tx, username, profile_id), UserNotFound)
    if await member_queries.find_member(tx, profile_id, user_id) is not None:
        raise AlreadyProfileMember
    return user_id
