"""The members of a page."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import UserId
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


class ProfileMemberList(Struct, frozen=True):
    """The members of a profile, the first one first: for strangers those who are shown."""

    members: list[ProfileMember]


class MemberChange(Struct, frozen=True):
    """A change of a member; omitted fields keep their values.

    Who manages the profile gives roles; only the member decides whether they are shown.
    """

    role: ProfileRole | UnsetType = UNSET
    is_shown: bool | UnsetType = UNSET


class TransferForm(Struct, frozen=True):
    """The member who is to own the profile."""

    username: Username
