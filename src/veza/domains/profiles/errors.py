"""Refuses profiles that are hidden or another member's, and names of verified profiles."""

from veza.core.errors import Conflict, Forbidden, NotFound


class ProfileNotFound(NotFound):
    """There is no such profile, or the caller may not see it."""

    code = "profile_not_found"
    message = "There is no such profile."


class NotYourProfile(Forbidden):
    """Only members of the profile may change it."""

    code = "not_your_profile"
    message = "Only the owner of the profile can do this."


class AvatarNotFound(NotFound):
    """The profile has no picture."""

    code = "avatar_not_found"
    message = "This profile has no picture."


class NameOfVerified(Conflict):
    """The name is equal to that of a verified profile, or can be taken for it."""

    code = "name_of_verified"
    message = "This name looks like that of a verified profile: choose another one."
