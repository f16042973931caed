"""Refuses figures that a site does not publish."""

from veza.core.errors import NotFound


class TransparencyOff(NotFound):
    """The site does not publish figures of moderation."""

    code = "transparency_off"
    message = "This site does not publish figures of its moderation."
