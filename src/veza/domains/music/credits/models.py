"""Artists and credits as entered, stored and shown, and what a profile is asked to confirm."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import CreditId, ReleaseId, TrackId, UserId
from veza.core.pages import Cursor
from veza.core.visibility import CreditState
from veza.domains.auth.accounts.models import NamedMember

MAX_ARTISTS = 20
MAX_CREDITS = 100
MAX_CREDITED_NAME = 200
MAX_JOIN = 30
MAX_INSTRUMENT = 50
# The displayed artists in one line.
MAX_ARTIST_LINE = 500
# The role of displayed artists in the tables.
ARTIST = "artist"
# Unanswered credits of a profile, and those among them of one member.
MAX_PENDING = 200
MAX_PENDING_OF_ONE = 20


class CreditRole(StrEnum):
    """The kind of a contribution. `performer` and `other` are specified by `instrument`."""

    PRODUCER = "producer"
    COMPOSER = "composer"
    LYRICIST = "lyricist"
    WRITER = "writer"
    ARRANGER = "arranger"
    CONDUCTOR = "conductor"
    REMIXER = "remixer"
    DJ = "dj"
    PERFORMER = "performer"
    PROGRAMMING = "programming"
    ENGINEER = "engineer"
    RECORDING = "recording"
    MIXING = "mixing"
    MASTERING = "mastering"
    ARTWORK = "artwork"
    PHOTOGRAPHY = "photography"
    OTHER = "other"


WITH_INSTRUMENT = {CreditRole.PERFORMER, CreditRole.OTHER}

CreditedName = Annotated[
    str,
    Meta(
        max_length=MAX_CREDITED_NAME,
        description="The name as it is credited; empty for that of the profile.",
        examples=["Ada"],
    ),
]
JoinPhrase = Annotated[
    str,
    Meta(
        max_length=MAX_JOIN,
        description="What is between this artist and the next one.",
        examples=[" feat. "],
    ),
]
Instrument = Annotated[
    str,
    Meta(
        max_length=MAX_INSTRUMENT,
        description="What a `performer` plays or sings, or what somebody else (`other`) did.",
        examples=["cello"],
    ),
]
AskedState = Annotated[CreditState, Meta(examples=["pending"])]


class CreditedProfile(Struct, frozen=True):
    """The profile that a credit names. Other fields of a shown profile are not read."""

    id: UserId


class ArtistForm(Struct, frozen=True):
    """An artist of a track or release, by name, by profile, or both."""

    name: CreditedName = ""
    profile: CreditedProfile | None = None
    join: JoinPhrase = ""


class CreditForm(Struct, frozen=True):
    """A contributor and their role, by name, by profile, or both."""

    role: CreditRole
    name: CreditedName = ""
    profile: CreditedProfile | None = None
    instrument: Instrument | None = None


Artists = Annotated[
    list[ArtistForm],
    Meta(
        max_length=MAX_ARTISTS,
        description="The displayed artists in their order; none: you.",
        examples=[[{"name": "Ada", "join": " feat. "}, {"name": "Brian"}]],
    ),
]
Credits = Annotated[
    list[CreditForm],
    Meta(max_length=MAX_CREDITS, examples=[[{"name": "Ada", "role": "producer"}]]),
]


class EnteredCredits(Struct, frozen=True):
    """The artists and credits of an item as entered; those that are unset stay unchanged."""

    artists: list[ArtistForm] | UnsetType = UNSET
    credits: list[CreditForm] | UnsetType = UNSET

    @property
    def profile_ids(self) -> set[UserId]:
        """Return the ids of all profiles that are named."""
        return {each.profile.id for each in self.all if each.profile is not None}

    @property
    def all(self) -> list[ArtistForm | CreditForm]:
        """Return artists and credits."""
        artists = [] if isinstance(self.artists, UnsetType) else self.artists
        others = [] if isinstance(self.credits, UnsetType) else self.credits
        return [*artists, *others]


class CreditedArtist(Struct, frozen=True):
    """A displayed artist.

    `name` is the name as credited, `join` what is between it and the next one. `profile` is null
    unless the artist has a profile that confirmed the credit.
    """

    profile: NamedMember | None
    name: str
    join: str


class Credit(Struct, frozen=True):
    """A contributor. `profile` is null unless there is one that confirmed the credit."""

    profile: NamedMember | None
    name: str
    role: CreditRole
    instrument: str | None


class ShownCredit(Struct, frozen=True, array_like=True):
    """A credit as lists read it, by position; without a user unless the profile is linked."""

    role: str
    name: str
    join: str
    instrument: str | None
    user_id: UserId | None
    username: str | None
    display_name: str | None
    avatar_id: str | None


class AskedArtist(Struct, frozen=True):
    """A displayed artist of an item of the caller: the profile is shown before it answers, too.

    `state` is its answer, null without a profile.
    """

    profile: NamedMember | None
    name: str
    join: str
    state: CreditState | None


class AskedCredit(Struct, frozen=True):
    """A contributor on an item of the caller: the profile is shown before it answers, too.

    `state` is its answer, null without a profile.
    """

    profile: NamedMember | None
    name: str
    role: CreditRole
    instrument: str | None
    state: CreditState | None


class AskedCredits(Struct, frozen=True):
    """The artists and credits of an item as its owner edits them: a client can send them back."""

    artists: list[AskedArtist]
    credits: list[AskedCredit]


class CreditedKind(StrEnum):
    """The kind of an item with credits."""

    TRACK = "track"
    RELEASE = "release"


class CreditedItem(Struct, frozen=True):
    """A track or a release with its owner."""

    kind: CreditedKind
    id: UUID
    owner_id: UserId


class StoredCredit(Struct, frozen=True):
    """A row of the credits of an item."""

    id: CreditId
    role: str
    name: str
    join_phrase: str
    instrument: str | None
    user_id: UserId | None
    state: CreditState
    created_at: datetime


class NamedCredit(Struct, frozen=True):
    """A row of the credits of an item, with its profile unless that is suspended."""

    role: str
    name: str
    join_phrase: str
    instrument: str | None
    state: CreditState
    profile: NamedMember | None


class ItemCredit(StoredCredit, frozen=True):
    """A row of the credits of one of several items."""

    item_id: UUID


class LinkableProfile(Struct, frozen=True):
    """A profile that a member may name, and the names that it is shown by."""

    id: UserId
    username: str
    display_name: str
    musicbrainz_id: UUID | None = None


class PendingCounts(Struct, frozen=True):
    """The unanswered credits of a profile, and those among them of one member."""

    user_id: UserId
    total: int
    of_one: int


class CreditQuery(Struct, frozen=True):
    """A page of the credits that the caller can answer, in one state."""

    state: CreditState = CreditState.PENDING
    limit: int = 20
    cursor: Cursor | None = None


class StoredCreditRequest(Struct, frozen=True):
    """A credit with its item and the members that it concerns."""

    id: CreditId
    kind: CreditedKind
    item_id: UUID
    title: str
    role: str
    name: str
    instrument: str | None
    state: CreditState
    created_at: datetime
    profile: NamedMember
    owner: NamedMember


class CreditRequest(Struct, frozen=True):
    """A credit that names a profile of the caller.

    One of `track_id` and `release_id` is null; `title` is that of the item. `role` is `artist`, or
    one of those of credits. `owner` is the member who credits `profile`, which is only linked while
    the state is `confirmed`.
    """

    id: CreditId
    track_id: TrackId | None
    release_id: ReleaseId | None
    title: str
    role: Annotated[str, Meta(examples=["producer"])]
    name: str
    instrument: str | None
    state: CreditState
    profile: NamedMember
    owner: NamedMember
    created_at: datetime


class CreditRequestPage(Struct, frozen=True):
    """A page of credits that name a profile of the caller, newest first."""

    credits: list[CreditRequest]
    next_cursor: str | None
    has_more: bool


class PersonalCredit(Struct, frozen=True):
    """A credit on an item of a member, or one that names the member."""

    kind: CreditedKind
    item_id: UUID
    title: str
    role: str
    name: str
    instrument: str | None
    user_id: UserId | None
    state: CreditState
    created_at: datetime
