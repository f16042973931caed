"""Profiles as stored and as shown, and what their owners may change."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.display_names import MAX_DISPLAY_NAME
from veza.core.ids import ImageId, ProfileId, ReleaseId, UserId
from veza.core.palettes import CoverPalette
from veza.core.profiles import PageKind, ProfileKind, ProfileRole
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.domains.auth.accounts.models import Bio, Email, Username
from veza.domains.profiles.models.links import MAX_LINKS, LinkCheck, ProfileLink, ShownLink

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


AvatarAlt = Annotated[str, Meta(max_length=500)]


class ProfileChange(Struct, frozen=True):
    """A change of a profile; omitted fields keep their values.

    Only pages take a `handle` here; that of a person is their username.
    """

    handle: Username | UnsetType = UNSET
    display_name: DisplayName | UnsetType | None = UNSET
    text: Bio | UnsetType = UNSET
    place: Place | UnsetType = UNSET
    contact: Contact | UnsetType = UNSET
    avatar_alt: AvatarAlt | UnsetType = UNSET
    links: Annotated[list[ProfileLink], Meta(max_length=MAX_LINKS)] | UnsetType = UNSET
    musicbrainz_id: UUID | UnsetType | None = UNSET
    pinned_release_id: ReleaseId | UnsetType | None = UNSET
    tdm_reserved: bool | UnsetType = UNSET


class ProfileDetails(Struct, frozen=True):
    """The fields of a profile that its owner edits. No display name: the handle."""

    display_name: str | None
    text: str
    place: str
    contact: str
    avatar_alt: str
    links: list[ProfileLink]
    musicbrainz_id: UUID | None
    pinned_release_id: ReleaseId | None
    tdm_reserved: bool


class OwnerTexts(Struct, frozen=True):
    """The texts of a profile that is taken down, but for that of the account."""

    place: str
    contact: str
    links: list[ProfileLink]
    # Not in what was taken down before there was one.
    avatar_alt: str = ""


class StoredProfile(ProfileDetails, frozen=True):
    """A profile with the account that owns it, and its pictures.

    While its texts are taken down they are empty; what the owner wrote is beside them.
    """

    id: ProfileId
    kind: ProfileKind
    handle: str
    avatar_id: ImageId | None
    banner_id: ImageId | None
    banner_palette: list[int] | None
    link_checks: list[LinkCheck]
    is_verified: bool
    is_placeholder: bool
    created_at: datetime
    owner_text: str | None
    owner_texts: OwnerTexts | None
    taken_down: ItemTakedown | None

    @property
    def account_id(self) -> UserId:
        """The id of its account: they have one id, also those of pages."""
        return UserId(self.id)


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
    change with the pictures; an empty `avatar_alt` is the name. `pinned_release_id` is the release
    that its page shows first. A `placeholder` is run by its label until the artist claims it.
    `tdm_reserved`: it reserves text and data mining of what it publishes, on its pages. `verified`:
    by the staff; `verified_site`: by the home page of this site, which links back. While its texts
    are `taken_down`, only its owner sees them.
    """

    id: ProfileId
    kind: ProfileKind
    handle: str
    display_name: str
    text: str
    place: str
    contact: str
    links: list[ShownLink]
    avatar_url: str | None
    avatar_alt: str
    banner_url: str | None
    banner_palette: CoverPalette | None
    musicbrainz_id: UUID | None
    pinned_release_id: ReleaseId | None
    tdm_reserved: bool
    verified: bool
    verified_site: str | None
    placeholder: bool
    created_at: datetime
    taken_down: TakenDown | UnsetType = UNSET


class OwnProfile(Profile, frozen=True, kw_only=True):
    """A profile of the caller, and their role in it."""

    role: ProfileRole


class ProfileList(Struct, frozen=True):
    """The profiles that the caller has a role in."""

    profiles: list[OwnProfile]


class PageForm(Struct, frozen=True):
    """A new artist, band or label. No display name: the handle.

    With `invite_email` it is a placeholder that who reads the mails of that address may claim.
    """

    kind: PageKind
    handle: Username
    display_name: DisplayName | None = None
    invite_email: Email | None = None


class PageSettings(Struct, frozen=True):
    """The limit of pages per account, 0 for none, and whether only creators may own any."""

    most: int
    for_creators: bool


class ProfileEvidence(Struct, frozen=True):
    """A profile at the moment it was reported, or a picture of it was."""

    author_id: UserId
    username: str
    display_name: str
    text: str
    place: str
    contact: str
    links: list[str]
    image_id: ImageId | None


class OwnedPages(Struct, frozen=True):
    """The pages of an owner: those that are deleted with the account, and those that stay.

    A page stays with its other owners. Hand one over first to keep it.
    """

    deleted: list[Profile]
    kept: list[Profile]


class MergeForm(Struct, frozen=True):
    """The profile that a page becomes a part of."""

    into: UUID
