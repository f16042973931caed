"""What can be refused in this domain."""

from veza.core.errors import NotFound


class AttachmentNotFound(NotFound):
    """No file hangs on such a message, or the message isn't for the caller."""

    code = "attachment_not_found"
    message = "There is no such file."
