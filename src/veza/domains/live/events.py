"""What this domain announces to the others."""

from msgspec import Struct

from veza.core.ids import StreamId, UserId


class StreamStarted(Struct, frozen=True):
    """A broadcast went live for the first time; coming back after an interruption is none."""

    stream_id: StreamId
    owner_id: UserId


class StreamEnded(Struct, frozen=True):
    """A broadcast is over for good."""

    stream_id: StreamId
    owner_id: UserId
