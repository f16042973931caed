"""The clock of stations on this node: their timelines, and what is on air for a few seconds."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from msgspec import Struct

from veza.core.clock import now
from veza.core.ids import StationId, StationRotationId, StationTakeoverId, TrackId
from veza.domains.stations.models.rotations import SECOND, Rotation
from veza.domains.stations.models.stations import OnAir, StoredMark
from veza.domains.stations.models.takeovers import Takeover
from veza.domains.stations.queries import marks
from veza.domains.stations.rules.playlists import ListedSegment, TimelineSpan
from veza.domains.stations.rules.timeline import Timeline
from veza.infra.postgres.database import Conn

# How old an answer may be that all listeners of a node share.
FRESH_S = 2.0
_MAX_ROTATIONS = 64
_MAX_TIMELINES = 128
_MAX_WINDOWS = 512


class SharedOnAir(Struct, frozen=True):
    """The tracks that a station plays now and next: all, and those that visitors are shown."""

    complete: OnAir
    for_visitors: OnAir


class Window(Struct):
    """The answers of a station that is on air, for all of its listeners until they are too old."""

    read_at: float
    playlists: dict[str, bytes]
    # What plays and follows, by the address of the server that its links begin with.
    shared: dict[str, SharedOnAir]
    segments: Sequence[ListedSegment] = ()
    # Those that may be played, with the artist and the title of public ones.
    titles: Mapping[TrackId, str | None] = {}
    station_title: str = ""
    # Streams that have taken it over, and that everybody may hear.
    live: Mapping[StationTakeoverId, Takeover] = {}

    def hears(self, segment: ListedSegment) -> bool:
        """Return whether a segment may be played."""
        if segment.takeover_id is not None:
            return segment.takeover_id in self.live
        return segment.track_id in self.titles

    def title_of(self, segment: ListedSegment) -> str | None:
        """Return what is heard in a segment that may be played, unless nobody is told."""
        if segment.takeover_id is not None:
            return self.live[segment.takeover_id].title
        return None if segment.is_jingle else self.titles[segment.track_id]

    def is_fresh(self, for_s: float | None = None) -> bool:
        """Return whether it can be given to a listener."""
        return time.monotonic() < self.read_at + (FRESH_S if for_s is None else for_s)


class StationClock:
    """The memory of this process: all of it can be computed again from the database."""

    def __init__(self) -> None:
        self._rotations: OrderedDict[StationRotationId, Rotation] = OrderedDict()
        self._timelines: OrderedDict[tuple[object, ...], Timeline] = OrderedDict()
        self.windows: OrderedDict[StationId, Window] = OrderedDict()
        self._lost: OrderedDict[StationId, frozenset[TrackId]] = OrderedDict()
        self._building: dict[StationId, asyncio.Lock] = {}

    def lock_of(self, station_id: StationId) -> asyncio.Lock:
        """Return the lock with which one request at a time looks a station up."""
        if len(self._building) > 2 * _MAX_WINDOWS:
            free = [key for key, lock in self._building.items() if not lock.locked()]
            for key in free:
                del self._building[key]
        return self._building.setdefault(station_id, asyncio.Lock())

    def keep_window(self, station_id: StationId, window: Window) -> None:
        """Remember the answers of a station."""
        _keep(self.windows, station_id, window, _MAX_WINDOWS)

    def note_lost(self, station_id: StationId, lost: frozenset[TrackId]) -> bool:
        """Remember the lost tracks of a station. Return whether one of them is new."""
        known = self._lost.pop(station_id, frozenset())
        if lost:
            _keep(self._lost, station_id, lost, _MAX_WINDOWS)
        return not lost <= known

    def forget_lost(self, station_id: StationId) -> None:
        """Forget the lost tracks of a station, so that they are new at the next look."""
        self._lost.pop(station_id, None)

    async def _read_rotations(
        self, conn: Conn, found: Sequence[StoredMark]
    ) -> dict[StationRotationId, Rotation]:
        """Return the rotations of marks; those that are not remembered are read."""
        wanted = {mark.rotation_id for mark in found}
        known = {key: self._rotations[key] for key in wanted if key in self._rotations}
        missing = list(wanted - known.keys())
        if missing:
            for stored in await marks.list_rotations(conn, missing):
                known[stored.id] = stored.content
        for key, rotation in known.items():
            _keep(self._rotations, key, rotation, _MAX_ROTATIONS)
        return known

    async def read_spans(
        self, conn: Conn, station_id: StationId, start: int, end: int
    ) -> list[TimelineSpan]:
        """Return the timelines of a station between two moments, as this node remembers them."""
        found = await marks.list_marks(conn, station_id, start, end)
        rotations = await self._read_rotations(conn, found)
        timelines: list[Timeline] = []
        for mark in found:
            key = (station_id, mark.starts_at, mark.rotation_id)
            made = self._timelines.get(key) or Timeline(rotations[mark.rotation_id], mark)
            _keep(self._timelines, key, made, _MAX_TIMELINES)
            timelines.append(made)
        return join_spans(timelines)


def join_spans(timelines: Sequence[Timeline]) -> list[TimelineSpan]:
    """Return timelines that each count until the next one begins."""
    ends = [timeline.mark.starts_at for timeline in timelines[1:]]
    return [TimelineSpan(one, until) for one, until in zip(timelines, [*ends, None], strict=True)]


def present() -> int:
    """Return the time in microseconds since 1970."""
    return round(now().timestamp() * SECOND)


def _keep[K, V](cache: OrderedDict[K, V], key: K, value: V, limit: int) -> None:
    cache[key] = value
    cache.move_to_end(key)
    while len(cache) > limit:
        cache.popitem(last=False)
