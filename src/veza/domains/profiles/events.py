"""Announces to all processes that roles in profiles changed, and to reactions what happened."""

from msgspec import Struct

from veza.core.ids import ProfileId, UserId

# The topic of a revision. Its subject is the id of the profile, a colon, and that of the member,
# or nothing for all of its members.
PROFILE_ROLE_CHANGED = "profile_role"


class ProfileClaimed(Struct, frozen=True):
    """An artist claimed the page that a label ran for them: the label has no role in it."""

    profile_id: ProfileId
    label_id: UserId
