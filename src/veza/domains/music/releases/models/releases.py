"""Releases as stored, listed, shown and exported."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import UNSET, Struct, UnsetType

from veza.core.ids import ImageId, ReleaseId, TierId, UserId
from veza.core.pages import Cursor
from veza.core.palettes import CoverPalette
from veza.core.people import Appearance
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.core.track_metadata import AiUse
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.credits.models import Credit, CreditedArtist, ShownCredit
from veza.domains.music.releases.models.forms import ReleaseKind
from veza.domains.music.releases.models.tracklists import ReleasePlace


class ReleaseOrder(StrEnum):
    """The orders of lists of releases. By date, releases without a date are left out."""

    NEWEST = "newest"
    TITLE = "title"
    ARTIST = "artist"
    OLDEST_DATE = "oldest_date"
    LATEST_DATE = "latest_date"


class PersonalRelease(Struct, frozen=True):
    """A release in its owner's data export."""

    id: ReleaseId
    title: str
    artist_name: str | None
    kind: ReleaseKind
    description: str
    label: str | None
    catalogue_number: str | None
    upc: str | None
    genre: str | None
    tags: list[str]
    release_date: date | None
    visibility: Visibility
    tier_id: TierId | None
    publish_at: datetime | None
    published_at: datetime | None
    cover_image_id: ImageId | None
    tracks_count: int
    duration_ms: int
    likes_count: int
    created_at: datetime
    updated_at: datetime


class StoredRelease(PersonalRelease, frozen=True):
    """A row of `releases`. `is_hidden` from all but its owner.

    `is_admitted`: the viewer is a member of its tier, and sees it also while it is private.
    """

    owner_id: UserId
    username: str
    appearance: Appearance
    owner_visibility: Visibility | None
    taken_down: ItemTakedown | None
    credited: list[ShownCredit] | None
    listed_at: datetime
    cover_palette: list[int] | None
    cover_placeholder: str | None
    is_explicit: bool
    ai: AiUse
    is_hidden: bool
    is_admitted: bool
    liked: bool


class Release(Struct, frozen=True):
    """A release, without its tracks.

    `artists` are those to display, `artist_name` is the same in one line, and `owner` the member
    who published it. `published_at` is when the release was first public,
    `publish_at` when it will be published. `tracks_count` and `duration_seconds` include tracks
    that the caller may not see. `cover_url` is signed and expires after an hour, unless the release
    is public. `visibility` is what the owner chose, also while the release is `taken_down`. Members
    of the tier `tier_id`, and of higher ones of the owner, see it before it is published.
    `is_explicit` if any track is; `ai` is `whole` if all tracks disclose that, `parts` if some
    disclose anything.
    """

    id: ReleaseId
    title: str
    artist_name: str
    artists: list[CreditedArtist]
    credits: list[Credit]
    owner: NamedMember
    kind: ReleaseKind
    description: str
    label: str | None
    catalogue_number: str | None
    upc: str | None
    genre: str | None
    tags: list[str]
    release_date: date | None
    visibility: Visibility
    tier_id: TierId | None
    publish_at: datetime | None
    published_at: datetime | None
    cover_url: str | None
    cover_palette: CoverPalette | None
    cover_placeholder: str | None
    is_explicit: bool
    ai: AiUse
    tracks_count: int
    duration_seconds: float
    likes_count: int
    liked: bool
    created_at: datetime
    updated_at: datetime
    taken_down: TakenDown | UnsetType = UNSET


class ReleasePage(Struct, frozen=True):
    """A page of releases, newest first."""

    releases: list[Release]
    next_cursor: str | None
    has_more: bool


class TrackReleases(Struct, frozen=True):
    """The releases that a track is on, newest first."""

    releases: list[Release]


class ReleaseQuery(Struct, frozen=True):
    """The filters, order and page of a list of releases: those that everybody may see.

    With `of_owner` also those of this member that are not public. A cursor fits the newest first
    only; for other orders there is an offset. The years are those of `release_date`, inclusive.
    """

    limit: int = 20
    offset: int = 0
    cursor: Cursor | None = None
    order: ReleaseOrder = ReleaseOrder.NEWEST
    kind: ReleaseKind | None = None
    genre: str | None = None
    owner_ids: list[UserId] | None = None
    of_owner: UserId | None = None
    from_year: int | None = None
    to_year: int | None = None


class ReleaseEvidence(Struct, frozen=True):
    """A release at the moment it was reported."""

    author_id: UserId
    username: str
    title: str
    artist_name: str | None
    description: str
    label: str | None
    genre: str | None
    tags: list[str]
    visibility: Visibility
    cover_image_id: ImageId | None
    created_at: datetime


class PersonalReleases(Struct, frozen=True):
    """A member's releases with their tracks."""

    releases: list[PersonalRelease]
    tracks: list[ReleasePlace]


class SearchableRelease(Struct, frozen=True):
    """The searchable fields of a public release, and the number of plays of its tracks.

    `credited` has the names of all artists and contributors.
    """

    id: ReleaseId
    title: str
    artist_name: str
    credited: list[str]
    genre: str | None
    tags: list[str]
    plays_count: int


class DueRelease(Struct, frozen=True):
    """A release that is due to be published."""

    id: ReleaseId
    publish_at: datetime


class PublishRelease(Struct, frozen=True):
    """Job: publish a release whose time has come."""

    release_id: ReleaseId
