"""Profiles as stored and as shown, and what their owners may change."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.display_names import MAX_DISPLAY_NAME
from veza.core.ids import ImageId, ProfileId, ProfileInvitationId, ReleaseId, RosterEntryId, UserId
from veza.core.palettes import CoverPalette
from veza.core.people import Appearance
from veza.core.profiles import PageKind, ProfileKind, ProfileRole
from veza.domains.auth.accounts.models import Bio, Email, NamedMember, Username
from veza.domains.images.models import ShownPicture

MAX_LINKS = 10

DisplayName = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_DISPLAY_NAME,
        description="1 to 60 characters of any script. Null: the handle.",
        examples=["Björk"],
    ),
]
Place = Annotated[str, Meta(max_length=100, examples=["Reykjavík"])]
Contact = Annotated[
    str,
    Meta(
        max_length=200,
        description="Shown to everybody, such as an address for bookings.",
        examples=["booking@example.com"],
    ),
]
LinkUrl = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description="An `https` URL with a domain name.",
        examples=["https://example.com/tour"],
    ),
]
LinkLabel = Annotated[str, Meta(max_length=60, examples=["Tour dates"])]


class ProfileLink(Struct, frozen=True):
    """A link that a profile shows; without a label, its host is shown."""

    url: LinkUrl
    label: LinkLabel = ""


class ProfileChange(Struct, frozen=True):
    """A change of a profile; omitted fields keep their values.

    Only pages take a `handle` here; that of a person is their username.
    """

    handle: Username | UnsetType = UNSET
    display_name: DisplayName | UnsetType | None = UNSET
    text: Bio | UnsetType = UNSET
    place: Place | UnsetType = UNSET
    contact: Contact | UnsetType = UNSET
    links: Annotated[list[ProfileLink], Meta(max_length=MAX_LINKS)] | UnsetType = UNSET
    musicbrainz_id: UUID | UnsetType | None = UNSET
    pinned_release_id: ReleaseId | UnsetType | None = UNSET


class ProfileDetails(Struct, frozen=True):
    """The fields of a profile that its owner edits. No display name: the handle."""

    display_name: str | None
    text: str
    place: str
    contact: str
    links: list[ProfileLink]
    musicbrainz_id: UUID | None
    pinned_release_id: ReleaseId | None


class StoredProfile(ProfileDetails, frozen=True):
    """A profile with the account that owns it, and its pictures."""

    id: ProfileId
    account_id: UserId
    kind: ProfileKind
    handle: str
    avatar_id: ImageId | None
    banner_id: ImageId | None
    banner_palette: list[int] | None
    is_verified: bool
    created_at: datetime


class StoredOwnProfile(StoredProfile, frozen=True):
    """A profile, and the role of a member in it."""

    role: ProfileRole


class StoredOwnedPage(StoredProfile, frozen=True):
    """A page of an owner; `is_shared` if it has other owners, suspended or not."""

    is_shared: bool


class Profile(Struct, frozen=True):
    """A profile as everybody sees it: not the account behind it, nor its address.

    `text` is what the owner says about themselves. `banner_palette` has the hue in degrees and the
    chroma, in OKLCH, of the dark and of the light colour of the banner. The paths of pictures
    change with the pictures. `pinned_release_id` is the release that its page shows first.
    """

    id: ProfileId
    kind: ProfileKind
    handle: str
    display_name: str
    text: str
    place: str
    contact: str
    links: list[ProfileLink]
    avatar_url: str | None
    banner_url: str | None
    banner_palette: CoverPalette | None
    musicbrainz_id: UUID | None
    pinned_release_id: ReleaseId | None
    verified: bool
    created_at: datetime


class OwnProfile(Profile, frozen=True):
    """A profile of the caller, and their role in it."""

    role: ProfileRole


class ProfileList(Struct, frozen=True):
    """The profiles that the caller has a role in."""

    profiles: list[OwnProfile]


class PageForm(Struct, frozen=True):
    """A new artist, band or label. No display name: the handle."""

    kind: PageKind
    handle: Username
    display_name: DisplayName | None = None


class PageSettings(Struct, frozen=True):
    """The limit of pages per account, 0 for none, and whether only creators may own any."""

    most: int
    for_creators: bool


class ProfilePicture(Struct, frozen=True):
    """One of the pictures of a profile: its avatar, or its banner."""

    profile_id: ProfileId
    kind: ShownPicture


class AvatarFile(Struct, frozen=True):
    """The file of a picture in one of its sizes. `image_id` changes with the picture."""

    image_id: ImageId
    key: str
    size_bytes: int
    created_at: datetime


class StoredAvatar(Struct, frozen=True):
    """The data for serving the picture of a profile: the bytes of 512 pixels, and of smaller ones.

    `small_bytes` are those of the pictures of 64, 128 and 256 pixels.
    """

    id: ImageId
    size_bytes: int
    small_bytes: list[int]
    created_at: datetime


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


class ProfileInvitationForm(Struct, frozen=True):
    """An invitation to a role, by a username or an address."""

    role: ProfileRole
    username: Username | None = None
    email: Email | None = None


class TransferForm(Struct, frozen=True):
    """The member who is to own the profile."""

    username: Username


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


class SendProfileInvitation(Struct, frozen=True):
    """Job: mail an invitation to an address."""

    invitation_id: ProfileInvitationId


class InvitationMail(Struct, frozen=True):
    """The content of the mail of an invitation."""

    email: str
    profile_name: str
    role: ProfileRole


class OwnedPages(Struct, frozen=True):
    """The pages of an owner: those that are deleted with the account, and those that stay.

    A page stays with its other owners. Hand one over first to keep it.
    """

    deleted: list[Profile]
    kept: list[Profile]


class RosterScope(StrEnum):
    """The part of an artist's music that a label releases: all, or single releases."""

    ALL = "all"
    RELEASES = "releases"


class RosterForm(Struct, frozen=True):
    """The artist to ask, and whether all of their music is with the label, or only releases."""

    profile_id: UUID
    scope: RosterScope


class StoredRosterEntry(StoredProfile, frozen=True):
    """An entry of a roster, with the profile on its other side."""

    entry_id: RosterEntryId
    label_id: ProfileId
    profile_id: ProfileId
    scope: RosterScope
    is_accepted: bool


class RosterEntry(Struct, frozen=True):
    """An entry of a roster: of a label with the artist, of an artist with the label."""

    id: RosterEntryId
    profile: Profile
    scope: RosterScope
    accepted: bool


class Roster(Struct, frozen=True):
    """The artists of a label, or the labels of an artist."""

    entries: list[RosterEntry]
