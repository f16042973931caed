"""Announces that a stream begins soon, went live, ended for good, or was cancelled."""

from msgspec import Struct

from veza.core.ids import StreamId, UserId


class StreamStarted(Struct, frozen=True):
    """A stream went live for the first time, not after an interruption."""

    stream_id: StreamId
    owner_id: UserId


class StreamEnded(Struct, frozen=True):
    """A stream ended for good."""

    stream_id: StreamId
    owner_id: UserId


class StreamSoon(Struct, frozen=True):
    """A planned stream begins within ten minutes, and somebody is to be reminded of it."""

    stream_id: StreamId
    owner_id: UserId


class StreamCancelled(Struct, frozen=True):
    """A stream was cancelled before it began, by its owner or because it never did."""

    stream_id: StreamId
    owner_id: UserId
