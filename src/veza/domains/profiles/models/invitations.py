"""Invitations to a role in a page."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import ProfileId, ProfileInvitationId, UserId
from veza.core.languages import Language
from veza.core.profiles import ProfileRole
from veza.domains.auth.accounts.models import Email, Username
from veza.domains.profiles.models.members import FormerMembership
from veza.domains.profiles.models.profiles import OwnProfile, Profile, StoredProfile


class ProfileInvitationForm(Struct, frozen=True):
    """An invitation to a role, by a username or an address."""

    role: ProfileRole
    username: Username | None = None
    email: Email | None = None


class NewProfileInvitation(Struct, frozen=True):
    """The row of an invitation: of a member, or of an address."""

    profile_id: ProfileId
    invited_by: UserId
    user_id: UserId | None
    email: str | None
    role: ProfileRole


class ProfileInvitation(Struct, frozen=True):
    """An open invitation, as those who manage the profile see it."""

    id: ProfileInvitationId
    profile_id: ProfileId
    username: str | None
    email: str | None
    role: ProfileRole
    created_at: datetime
    expires_at: datetime


class ProfileInvitationList(Struct, frozen=True):
    """The open invitations to a profile, the latest first."""

    invitations: list[ProfileInvitation]


class StoredInvitation(StoredProfile, frozen=True):
    """An invitation with the profile that it is to."""

    invitation_id: ProfileInvitationId
    role: ProfileRole
    expires_at: datetime


class ReceivedInvitation(Struct, frozen=True):
    """An invitation of the caller, and the profile: not who sent it."""

    id: ProfileInvitationId
    profile: Profile
    role: ProfileRole
    expires_at: datetime


class ReceivedInvitationList(Struct, frozen=True):
    """The open invitations of the caller, the latest first."""

    invitations: list[ReceivedInvitation]


class PersonalProfiles(Struct, frozen=True):
    """The profiles that a member has a role in, and their invitations, for the export."""

    profiles: list[OwnProfile]
    invitations: list[ReceivedInvitation]
    former: list[FormerMembership]


class SendProfileInvitation(Struct, frozen=True):
    """Job: mail an invitation to an address."""

    invitation_id: ProfileInvitationId


class InvitationMail(Struct, frozen=True):
    """The content of the mail of an invitation."""

    email: str
    profile_name: str
    role: ProfileRole
    language: Language
