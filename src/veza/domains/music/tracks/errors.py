"""Refuses tracks that are hidden, of another owner, or not processed yet."""

from veza.core.errors import Conflict, Forbidden, NotFound


class TrackNotFound(NotFound):
    """The track does not exist, or the caller may not see it."""

    code = "track_not_found"
    message = "This track doesn't exist, or you don't have access to it."


class NotYourTrack(Forbidden):
    """Only the owner may change a track."""

    code = "not_your_track"
    message = "Only the track's owner can do this."


class TrackNotReady(Conflict):
    """The track is still being processed, or processing failed."""

    code = "track_not_ready"
    message = "This track can't be played yet. Try again once it is processed."
