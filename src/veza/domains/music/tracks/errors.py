"""What can be refused in this domain."""

from veza.core.errors import Conflict, Forbidden, NotFound


class TrackNotFound(NotFound):
    """There is no such track, or none that the caller may know of."""

    code = "track_not_found"
    message = "There is no such track."


class NotYourTrack(Forbidden):
    """Only its owner may change a track."""

    code = "not_your_track"
    message = "Only its owner may do this with a track."


class TrackNotReady(Conflict):
    """The track is still being processed, or that failed."""

    code = "track_not_ready"
    message = "This track can't be played yet."
