"""Refuses the file of a message that has none, or that the caller may not read."""

from veza.core.errors import NotFound


class AttachmentNotFound(NotFound):
    """The message has no file, or the caller may not read it."""

    code = "attachment_not_found"
    message = "This message has no file, or you can't see it."
