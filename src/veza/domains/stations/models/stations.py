"""Stations, their program and what they play, as stored and as shown."""

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType, field

from veza.core.access import Member
from veza.core.ids import ImageId, StationId, StationRotationId, TrackId, UserId
from veza.core.pages import Cursor
from veza.core.people import Appearance
from veza.core.takedowns import ItemTakedown, TakenDown
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.stations.models.marks import Mark
from veza.domains.stations.models.rotations import MAX_GAP, Rotation
from veza.domains.stations.models.takeovers import LiveAiring

MAX_STATIONS = 5
MAX_TRACKS = 300
MAX_DAYPARTS = 20

StationTitle = Annotated[str, Meta(min_length=1, max_length=200, examples=["Night ferry"])]
StationText = Annotated[str, Meta(max_length=5000)]
TrackList = Annotated[list[TrackId], Meta(max_length=MAX_TRACKS)]
StationCover = Annotated[
    ImageId | None,
    Meta(description="An image that you uploaded with `POST /images`.", examples=[None]),
]
Hour = Annotated[int, Meta(ge=0, le=23)]
EndHour = Annotated[int, Meta(ge=0, le=24)]
Day = Annotated[int, Meta(ge=0, le=6)]
TimeZone = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="The time zone of the hours of the week.",
        examples=["Europe/Berlin"],
    ),
]


class Daypart(Struct, frozen=True):
    """Hours of the week with a list of their own; days are counted from Monday, 0.

    Hours are those of the clock in the station's time zone. One that ends at or before the hour at
    which it begins lasts until the next day. The first that fits plays.
    """

    name: Annotated[str, Meta(min_length=1, max_length=100, examples=["Late show"])]
    days: Annotated[list[Day], Meta(min_length=1, max_length=7, examples=[[4, 5]])]
    from_hour: Annotated[Hour, Meta(examples=[22])]
    to_hour: Annotated[EndHour, Meta(examples=[2])]
    track_ids: TrackList = []


class StationProgram(Struct, frozen=True):
    """The choices of the owner of a station.

    `tracks` play where no daypart does. An artist is played again after `artist_gap` others, as far
    as there are so many. With `jingle_every`, one of `jingles` follows that many tracks.
    """

    track_ids: TrackList = []
    jingle_ids: TrackList = []
    jingle_every: Annotated[int, Meta(ge=0, le=100)] = 0
    artist_gap: Annotated[int, Meta(ge=0, le=MAX_GAP)] = 3
    time_zone: TimeZone = "UTC"
    dayparts: Annotated[list[Daypart], Meta(max_length=MAX_DAYPARTS)] = []


class StationForm(Struct, frozen=True):
    """A station to make. All its lists together have at most 300 tracks.

    With `plays_live`, public streams of its owner take its place while they are on air; if it
    `takes_requests`, members request tracks of its lists.
    """

    title: StationTitle
    description: StationText = ""
    is_on_air: bool = False
    cover_image_id: StationCover = None
    plays_live: bool = False
    takes_requests: bool = False
    program: StationProgram = field(default_factory=StationProgram)


class StationChange(Struct, frozen=True):
    """Changes to a station; omitted fields keep their values. A program is replaced as a whole."""

    title: StationTitle | UnsetType = UNSET
    description: StationText | UnsetType = UNSET
    is_on_air: bool | UnsetType = UNSET
    cover_image_id: StationCover | UnsetType = UNSET
    plays_live: bool | UnsetType = UNSET
    takes_requests: bool | UnsetType = UNSET
    program: StationProgram | UnsetType = UNSET


class StoredStation(Struct, frozen=True):
    """A row of `stations`, with its owner's name."""

    id: StationId
    owner_id: UserId
    username: str
    appearance: Appearance
    title: str
    description: str
    is_on_air: bool
    is_hidden: bool
    seed: int
    program: StationProgram
    plays_live: bool
    takes_requests: bool
    cover_image_id: ImageId | None
    created_at: datetime
    updated_at: datetime
    taken_down: ItemTakedown | None = None


class HeardStation(Struct, frozen=True):
    """A station on air, as all of its listeners need it."""

    owner_id: UserId
    title: str


class NewStation(Struct, frozen=True):
    """The row of a new station."""

    id: StationId
    owner_id: UserId
    title: str
    description: str
    is_on_air: bool
    seed: int
    program: StationProgram
    plays_live: bool
    takes_requests: bool
    cover_image_id: ImageId | None


class StoredMark(Mark, frozen=True, kw_only=True):
    """A row of `station_marks`."""

    rotation_id: StationRotationId


class PlayedMark(StoredMark, frozen=True, kw_only=True):
    """A row of `station_marks`, with the content of its rotation."""

    content: Rotation


class StoredRotation(Struct, frozen=True):
    """A row of `station_rotations`."""

    id: StationRotationId
    content: Rotation


class EligibleTrack(Struct, frozen=True):
    """A track that a station may play, as a rotation names it."""

    id: TrackId
    title: str
    artist: str
    is_public: bool = False
    is_explicit: bool = False

    @property
    def is_requestable(self) -> bool:
        """Return whether listeners may request it: an explicit one plays where it is drawn."""
        return self.is_public and not self.is_explicit


class ListedStation(Struct, frozen=True):
    """A station. While it `is_on_air`, its HLS playlist is at `playback_url`.

    At `radio_url` is one endless stream of AAC, with titles as SHOUTcast has them.
    """

    id: StationId
    owner: NamedMember
    title: str
    description: str
    is_on_air: bool
    takes_requests: bool
    cover_url: str | None
    playback_url: str
    radio_url: str
    created_at: datetime
    updated_at: datetime
    taken_down: TakenDown | UnsetType = UNSET


class OwnStation(ListedStation, frozen=True, kw_only=True):
    """A station of the caller, with its program.

    `tracks` are those of its lists. `unplayed_ids` can't be played: they are gone, or not for
    everybody. The program plays from `changes_at` on, if that is still to come.
    """

    plays_live: bool
    program: StationProgram
    tracks: list[Track]
    unplayed_ids: list[TrackId]
    changes_at: datetime | None


class DeletedStation(Struct, frozen=True):
    """The station that was deleted."""

    id: StationId


class StationPage(Struct, frozen=True):
    """A page of stations on air, newest first."""

    stations: list[ListedStation]
    next_cursor: str | None
    has_more: bool


class ReplaceLostTracks(Struct, frozen=True):
    """Job: leave out what a station may not play any more."""

    station_id: StationId


class OwnStations(Struct, frozen=True):
    """All stations of the caller, newest first."""

    stations: list[ListedStation]


class Airing(Struct, frozen=True):
    """A track on air from one moment to another.

    `track` is null if it is a jingle, not for everybody any more, or not wanted by the caller.
    """

    number: int
    starts_at: datetime
    ends_at: datetime
    is_jingle: bool
    track: Track | None


class OnAir(Struct, frozen=True):
    """The track that a station plays, and those that follow; `server_time` is the server's clock.

    In silence `now` is null, and while a stream is `live` in place of the program.
    """

    server_time: datetime
    now: Airing | None
    next: list[Airing]
    live: LiveAiring | None = None


class AiringQuery(Struct, frozen=True):
    """The page of what a station played, for a viewer."""

    viewer: Member | None
    limit: int = 20
    cursor: Cursor | None = None


class AiringPage(Struct, frozen=True):
    """A page of what a station played, the latest first."""

    airings: list[Airing]
    next_cursor: str | None
    has_more: bool


class StationQuery(Struct, frozen=True):
    """The page of a list of stations on air."""

    limit: int = 20
    cursor: Cursor | None = None
    owner_id: UserId | None = None


class StationEvidence(Struct, frozen=True):
    """The content of a station that a report stores."""

    author_id: UserId
    username: str
    title: str
    description: str
    created_at: datetime


class ExportedStation(Struct, frozen=True):
    """A station in an export of personal data."""

    id: StationId
    title: str
    description: str
    is_on_air: bool
    program: StationProgram
    plays_live: bool
    takes_requests: bool
    cover_image_id: ImageId | None
    created_at: datetime


class TrackCode(Struct, frozen=True):
    """The ISRC of a track."""

    id: TrackId
    isrc: str
