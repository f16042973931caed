"""Errors of the endpoints for lyrics."""

from veza.core.errors import NotFound


class LyricsNotFound(NotFound):
    """The track has no lyrics."""

    code = "lyrics_not_found"
    message = "This track has no lyrics."
