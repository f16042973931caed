"""Refuses notifications that are not the caller's."""

from veza.core.errors import NotFound


class NotificationNotFound(NotFound):
    """The caller has no such notification."""

    code = "notification_not_found"
    message = "This notification doesn't exist. It may have been deleted."
