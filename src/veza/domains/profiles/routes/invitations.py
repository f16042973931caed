"""Invitations to run an artist, a band or a label, and handing one over."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import ProfileId, ProfileInvitationId
from veza.core.profiles import NotYourProfile, Right
from veza.core.step_up import StepUp
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.profiles import errors
from veza.domains.profiles.models.invitations import (
    ProfileInvitation,
    ProfileInvitationForm,
    ProfileInvitationList,
    ReceivedInvitationList,
)
from veza.domains.profiles.models.members import TransferForm
from veza.domains.profiles.models.profiles import OwnProfile, PageSettings, Profile
from veza.domains.profiles.service import invitations as service
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.responses.envelope import Deleted
from veza.http.services import service_of
from veza.infra.valkey.client import WindowCounters

_REFUSED = (errors.ProfileNotFound, NotYourProfile)
_OF_OTHERS = (errors.PersonalProfile, errors.PlaceholderPage)


@post(
    "/profiles/{profile_id:uuid}/invitations",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=None,
    errors=[
        *_REFUSED,
        UserNotFound,
        errors.AlreadyProfileMember,
        errors.InvitationsLimited,
        *_OF_OTHERS,
        errors.TooManyProfileInvitations,
    ],
)
async def invite_to_profile(
    request: AnyRequest, profile_id: FromPath[UUID], data: JSONBody[ProfileInvitationForm], tx: Tx
) -> ProfileInvitation:
    """Invite somebody to a role in a profile, by `username` or by `email`.

    An address gets a mail, whether it has an account or not. The invitation lasts 14 days; another
    one of the same person replaces it. Owners give any role; managers those that may do nothing
    beyond their own.
    """
    member = viewer_of(request)
    if data.email is not None:
        await service.count_mail(service_of(request, WindowCounters), member)
    return await service.invite(tx, ProfileId(profile_id), member, data)


@get(
    "/profiles/{profile_id:uuid}/invitations",
    access=Access.USER,
    scope=None,
    errors=[*_REFUSED],
)
async def list_profile_invitations(
    request: AnyRequest, profile_id: FromPath[UUID], conn: Conn
) -> ProfileInvitationList:
    """List the open invitations to a profile that you manage, the latest first."""
    return await service.list_open(conn, ProfileId(profile_id), viewer_of(request))


@delete(
    "/profiles/{profile_id:uuid}/invitations/{profile_invitation_id:uuid}",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[*_REFUSED, errors.ProfileInvitationNotFound],
)
async def withdraw_profile_invitation(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    profile_invitation_id: FromPath[UUID],
    tx: Tx,
) -> Deleted:
    """Withdraw an invitation to a profile that you manage."""
    invitation_id = ProfileInvitationId(profile_invitation_id)
    await service.withdraw(tx, ProfileId(profile_id), viewer_of(request), invitation_id)
    return Deleted(invitation_id)


@get("/users/me/profile-invitations", access=Access.USER, right=None, scope=Scope.READ)
async def list_received_invitations(request: AnyRequest, conn: Conn) -> ReceivedInvitationList:
    """List the open invitations to you, and to your address once it is verified."""
    return await service.list_received(conn, viewer_of(request))


@post(
    "/profile-invitations/{profile_invitation_id:uuid}/accept",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    right=None,
    scope=None,
    status_code=200,
    errors=[
        errors.AlreadyProfileMember,
        errors.ProfileInvitationNotFound,
        errors.TooManyPages,
    ],
)
async def accept_profile_invitation(
    request: AnyRequest, profile_invitation_id: FromPath[UUID], tx: Tx
) -> OwnProfile:
    """Accept an invitation to you or to your address, and take its role in the profile."""
    settings = service_of(request, PageSettings)
    invitation_id = ProfileInvitationId(profile_invitation_id)
    return await service.accept(tx, settings, viewer_of(request), invitation_id)


@post(
    "/profile-invitations/{profile_invitation_id:uuid}/decline",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    right=None,
    scope=None,
    status_code=200,
    publishes=False,
    errors=[errors.ProfileInvitationNotFound],
)
async def decline_profile_invitation(
    request: AnyRequest, profile_invitation_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Decline an invitation to you or to your address."""
    invitation_id = ProfileInvitationId(profile_invitation_id)
    await service.decline(tx, viewer_of(request), invitation_id)
    return Deleted(invitation_id)


@post(
    "/profiles/{profile_id:uuid}/transfer",
    access=Access.USER,
    activity=Activity.MEMBERSHIP,
    scope=None,
    status_code=200,
    step_up=StepUp.EVERYBODY,
    errors=[
        *_REFUSED,
        UserNotFound,
        errors.OwnTransfer,
        *_OF_OTHERS,
        errors.TooManyPages,
    ],
)
async def transfer_profile(
    request: AnyRequest, profile_id: FromPath[UUID], data: JSONBody[TransferForm], tx: Tx
) -> Profile:
    """Hand a profile over to another member, who owns it at once; you have no role any more.

    Other members keep their roles.
    """
    settings = service_of(request, PageSettings)
    place = ProfileId(profile_id), viewer_of(request)
    return await service.transfer(tx, settings, *place, data.username)


router = Router(
    "/",
    route_handlers=[
        invite_to_profile,
        list_profile_invitations,
        withdraw_profile_invitation,
        list_received_invitations,
        accept_profile_invitation,
        decline_profile_invitation,
        transfer_profile,
    ],
    tags=["profiles"],
    # The role in the profile of the path decides.
    opt={"right": Right.READ},
)
