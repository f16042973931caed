"""The stored content of a rotation: tracks, lists by hours of the week, spacing and jingles.

It is never changed: another rotation begins at a stored moment, so that the past stays as it was.
"""

from collections import Counter
from datetime import UTC, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from msgspec import Struct

from veza.core.ids import TrackId

SECOND = 1_000_000
# The most others between two tracks of an artist.
MAX_GAP = 20
# Two weeks and a day: an hour of one day of the week may be the one that the clock leaves out.
_HOURS_AHEAD = 15 * 24
MAIN = "main"
JINGLES = "jingles"


class RotationTrack(Struct, frozen=True):
    """A track of a rotation as it was then: `lengths` are those of its segments in microseconds."""

    id: TrackId
    title: str
    artist: str
    lengths: list[int]

    @property
    def duration(self) -> int:
        """Return the length of the track in microseconds."""
        return sum(self.lengths)

    @property
    def artist_key(self) -> str:
        """Return what two tracks of the same artist have in common."""
        return self.artist.casefold()


class PlayedDaypart(Struct, frozen=True):
    """Hours of the week with their own list; both hours of the clock in the station's time zone.

    A daypart that ends at or before the hour at which it begins lasts until the next day. Days are
    counted from Monday, 0.
    """

    name: str
    days: list[int]
    from_hour: int
    to_hour: int

    def covers(self, local: datetime) -> bool:
        """Return whether a local time is in these hours."""
        if self.from_hour < self.to_hour:
            return local.weekday() in self.days and self.from_hour <= local.hour < self.to_hour
        if local.hour >= self.from_hour:
            return local.weekday() in self.days
        return local.hour < self.to_hour and (local.weekday() - 1) % 7 in self.days


class Rotation(Struct, frozen=True, dict=True):
    """A version of the program of a station: pools are the indices of tracks, by name.

    `main` plays where no daypart does; the pool of a daypart is named by its number.
    """

    seed: int
    time_zone: str
    artist_gap: int
    jingle_every: int
    tracks: list[RotationTrack]
    pools: dict[str, list[int]]
    dayparts: list[PlayedDaypart] = []

    @cached_property
    def zone(self) -> ZoneInfo:
        """Return the time zone of the dayparts."""
        return ZoneInfo(self.time_zone)

    @cached_property
    def durations(self) -> list[int]:
        """Return the length of each track in microseconds."""
        return [track.duration for track in self.tracks]

    @cached_property
    def artists(self) -> list[str]:
        """Return the key of the artist of each track."""
        return [track.artist_key for track in self.tracks]

    @cached_property
    def gaps(self) -> dict[str, int]:
        """Return for each pool how many others can be between two tracks of an artist."""
        return {name: self._feasible_gap(pool) for name, pool in self.pools.items()}

    def _feasible_gap(self, pool: list[int]) -> int:
        counts = Counter(self.artists[index] for index in pool)
        if not counts:
            return 0
        return max(0, min(self.artist_gap, len(counts) - 1, len(pool) // max(counts.values()) - 1))

    def pool_at(self, at: int) -> str | None:
        """Return the name of the pool that plays at a time, or None if nothing does."""
        if self.dayparts:
            local = datetime.fromtimestamp(at // SECOND, UTC).astimezone(self.zone)
            for number, daypart in enumerate(self.dayparts):
                if daypart.covers(local) and self.pools.get(str(number)):
                    return str(number)
        if self.pools.get(MAIN):
            return MAIN
        return None

    def next_start(self, at: int) -> int | None:
        """Return a time if a pool plays then, else the next full hour at which one does.

        None if no pool has tracks. Hours are those of the clock in the station's time zone.
        """
        if not any(pool for name, pool in self.pools.items() if name != JINGLES):
            return None
        for _ in range(_HOURS_AHEAD):
            if self.pool_at(at) is not None:
                return at
            local = datetime.fromtimestamp(at // SECOND, UTC).astimezone(self.zone)
            passed = 60 * local.minute + local.second
            at = (at // SECOND + 3600 - passed) * SECOND
        return None
