"""Downloads of episodes: as counted, as stored, and as their owner sees them."""

from datetime import date
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import TrackId

MAX_DAYS = 366
MAX_LISTED = 100


class DayCounts(Struct, frozen=True):
    """Some downloads of a day; `run` is the id of the counts, which only grow."""

    day: date
    run: UUID
    downloads: dict[TrackId, int]


class StoredDownloads(Struct, frozen=True):
    """A row of `episode_downloads`: of the counts of one run."""

    track_id: TrackId
    day: date
    run: UUID
    downloads: int


class DayDownloads(Struct, frozen=True):
    """The downloads of a day in UTC. Days without any are left out."""

    day: date
    downloads: Annotated[int, Meta(examples=[12])]


class EpisodeDownloads(Struct, frozen=True):
    """The downloads of an episode."""

    track_id: TrackId
    title: str
    downloads: int


class ShowDownloads(Struct, frozen=True):
    """The downloads of a show, by day, and of up to 100 episodes, most first."""

    total: int
    days: list[DayDownloads]
    episodes: list[EpisodeDownloads]
