"""Decisions without I/O: what is joined, how long it is kept, how it is shown."""

from datetime import timedelta
from uuid import UUID

from veza.domains.moderation.models import ModerationActionType
from veza.domains.notifications.inbox.models import (
    Cause,
    Excerpt,
    Judged,
    NamedGear,
    NamedSale,
    NamedStream,
    NamedTrack,
    Notification,
    ReadyExport,
    StoredNotification,
    Talk,
    Telling,
)
from veza.domains.notifications.preferences.models import Kind

# So many are kept of a member's, the newest, and for so long.
MAX_KEPT = 1_000
KEPT_FOR = timedelta(days=90)
SWEPT_AT_ONCE = 5_000

# Of these a buyer is told, who sold nothing.
_TO_BUYERS = {Kind.REFUND_MADE, Kind.REFUND_FAILED, Kind.REFUND_DELAYED}
# What many do alike is told as one, while it is unread. What somebody says is told by itself.
_TOLD_AS_ONE = {Kind.FOLLOW, Kind.TRACK_LIKE, Kind.POST_LIKE}
KINDS_OF_SANCTIONS = {
    ModerationActionType.WARN: Kind.WARNED,
    ModerationActionType.SUSPEND: Kind.BANNED,
    ModerationActionType.LIFT_SUSPENSION: Kind.UNBANNED,
}


def telling_of(cause: Cause) -> Telling:
    """Tell how a cause is told."""
    if cause.actor_id is None:
        return Telling.PLAIN
    if cause.kind is Kind.MESSAGE:
        return Telling.MESSAGE
    return Telling.JOINED if cause.kind in _TOLD_AS_ONE else Telling.ONCE


def show_notification(
    stored: StoredNotification, export: ReadyExport | None = None
) -> Notification:
    """Show a notification, and the export that is ready, where it tells of one."""
    return Notification(
        id=stored.id,
        kind=stored.kind,
        is_read=stored.is_read,
        actors=stored.actors,
        actors_count=stored.actors_count,
        track=_named_track(stored),
        post=_excerpt(stored.post_id, stored.post_text),
        comment=_excerpt(stored.comment_id, stored.comment_text),
        conversation=_talk(stored),
        message=_excerpt(stored.message_id, stored.message_text),
        report=_judged(stored),
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


def _excerpt(written_id: UUID | None, text: str | None) -> Excerpt | None:
    return None if written_id is None or text is None else Excerpt(written_id, text)


def _talk(stored: StoredNotification) -> Talk | None:
    if stored.conversation_id is None or stored.conversation_type is None:
        return None
    return Talk(stored.conversation_id, stored.conversation_type, stored.conversation_name)


def _judged(stored: StoredNotification) -> Judged | None:
    if stored.content_type is None or stored.outcome is None:
        return None
    return Judged(stored.content_type, stored.content_id, stored.outcome)


def _named_sale(stored: StoredNotification) -> NamedSale | None:
    if stored.order_id is None or stored.sale_title is None or stored.kind in _TO_BUYERS:
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
