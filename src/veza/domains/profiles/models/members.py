"""The members of a page."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ProfileId, UserId
from veza.core.people import Appearance
from veza.core.profiles import ProfileRole
from veza.domains.auth.accounts.models import NamedMember, Username


class StoredProfileMember(Struct, frozen=True):
    """A member of a profile, with the columns that they are shown by."""

    user_id: UserId
    username: str
    appearance: Appearance
    role: ProfileRole
    is_shown: bool
    joined_at: datetime


class ProfileMember(NamedMember, frozen=True):
    """A member of a profile. Only its members see roles."""

    role: ProfileRole | None
    is_shown: Annotated[
        bool, Meta(description="Whether everybody sees that they belong to the profile.")
    ]
    joined_at: datetime


class StoredFormerMember(Struct, frozen=True):
    """A former member of a profile, with the columns that they are shown by."""

    profile_id: ProfileId
    user_id: UserId
    username: str
    appearance: Appearance
    joined_at: datetime
    left_at: datetime


class FormerMember(NamedMember, frozen=True):
    """Somebody who belonged to a profile, and was shown there."""

    joined_at: datetime
    left_at: datetime


class FormerMembership(Struct, frozen=True):
    """A profile that a member belonged to, for the export."""

    profile_id: ProfileId
    joined_at: datetime
    left_at: datetime


class ProfileMemberList(Struct, frozen=True):
    """The members of a profile, the first one first: for strangers those who are shown.

    `former` are up to 200 who were shown when they left, the last one first.
    """

    members: list[ProfileMember]
    former: list[FormerMember]


class MemberChange(Struct, frozen=True):
    """A change of a member; omitted fields keep their values.

    Who manages the profile gives roles; only the member decides whether they are shown.
    """

    role: ProfileRole | UnsetType = UNSET
    is_shown: bool | UnsetType = UNSET


class TransferForm(Struct, frozen=True):
    """The member who is to own the profile."""

    username: Username
