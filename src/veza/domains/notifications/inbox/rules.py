"""Pure functions of notifications: deduplication and responses."""

from datetime import timedelta
from uuid import UUID

from veza.domains.moderation.models import SanctionAction
from veza.domains.notifications.inbox.models import (
    Deduplication,
    Excerpt,
    NamedConversation,
    NamedGear,
    NamedSale,
    NamedStream,
    NamedTrack,
    NewNotification,
    Notification,
    ReadyExport,
    ReportOutcome,
    StoredNotification,
)
from veza.domains.notifications.preferences.models import NotificationKind

# How many notifications of a member are kept, the newest, and for how long.
MAX_KEPT = 1_000
KEPT_FOR = timedelta(days=90)
SWEPT_AT_ONCE = 5_000

# Kinds for buyers, who sold nothing in the order.
_FOR_BUYERS = {
    NotificationKind.REFUND_MADE,
    NotificationKind.REFUND_FAILED,
    NotificationKind.REFUND_DELAYED,
}
# Several of these make one notification while it is unread.
_MERGED = {NotificationKind.FOLLOW, NotificationKind.TRACK_LIKE, NotificationKind.POST_LIKE}
KINDS_OF_SANCTIONS = {
    SanctionAction.WARN: NotificationKind.WARNED,
    SanctionAction.BAN: NotificationKind.BANNED,
    SanctionAction.UNBAN: NotificationKind.UNBANNED,
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
        track=_named_track(stored),
        post=_excerpt(stored.post_id, stored.post_text),
        comment=_excerpt(stored.comment_id, stored.comment_text),
        conversation=_named_conversation(stored),
        message=_excerpt(stored.message_id, stored.message_text),
        report=_report_outcome(stored),
        sale=_named_sale(stored),
        refund=stored.refund,
        transfer=stored.transfer,
        stream=_named_stream(stored),
        gear=_named_gear(stored),
        export=export,
        reason=stored.reason,
        created_at=stored.created_at,
        told_at=stored.told_at,
    )


def _named_track(stored: StoredNotification) -> NamedTrack | None:
    if stored.track_id is None or stored.track_title is None:
        return None
    return NamedTrack(stored.track_id, stored.track_title)


def _excerpt(text_id: UUID | None, text: str | None) -> Excerpt | None:
    return None if text_id is None or text is None else Excerpt(text_id, text)


def _named_conversation(stored: StoredNotification) -> NamedConversation | None:
    if stored.conversation_id is None or stored.conversation_type is None:
        return None
    return NamedConversation(
        stored.conversation_id, stored.conversation_type, stored.conversation_name
    )


def _report_outcome(stored: StoredNotification) -> ReportOutcome | None:
    if stored.content_type is None or stored.outcome is None:
        return None
    return ReportOutcome(stored.content_type, stored.content_id, stored.outcome)


def _named_sale(stored: StoredNotification) -> NamedSale | None:
    if stored.order_id is None or stored.sale_title is None or stored.kind in _FOR_BUYERS:
        return None
    return NamedSale(stored.order_id, stored.sale_title)


def _named_stream(stored: StoredNotification) -> NamedStream | None:
    if stored.stream_id is None or stored.stream_title is None:
        return None
    return NamedStream(stored.stream_id, stored.stream_title)


def _named_gear(stored: StoredNotification) -> NamedGear | None:
    if stored.gear_id is None or stored.gear_name is None:
        return None
    return NamedGear(stored.gear_id, stored.gear_name, stored.warranty_until)
