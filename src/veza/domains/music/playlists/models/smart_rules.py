"""The rules that a track of a smart playlist has to meet, and their order."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.clock import Moment
from veza.core.ids import UserId
from veza.core.track_metadata import Year
from veza.domains.music.tracks.models.forms import Genre, Tags
from veza.domains.music.tracks.models.lists import SortOrder

MAX_SMART_TRACKS = 500

RuleGenres = Annotated[list[Genre], Meta(max_length=20, examples=[["ambient"]])]
RuleArtists = Annotated[
    list[UserId], Meta(max_length=20, description="The ids of members.", examples=[[]])
]
AddedSince = Annotated[Moment, Meta(examples=["2026-01-01T00:00:00Z"])]
Rating = Annotated[int, Meta(ge=1, le=5, examples=[4])]
Days = Annotated[int, Meta(ge=1, le=36_500, examples=[30])]
PlaysCount = Annotated[int, Meta(ge=0, le=1_000_000, examples=[3])]
Seconds = Annotated[int, Meta(ge=0, le=1_000_000, examples=[180])]
Seed = Annotated[
    int,
    Meta(ge=0, le=2**31 - 1, description="Another seed shuffles in another order.", examples=[7]),
]
SmartLimit = Annotated[int, Meta(ge=1, le=MAX_SMART_TRACKS, examples=[100])]


class SmartSort(StrEnum):
    """The orders of smart playlists. `shuffle` depends on the seed alone."""

    CREATED_AT = "created_at"
    TITLE = "title"
    PLAYS_COUNT = "plays_count"
    LIKES_COUNT = "likes_count"
    DURATION = "duration"
    SHUFFLE = "shuffle"


class SmartRules(Struct, frozen=True, forbid_unknown_fields=True):
    """The rules of a smart playlist: a track has to meet all that are given.

    A track has to have one of the `genres`, one of the `tags` and one of the artists. `liked`,
    `min_rating` and those about plays refer to the playlist's owner, not to the listener. Of all
    tracks that meet the rules, the first `limit` in the order are the playlist; `shuffle` draws
    them from the newest 5,000.
    """

    genres: RuleGenres = []
    tags: Tags = []
    artist_ids: RuleArtists = []
    liked: bool | None = None
    min_rating: Rating | None = None
    played: bool | None = None
    min_plays: PlaysCount | None = None
    max_plays: PlaysCount | None = None
    played_within_days: Days | None = None
    not_played_for_days: Days | None = None
    added_since: AddedSince | None = None
    added_within_days: Days | None = None
    min_duration_seconds: Seconds | None = None
    max_duration_seconds: Seconds | None = None
    min_year: Year | None = None
    max_year: Year | None = None
    sort: SmartSort = SmartSort.CREATED_AT
    order: SortOrder = SortOrder.DESC
    seed: Seed = 0
    limit: SmartLimit = 100


class SmartQuery(Struct, frozen=True):
    """A part of the tracks of a smart playlist: by whose rules, and for whom."""

    owner_id: UserId
    viewer_id: UserId | None
    limit: int
    offset: int = 0
