"""Refuses the lyrics of a track that has none."""

from veza.core.errors import NotFound


class LyricsNotFound(NotFound):
    """The track has no lyrics."""

    code = "lyrics_not_found"
    message = "This track has no lyrics."
