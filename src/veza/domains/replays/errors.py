"""Refusals of recordings: missing, not ready, not recorded, too many, or too long."""

from veza.core.errors import Conflict, Forbidden, NotFound


class RecordingNotFound(NotFound):
    """The recording does not exist, is another member's, or has no sound any more."""

    code = "recording_not_found"
    message = "This recording does not exist."


class ReplayNotFound(NotFound):
    """The track is not the replay of a stream."""

    code = "replay_not_found"
    message = "This track is not the replay of a stream."


class RecordingNotReady(Conflict):
    """A recording that goes on can't be cut, published or deleted."""

    code = "recording_not_ready"
    message = "This recording goes on: end the stream, or stop the recording first."


class AlreadyPublished(Conflict):
    """A recording is made into one track at a time."""

    code = "recording_published"
    message = "This recording is a track already: change or delete that one."


class RecordingTooLong(Conflict):
    """The recording is longer than a track may be."""

    code = "recording_too_long"
    message = "This recording is longer than a track may be: cut it first."


class NotRecorded(Conflict):
    """The stream is not recorded at the moment."""

    code = "stream_not_recorded"
    message = "This stream is not recorded at the moment."


class RecordingStopping(Conflict):
    """What was sent before a recording was stopped is still being stored."""

    code = "recording_stopping"
    message = "The recording that you stopped is still being stored: try again in a moment."


class StreamOver(Conflict):
    """A stream that has ended can't be recorded."""

    code = "stream_over"
    message = "This stream has ended: it can't be recorded any more."


class RecordingsOff(Forbidden):
    """This server records no streams."""

    code = "recordings_off"
    message = "This server records no streams."


class TooManyRecordings(Conflict):
    """A member has too many recordings."""

    code = "too_many_recordings"
    message = "You have 100 recordings: delete some first."


class TooManyMarks(Conflict):
    """A recording has too many marks."""

    code = "too_many_marks"
    message = "This recording has 100 marks: remove some first."
