"""Shows as entered, stored and shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ImageId, ShowId, UserId
from veza.core.pages import Cursor
from veza.core.palettes import CoverPalette
from veza.core.people import Appearance
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.core.visibility import Visibility
from veza.domains.auth.accounts.models import NamedMember

MAX_SHOWS = 50
MAX_FUNDING = 5

ShowTitle = Annotated[str, Meta(min_length=1, max_length=200, examples=["Tape Hours"])]
ShowText = Annotated[
    str, Meta(max_length=5000, examples=["Conversations about machines that hum."])
]
ShowLanguage = Annotated[
    str,
    Meta(
        max_length=35,
        pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$",
        description="The language in which it is spoken, as in RFC 5646.",
        examples=["en"],
    ),
]
OwnerText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=200,
        description="Named as the owner in the feed; null for the name of the profile.",
        examples=["Harbour Radio"],
    ),
]
License = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=128,
        description="An identifier of SPDX in small letters, or a name.",
        examples=["cc-by-4.0"],
    ),
]
FeedAddress = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=2000,
        description="The address of another feed. Readers of this one are sent there for good.",
        examples=[None],
    ),
]
ShowCover = Annotated[
    ImageId | None,
    Meta(description="An image that you uploaded with `POST /images`.", examples=[None]),
]


class ShowKind(StrEnum):
    """Episodic: newest first. Serial: from the first episode of a season to the last."""

    EPISODIC = "episodic"
    SERIAL = "serial"


class ShowCategory(StrEnum):
    """The categories that directories of podcasts have in common."""

    ARTS = "Arts"
    BUSINESS = "Business"
    COMEDY = "Comedy"
    EDUCATION = "Education"
    FICTION = "Fiction"
    GOVERNMENT = "Government"
    HISTORY = "History"
    HEALTH = "Health & Fitness"
    KIDS = "Kids & Family"
    LEISURE = "Leisure"
    MUSIC = "Music"
    NEWS = "News"
    RELIGION = "Religion & Spirituality"
    SCIENCE = "Science"
    SOCIETY = "Society & Culture"
    SPORTS = "Sports"
    TECHNOLOGY = "Technology"
    TRUE_CRIME = "True Crime"
    TV = "TV & Film"


class Funding(Struct, frozen=True):
    """A page where listeners can support the show, and the words of the link."""

    url: Annotated[str, Meta(min_length=1, max_length=500, examples=["https://harbour.example"])]
    title: Annotated[str, Meta(min_length=1, max_length=128, examples=["Support the show"])]


FundingList = Annotated[list[Funding], Meta(max_length=MAX_FUNDING)]


class ShowForm(Struct, frozen=True):
    """The fields of a show. The cover is an image that is not shown elsewhere."""

    title: ShowTitle
    description: ShowText = ""
    language: ShowLanguage = "en"
    category: ShowCategory = ShowCategory.MUSIC
    kind: ShowKind = ShowKind.EPISODIC
    is_explicit: bool = False
    funding: FundingList = []
    license: License | None = None
    owner_text: OwnerText | None = None
    moved_to: FeedAddress | None = None
    visibility: Visibility = Visibility.PUBLIC
    cover_image_id: ShowCover = None


class ShowChange(Struct, frozen=True):
    """Changes to a show; omitted fields keep their values. A replaced cover is deleted."""

    title: ShowTitle | UnsetType = UNSET
    description: ShowText | UnsetType = UNSET
    language: ShowLanguage | UnsetType = UNSET
    category: ShowCategory | UnsetType = UNSET
    kind: ShowKind | UnsetType = UNSET
    is_explicit: bool | UnsetType = UNSET
    funding: FundingList | UnsetType = UNSET
    license: License | UnsetType | None = UNSET
    owner_text: OwnerText | UnsetType | None = UNSET
    moved_to: FeedAddress | UnsetType | None = UNSET
    visibility: Visibility | UnsetType = UNSET
    cover_image_id: ShowCover | UnsetType = UNSET


class StoredShow(Struct, frozen=True):
    """A row of `shows`, with its owner's name.

    `is_hidden`: only its owner sees it. `is_reserved`: they reserve text and data mining.
    """

    id: ShowId
    owner_id: UserId
    username: str
    appearance: Appearance
    guid: UUID
    title: str
    description: str
    language: str
    category: ShowCategory
    kind: ShowKind
    is_explicit: bool
    funding: list[Funding]
    license: str | None
    owner_text: str | None
    moved_to: str | None
    visibility: Visibility
    cover_image_id: ImageId | None
    cover_palette: list[int] | None
    cover_placeholder: str | None
    created_at: datetime
    updated_at: datetime
    is_reserved: bool
    is_hidden: bool
    owner_visibility: Visibility | None = None
    taken_down: ItemTakedown | None = None


class Show(Struct, frozen=True):
    """A show. `feed_url` is what podcast applications subscribe to.

    `visibility` is what the owner chose, also while the show is `taken_down`. `cover_url` is signed
    and expires after an hour, unless the show is public.
    """

    id: ShowId
    guid: UUID
    title: str
    description: str
    owner: NamedMember
    language: str
    category: ShowCategory
    kind: ShowKind
    is_explicit: bool
    funding: list[Funding]
    license: str | None
    owner_text: str | None
    moved_to: str | None
    visibility: Visibility
    cover_url: str | None
    cover_palette: CoverPalette | None
    cover_placeholder: str | None
    feed_url: Annotated[str, Meta(examples=["https://music.example/feeds/shows/0190a1b2-0000.xml"])]
    created_at: datetime
    updated_at: datetime
    taken_down: TakenDown | UnsetType = UNSET


class ShowPage(Struct, frozen=True):
    """A page of shows, newest first."""

    shows: list[Show]
    next_cursor: str | None
    has_more: bool


class ShowQuery(Struct, frozen=True):
    """The parameters of a list of shows: public ones, those of a profile, or all of one's own."""

    limit: int = 20
    cursor: Cursor | None = None
    owner_id: UserId | None = None
    with_hidden: bool = False


class SearchableShow(Struct, frozen=True):
    """The searchable fields of a public show, and up to 100 of its episodes counted."""

    id: ShowId
    title: str
    username: str
    description: str
    episodes_count: int


class ShowEvidence(Struct, frozen=True):
    """A show at the moment it was reported."""

    author_id: UserId
    username: str
    title: str
    description: str
    visibility: Visibility
    cover_image_id: ImageId | None
    created_at: datetime
