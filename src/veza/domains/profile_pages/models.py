"""Profiles as their own pages show them, and the dashboard of labels."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Literal

from msgspec import Meta, Struct

from veza.core.ids import ProductId, ReleaseId, UserId
from veza.core.people import Appearance
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.releases.models.forms import ReleaseKind
from veza.domains.profiles.models.profiles import Profile

# The bars of the ring that takes the place of a missing picture.
RING_PEAKS = 72

Ring = Annotated[
    list[float],
    Meta(
        min_length=RING_PEAKS,
        max_length=RING_PEAKS,
        description="The peaks of the first track of a profile without a picture, from 0 to 1. "
        "Null with a picture, and without a track.",
    ),
]


class PageContents(Struct, frozen=True):
    """The numbers of items that the caller finds on the page, each counted up to 1,000.

    `appearances` are tracks and releases of others that the profile is an artist of, `credits` its
    other contributions, as far as it confirmed them.
    """

    releases: int
    tracks: int
    products: int
    posts: int
    playlists: int
    shows: int
    appearances: int
    credits: int


class KnownFollowers(Struct, frozen=True):
    """The followers of a profile whom the caller follows: how many, and the first three."""

    members: list[NamedMember]
    count: int


class ProfilePage(Profile, frozen=True, kw_only=True):
    """A profile with all that only its own page shows.

    `known_followers` are those whom the caller follows, counted up to 100. `looks_like` is a
    member whom the caller follows and who can be taken for this profile, because their names look
    alike; null if the caller follows the profile itself, or if it is verified.
    `is_member` says that the caller has a membership of the profile now.
    """

    ring: Ring | None
    contents: PageContents
    takes_tips: bool
    takes_members: bool
    is_member: bool
    known_followers: KnownFollowers
    looks_like: NamedMember | None


class PageSummary(PageContents, frozen=True):
    """The numbers of items of a profile, its pinned release if the viewer may see it, and peaks.

    `peaks` are those of the first track, as `track_media` has them.
    """

    takes_tips: bool
    takes_members: bool
    is_member: bool
    pinned_release_id: ReleaseId | None
    peaks: bytes | None


class KnownFollower(NamedMember, frozen=True):
    """One of the followers whom a viewer follows, and how many there are."""

    total: int


class LabelReleaseState(StrEnum):
    """The state of a release: public, scheduled for `publish_at`, or a draft."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    UNLISTED = "unlisted"
    PUBLIC = "public"


class LabelProduct(Struct, frozen=True):
    """The product that sells a release: its price, and whether it is for sale."""

    id: ProductId
    status: Literal["draft", "published"]
    price_cents: int
    currency: str


class StoredLabelRelease(Struct, frozen=True):
    """A release of an artist of a label's roster, with the columns that the artist is shown by."""

    id: ReleaseId
    title: str
    artist_name: str | None
    kind: ReleaseKind
    label: str | None
    catalogue_number: str | None
    release_date: date | None
    visibility: Visibility
    publish_at: datetime | None
    published_at: datetime | None
    tracks_count: int
    listed_at: datetime
    owner_id: UserId
    username: str
    appearance: Appearance
    product: LabelProduct | None


class LabelRelease(Struct, frozen=True):
    """A release of an artist of a label's roster, as the members of the label see it.

    `artist` is whose page it is on, `artist_name` the displayed artists in one line. `product` is
    the newest that sells it and was not withdrawn.
    """

    id: ReleaseId
    title: str
    artist: NamedMember
    artist_name: str
    kind: ReleaseKind
    label: str | None
    catalogue_number: str | None
    release_date: date | None
    state: LabelReleaseState
    publish_at: datetime | None
    published_at: datetime | None
    tracks_count: int
    product: LabelProduct | None


class LabelReleasePage(Struct, frozen=True):
    """A page of the releases of a label's roster."""

    releases: list[LabelRelease]
    next_cursor: str | None
    has_more: bool
