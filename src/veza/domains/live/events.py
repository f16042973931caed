"""Announces that a stream went live for the first time, or ended for good."""

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
