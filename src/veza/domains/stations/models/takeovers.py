"""Streams in the places of segments of a station's timeline, as stored and as shown."""

from datetime import datetime
from uuid import UUID

from msgspec import Struct

from veza.core.ids import StationId, StationTakeoverId, StreamId


class Takeover(Struct, frozen=True):
    """A row of `station_takeovers`; times are microseconds since 1970.

    `is_heard`: the stream is for everybody now. `is_public`: its title may be shown.
    """

    id: StationTakeoverId
    station_id: StationId
    stream_id: StreamId | None
    first_segment: int
    next_segment: int
    starts_at: int
    ends_at: int
    breaks: int
    next_slot: int
    object_type: int
    rate_index: int
    channels: int
    samples: int
    media_segment: int
    media_frames: int
    is_open: bool
    is_heard: bool
    title: str | None

    @property
    def is_empty(self) -> bool:
        """Return whether nothing of it was stored."""
        return self.next_segment == self.first_segment


class NewTakeover(Struct, frozen=True):
    """The row of a takeover that begins."""

    id: StationTakeoverId
    station_id: StationId
    stream_id: StreamId
    first_segment: int
    starts_at: int
    breaks: int
    next_slot: int
    object_type: int
    rate_index: int
    channels: int
    media_segment: int


class TakeoverStep(Struct, frozen=True):
    """The progress of a takeover, once another segment of it is stored."""

    ends_at: int
    next_slot: int
    samples: int
    media_segment: int
    media_frames: int


class LiveTurn(Struct, frozen=True):
    """A station that a stream of its owner takes over, or has taken over until now.

    `media_id` is the folder of the stream on air that everybody may hear.
    """

    station_id: StationId
    stream_id: StreamId | None
    media_id: UUID | None
    takeover_id: StationTakeoverId | None


class LiveAiring(Struct, frozen=True):
    """The stream that has taken a station over, since a time."""

    stream_id: StreamId
    title: str
    starts_at: datetime
