"""The errors of embeds."""

from veza.core.errors import NotFound


class NothingToEmbed(NotFound):
    """The address is not that of something public on this server."""

    code = "nothing_to_embed"
    message = "There is nothing at this address that can be embedded."
