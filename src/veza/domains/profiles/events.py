"""Announces to all processes that roles in profiles changed, and to reactions what happened."""

from msgspec import Struct

from veza.core.ids import ProfileId, ProfileInvitationId, RosterEntryId, UserId

# The topic of a revision. Its subject is the id of the profile, a colon, and that of the member,
# or nothing for all of its members.
PROFILE_ROLE_CHANGED = "profile_role"


class ProfileClaimed(Struct, frozen=True):
    """An artist claimed the page that a label ran for them: the label has no role in it."""

    profile_id: ProfileId
    label_id: UserId


class ProfileInvited(Struct, frozen=True):
    """A member was invited to a role in a profile, by name."""

    invitation_id: ProfileInvitationId
    profile_id: UserId
    user_id: UserId


class ProfileManagementEnded(Struct, frozen=True):
    """A member can't manage a profile any more, and may know its secrets."""

    profile_id: ProfileId
    user_id: UserId


class RosterProposed(Struct, frozen=True):
    """A label asked an artist to be on its roster."""

    entry_id: RosterEntryId
    label_id: UserId
    profile_id: UserId
