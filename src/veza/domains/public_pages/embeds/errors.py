"""Refuses addresses that lead to nothing public on this server."""

from veza.core.errors import NotFound


class NothingToEmbed(NotFound):
    """The address is not that of something public on this server."""

    code = "nothing_to_embed"
    message = "There is nothing at this address that can be embedded."
