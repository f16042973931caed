"""Decides which earlier notifications prevent a new one; 1,000 are kept for 90 days."""

from datetime import timedelta

from veza.core.structs import copy_fields
from veza.domains.moderation.reports.models import ModerationActionType
from veza.domains.notifications.inbox.models import (
    Deduplication,
    NewNotification,
    Notification,
    ReadyExport,
    StoredNotification,
)
from veza.domains.notifications.preferences.models import NotificationKind

# How many of the newest notifications of a member are kept, and for how long.
MAX_KEPT = 1_000
KEPT_FOR = timedelta(days=90)
SWEPT_AT_ONCE = 5_000

# Kinds that are combined into a single notification while it is unread.
_MERGED = {
    NotificationKind.FOLLOW,
    NotificationKind.TRACK_LIKE,
    NotificationKind.RELEASE_LIKE,
    NotificationKind.POST_LIKE,
    NotificationKind.COMMENT_LIKE,
    NotificationKind.PLAYLIST_ACCEPTED,
}
# Of one stream several kinds are told, each once; a reminder again if the date has changed.
_OF_STREAMS = {
    NotificationKind.WENT_LIVE: Deduplication.PER_ACTOR,
    NotificationKind.STREAM_SOON: Deduplication.WHILE_UNREAD,
    NotificationKind.STREAM_CANCELLED: Deduplication.PER_ACTOR,
}
KINDS_OF_ACTIONS = {
    ModerationActionType.WARN: NotificationKind.WARNED,
    ModerationActionType.SUSPEND: NotificationKind.BANNED,
    ModerationActionType.LIFT_SUSPENSION: NotificationKind.UNBANNED,
    ModerationActionType.WITHDRAW_WARNING: NotificationKind.WARNING_WITHDRAWN,
    ModerationActionType.UPHOLD: NotificationKind.APPEAL_UPHELD,
    ModerationActionType.TAKE_DOWN: NotificationKind.ITEM_TAKEN_DOWN,
    ModerationActionType.RESTORE: NotificationKind.ITEM_RESTORED,
}


def deduplication_of(notification: NewNotification) -> Deduplication:
    """Return which earlier notifications prevent this one."""
    if notification.commission_id is not None:
        return Deduplication.WHILE_UNREAD
    if notification.actor_id is None:
        return Deduplication.PER_KIND
    if notification.kind in _OF_STREAMS:
        return _OF_STREAMS[notification.kind]
    if notification.kind is NotificationKind.MESSAGE:
        return Deduplication.PER_CONVERSATION
    return Deduplication.PER_ACTOR if notification.kind in _MERGED else Deduplication.PER_SUBJECT


def show_notification(
    stored: StoredNotification, export: ReadyExport | None = None
) -> Notification:
    """Return the response for a notification; `export` is the export that it is about."""
    return copy_fields(Notification, stored, export=export)
