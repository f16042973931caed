"""The event and the revision topic of this domain."""

from msgspec import Struct

from veza.core.ids import NotificationId


class MembersNotified(Struct, frozen=True):
    """Members with push subscriptions were notified: these notifications are new or changed."""

    notification_ids: list[NotificationId]


# The subject is `<member's id>:<notification's id>:<told_at>`.
NOTIFIED = "notified"
