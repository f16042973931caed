"""Announces that a recording expires soon."""

from msgspec import Struct

from veza.core.ids import StreamId, StreamRecordingId, UserId


class RecordingExpiring(Struct, frozen=True):
    """The sound of a recording that is no track is deleted within days."""

    recording_id: StreamRecordingId
    stream_id: StreamId
    owner_id: UserId
