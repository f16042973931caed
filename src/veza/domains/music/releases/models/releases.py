"""Releases as stored, listed, shown and exported."""

from datetime import date, datetime
from enum import StrEnum

from msgspec import Struct

from veza.core.ids import ImageId, ReleaseId, UserId
from veza.core.pages import Cursor
from veza.core.palettes import CoverPalette
from veza.core.people import Appearance
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember
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
    publish_at: datetime | None
    published_at: datetime | None
    cover_image_id: ImageId | None
    tracks_count: int
    duration_ms: int
    likes_count: int
    created_at: datetime
    updated_at: datetime


class StoredRelease(PersonalRelease, frozen=True):
    """A row of `releases`. `is_hidden` if the owner is suspended or blocked."""

    owner_id: UserId
    username: str
    appearance: Appearance
    listed_at: datetime
    cover_palette: list[int] | None
    is_hidden: bool
    liked: bool


class Credit(Struct, frozen=True):
    """A contributor to a release. `member` is null unless they are linked."""

    name: str
    role: str
    member: NamedMember | None


class StoredCredit(Struct, frozen=True):
    """A row of `release_credits`; without a username if the member is suspended."""

    name: str
    role: str
    user_id: UserId | None
    username: str | None
    appearance: Appearance


class Release(Struct, frozen=True):
    """A release, without its tracks.

    `artist_name` is the displayed artist. `published_at` is when the release was first public,
    `publish_at` when it will be published. `tracks_count` and `duration_seconds` include tracks
    that the caller may not see. `cover_url` is signed and expires after an hour, unless the release
    is public.
    """

    id: ReleaseId
    title: str
    artist_name: str
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
    publish_at: datetime | None
    published_at: datetime | None
    cover_url: str | None
    cover_palette: CoverPalette | None
    tracks_count: int
    duration_seconds: float
    likes_count: int
    liked: bool
    created_at: datetime
    updated_at: datetime


class ReleaseDetails(Release, frozen=True):
    """A release with its credits, without its tracks."""

    credits: list[Credit]


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


class PersonalCredit(Struct, frozen=True):
    """A credit on a member's release, or one that names the member."""

    release_id: ReleaseId
    title: str
    name: str
    role: str
    user_id: UserId | None


class PersonalReleases(Struct, frozen=True):
    """A member's releases with their tracks, and credits on them or naming the member."""

    releases: list[PersonalRelease]
    tracks: list[ReleasePlace]
    credits: list[PersonalCredit]


class SearchableRelease(Struct, frozen=True):
    """The searchable fields of a public release, and the number of plays of its tracks."""

    id: ReleaseId
    title: str
    artist_name: str
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
