"""Moments of the timeline of a station, and the tracks in their places."""

from msgspec import Struct


class PoolState(Struct):
    """The progress of a pool: the number of its cycle, and what this cycle has played."""

    cycle: int = 0
    played: list[int] = []


class MarkState(Struct, frozen=True):
    """The progress of a station's drawing at a mark, and how many changes of its owner it stores.

    A mark that replaces others before they began stores their changes too. With `first`, the mark
    plays this track of its rotation on request, before it draws.
    """

    pools: dict[str, PoolState] = {}
    recent: list[str] = []
    since_jingle: int = 0
    changes: int = 0
    first: int | None = None


class Mark(Struct, frozen=True):
    """A moment from which the timeline can be computed; times are microseconds since 1970."""

    starts_at: int
    segment: int
    slot: int
    state: MarkState


class Slot(Struct, frozen=True):
    """A track in its place of the timeline: the number of its first segment, and its own number."""

    number: int
    segment: int
    starts_at: int
    ends_at: int
    track: int
    is_jingle: bool
