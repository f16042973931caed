"""Episodes as entered, stored and shown: a track, and its place in a show."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ShowId, TrackId, UserId
from veza.core.pages import Cursor
from veza.domains.music.tracks.models.tracks import Track
from veza.domains.shows.models.shows import Show

MAX_EPISODES = 5_000
MAX_CHAPTERS = 200
MAX_TRANSCRIPT_LENGTH = 1024 * 1024

Season = Annotated[int, Meta(ge=1, le=9999, examples=[1])]
EpisodeNumber = Annotated[int, Meta(ge=1, le=99_999, examples=[1])]
Notes = Annotated[
    str,
    Meta(max_length=10_000, description="The show notes, as text.", examples=["We talk of tape."]),
]
PublishAt = Annotated[
    datetime,
    Meta(
        tz=True,
        description="When the episode is published. Null: at once.",
        examples=[None],
    ),
]
TranscriptText = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_TRANSCRIPT_LENGTH,
        description="WebVTT or SubRip (SRT), of at most 1 MiB and 20,000 cues.",
        examples=["WEBVTT\n\n00:00.000 --> 00:04.000\nWelcome to the harbour."],
    ),
]


class EpisodeRef(Struct, frozen=True):
    """The ids of a show and of a track that is an episode of it."""

    show_id: ShowId
    track_id: TrackId


class EpisodeKind(StrEnum):
    """The kinds of episodes."""

    FULL = "full"
    TRAILER = "trailer"
    BONUS = "bonus"


class Chapter(Struct, frozen=True, omit_defaults=True):
    """A chapter, from its start to the next one."""

    start_seconds: Annotated[float, Meta(ge=0, le=360_000, examples=[0])]
    title: Annotated[str, Meta(min_length=1, max_length=200, examples=["Welcome"])]
    url: (
        Annotated[
            str, Meta(min_length=1, max_length=500, examples=["https://harbour.example/tape"])
        ]
        | None
    ) = None


Chapters = Annotated[
    list[Chapter], Meta(max_length=MAX_CHAPTERS, description="In any order; at different times.")
]


class EpisodeFields(Struct, frozen=True, kw_only=True):
    """The place of an episode in its show, and what belongs to it."""

    kind: EpisodeKind = EpisodeKind.FULL
    season: Season | None = None
    number: EpisodeNumber | None = None
    notes: Notes = ""
    chapters: Chapters = []


class EpisodeForm(EpisodeFields, frozen=True, kw_only=True):
    """A track of yours that becomes an episode."""

    track_id: TrackId
    publish_at: PublishAt | None = None


class EpisodeChange(Struct, frozen=True):
    """Changes to an episode; omitted fields keep their values.

    `publish_at` is for one that is planned: null publishes it now, or as soon as its track is
    processed.
    """

    kind: EpisodeKind | UnsetType = UNSET
    season: Season | UnsetType | None = UNSET
    number: EpisodeNumber | UnsetType | None = UNSET
    notes: Notes | UnsetType = UNSET
    chapters: Chapters | UnsetType = UNSET
    publish_at: PublishAt | UnsetType | None = UNSET


class StoredEpisode(Struct, frozen=True):
    """A row of `episodes`. Without a `guid` of its own, applications know it by its track."""

    track_id: TrackId
    show_id: ShowId
    kind: EpisodeKind
    season: int | None
    number: int | None
    notes: str
    chapters: list[Chapter]
    published_at: datetime
    is_planned: bool
    updated_at: datetime
    has_transcript: bool
    guid: str | None = None


class ListedEpisode(Struct, frozen=True, kw_only=True):
    """An episode in a list. One that `is_planned` is shown to its owner only."""

    show_id: ShowId
    track: Track
    kind: EpisodeKind
    season: int | None
    number: int | None
    chapters_count: int
    has_transcript: bool
    published_at: datetime
    is_planned: bool


class Episode(ListedEpisode, frozen=True, kw_only=True):
    """An episode with its notes and chapters, which are sorted by time."""

    notes: str
    chapters: list[Chapter]
    show: Show


class EpisodePage(Struct, frozen=True):
    """A page of episodes, the latest published first."""

    episodes: list[ListedEpisode]
    next_cursor: str | None
    has_more: bool


class EpisodeQuery(Struct, frozen=True):
    """The parameters of a list of episodes of a show."""

    limit: int = 20
    cursor: Cursor | None = None
    season: int | None = None


class EpisodeViewer(Struct, frozen=True):
    """The member who reads a list, if any: an owner also sees what is planned."""

    id: UserId | None
    is_owner: bool


class TranscriptForm(Struct, frozen=True):
    """The transcript of an episode."""

    transcript: TranscriptText


class Cue(Struct, frozen=True):
    """A line of a transcript with its span of time; `speaker` if the transcript names one."""

    start_seconds: Annotated[float, Meta(examples=[0])]
    end_seconds: Annotated[float, Meta(examples=[4])]
    text: Annotated[str, Meta(examples=["Welcome to the harbour."])]
    speaker: Annotated[str | None, Meta(examples=[None])] = None


class Transcript(Struct, frozen=True):
    """The transcript of an episode, by time."""

    cues: list[Cue]


class DueEpisode(Struct, frozen=True):
    """An episode that is planned, and when it is published."""

    track_id: TrackId
    published_at: datetime


class PublishEpisode(Struct, frozen=True):
    """Job: publish an episode whose time has come."""

    track_id: TrackId
