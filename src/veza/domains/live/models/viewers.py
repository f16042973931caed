"""Counts of viewers, and the media that they play."""

from msgspec import Struct


class StreamMedia(Struct, frozen=True):
    """A playlist or segment, and whether it is for one viewer alone, so that no cache keeps it."""

    content: bytes
    is_private: bool


class ViewerHeartbeat(Struct, frozen=True):
    """The number of viewers, and the seconds until the next heartbeat is due."""

    viewers_count: int
    next_in_seconds: int


class ViewerCounts(Struct, frozen=True):
    """The current viewers of a stream, and all distinct viewers, estimated within 1%."""

    current: int
    total: int


class WatchResult(Struct, frozen=True):
    """Viewer counts after a heartbeat, and whether to store them now."""

    counts: ViewerCounts
    is_due: bool
