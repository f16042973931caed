"""Announces members with push subscriptions who were notified, and names the topic."""

from msgspec import Struct

from veza.core.ids import NotificationId


class MembersNotified(Struct, frozen=True):
    """Members with push subscriptions were notified: these notifications are new or changed."""

    notification_ids: list[NotificationId]


class MailWanted(Struct, frozen=True):
    """Members who get mails of this kind were notified: these notifications are new or changed."""

    notification_ids: list[NotificationId]


# The subject is `<member's id>:<notification's id>:<told_at>`.
NOTIFIED = "notified"
