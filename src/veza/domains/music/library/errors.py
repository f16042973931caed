"""Refuses a queue that another device changed, and too many bookmarks."""

from veza.core.errors import Conflict


class QueueChanged(Conflict):
    """Another device changed the queue after the caller read it."""

    code = "queue_changed"
    message = "Another device has changed the queue: load it again, then save your change."


class TooManyBookmarks(Conflict):
    """The member has the maximum number of bookmarks."""

    code = "too_many_bookmarks"
    message = "You have 1,000 bookmarks, the maximum: delete some first."
