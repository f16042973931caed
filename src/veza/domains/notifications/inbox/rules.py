"""Pure functions of notifications: deduplication and responses."""

from datetime import timedelta

from veza.domains.moderation.models import ModerationActionType
from veza.domains.notifications.inbox.models import (
    Deduplication,
    NewNotification,
    Notification,
    ReadyExport,
    StoredNotification,
)
from veza.domains.notifications.preferences.models import NotificationKind

# How many notifications of a member are kept, the newest, and for how long.
MAX_KEPT = 1_000
KEPT_FOR = timedelta(days=90)
SWEPT_AT_ONCE = 5_000

# Several of these make one notification while it is unread.
_MERGED = {NotificationKind.FOLLOW, NotificationKind.TRACK_LIKE, NotificationKind.POST_LIKE}
KINDS_OF_SANCTIONS = {
    ModerationActionType.WARN: NotificationKind.WARNED,
    ModerationActionType.SUSPEND: NotificationKind.BANNED,
    ModerationActionType.LIFT_SUSPENSION: NotificationKind.UNBANNED,
}


def deduplication_of(notification: NewNotification) -> Deduplication:
    """Return which earlier notifications prevent this one."""
    if notification.actor_id is None:
        return Deduplication.PER_KIND
    if notification.kind is NotificationKind.MESSAGE:
        return Deduplication.PER_CONVERSATION
    return Deduplication.PER_ACTOR if notification.kind in _MERGED else Deduplication.PER_SUBJECT


def show_notification(
    stored: StoredNotification, export: ReadyExport | None = None
) -> Notification:
    """Return the response for a notification; `export` is the export that it is about."""
    return Notification(
        id=stored.id,
        kind=stored.kind,
        is_read=stored.is_read,
        actors=stored.actors,
        actors_count=stored.actors_count,
        track=stored.track,
        post=stored.post,
        comment=stored.comment,
        conversation=stored.conversation,
        message=stored.message,
        report=stored.report,
        sale=stored.sale,
        refund=stored.refund,
        transfer=stored.transfer,
        stream=stored.stream,
        gear=stored.gear,
        export=export,
        reason=stored.reason,
        created_at=stored.created_at,
        told_at=stored.told_at,
    )
