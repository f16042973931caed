"""What can be refused in this domain."""

from veza.core.errors import NotFound


class NotificationNotFound(NotFound):
    """There is no such notification among one's own."""

    code = "notification_not_found"
    message = "There is no such notification."
