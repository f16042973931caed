"""Members are notified once for each event, as preferences and blocks allow."""

from collections.abc import Sequence
from datetime import datetime

from veza.core.access import Member
from veza.core.ids import ConversationId, NotificationId, UserId
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.notifications.inbox import rules
from veza.domains.notifications.inbox.errors import NotificationNotFound
from veza.domains.notifications.inbox.events import NOTIFIED, MailWanted, MembersNotified
from veza.domains.notifications.inbox.models import (
    NewNotification,
    Notification,
    NotificationPage,
    PushedNotification,
    ReadyExport,
    StoredNotification,
    UnreadCount,
)
from veza.domains.notifications.inbox.queries import creation, notifications, views
from veza.domains.notifications.preferences import shared_queries as preference_queries
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.privacy import service as privacy
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.revisions import announce

# If more of a page are not shown than is usual.
_LATER_BATCH = 250


async def list_notifications(
    conn: Conn, member: Member, *, limit: int, cursor: Cursor | None, urls: UrlBuilder
) -> NotificationPage:
    """Return a page of a member's notifications, latest first, and the number of unread ones.

    API keys get no URLs of exports, because such a URL gives access to all of the member's data.
    """
    found, unread_count = await _find(conn, member, limit=limit, cursor=cursor)
    page, next_cursor = cut(found, limit, lambda stored: Cursor(stored.told_at, stored.id))
    export_urls = None if member.session_id is None else urls
    shown = [_show(stored, export_urls) for stored in page]
    return NotificationPage(shown, unread_count, next_cursor, next_cursor is not None)


async def list_for_push(
    conn: Conn, ids: Sequence[NotificationId], urls: UrlBuilder
) -> list[PushedNotification]:
    """Return the notifications with these ids that their members may still see, oldest first."""
    found = await views.list_shown(conn, ids)
    return [PushedNotification(stored.user_id, _show(stored, urls)) for stored in reversed(found)]


async def find_unread(conn: Conn, notification_id: NotificationId) -> Notification | None:
    """Return a notification that its member may still see and has not read, without URLs."""
    return next(iter(await list_unread(conn, [notification_id])), None)


async def list_unread(conn: Conn, ids: Sequence[NotificationId]) -> list[Notification]:
    """Return those of notifications that their members may still see and have not read."""
    found = await views.list_shown(conn, ids)
    return [_show(stored, None) for stored in found if not stored.is_read]


async def mark_mailed(tx: Tx, ids: Sequence[NotificationId]) -> None:
    """Store that notifications were mailed."""
    await notifications.update_mailed(tx, ids)


async def count_unread(conn: Conn, member: Member) -> UnreadCount:
    """Return the number of unread notifications, at most `MAX_KEPT`."""
    batch = await views.find_unread(conn, member.id, most=rules.MAX_KEPT)
    return UnreadCount(await views.count_unread(conn, batch.ids, batch.groups))


async def mark_read(tx: Tx, notification_id: NotificationId, member: Member) -> UnreadCount:
    """Mark a notification as read. Raises NotificationNotFound."""
    if not await notifications.update_read(tx, member.id, notification_id):
        raise NotificationNotFound
    return await count_unread(tx, member)


async def mark_all_read(tx: Tx, member: Member, up_to: datetime | None) -> UnreadCount:
    """Mark all notifications as read, or those whose `told_at` is not after `up_to`."""
    await notifications.update_all_read(tx, member.id, up_to)
    return await count_unread(tx, member)


async def delete_notification(tx: Tx, notification_id: NotificationId, member: Member) -> None:
    """Delete a notification. Raises NotificationNotFound."""
    if not await notifications.delete_notification(tx, member.id, notification_id):
        raise NotificationNotFound


async def notify(
    tx: Tx,
    notification: NewNotification,
    user_ids: Sequence[UserId],
    *,
    not_blocked_with: Sequence[UserId] = (),
) -> None:
    """Notify the members whose preferences and relationships allow it, once for each event.

    Members are not notified of their own actions, of those of muted members, or across a block with
    the actor or with a member in `not_blocked_with`, such as the owner of the track.
    """
    if not user_ids:
        return
    recipients = await preference_queries.lock_recipients(
        tx,
        notification.kind,
        user_ids,
        actor_id=notification.actor_id,
        not_blocked_with=not_blocked_with,
    )
    if not recipients:
        return
    if notification.kind is NotificationKind.MESSAGE:
        # After the preferences, which every transaction locks before the notifications.
        to = [recipient.user_id for recipient in recipients]
        conversation_id = ConversationId(notification.subject_id)
        await creation.mark_read_conversations(tx, to, conversation_id)
    stored = await creation.insert_notifications(
        tx, recipients, notification, rules.deduplication_of(notification)
    )
    subjects = [f"{each.user_id}:{each.id}:{each.told_at.isoformat()}" for each in stored]
    await announce(tx, NOTIFIED, *subjects)
    mailed = {each.user_id for each in recipients if each.is_mailed}
    if to_mail := [each.id for each in stored if each.user_id in mailed]:
        await emit(tx, MailWanted(to_mail))
    if to_push := [each.id for each in stored if each.has_push]:
        await emit(tx, MembersNotified(to_push))


async def update_hidden_actor(tx: Tx, batch: RecountBatch[NotificationId]) -> list[NotificationId]:
    """Hide or show a member as an actor in the next batch of notifications; return their ids."""
    ids = await notifications.list_acted(tx, batch.user_id, batch.after)
    await notifications.lock_notifications(tx, ids)
    await notifications.update_hidden(tx, batch.user_id, ids, hide=batch.hide)
    return ids


async def _find(
    conn: Conn, member: Member, *, limit: int, cursor: Cursor | None
) -> tuple[list[StoredNotification], int]:
    """Return a page and the first notification of the next one, and the number of unread ones.

    Few notifications are not shown, so that the first batch is nearly always enough. Those that
    it reads are not looked at again to count them.
    """
    found: list[StoredNotification] = []
    size = limit + 1
    unread_count = 0
    while True:
        batch = await views.find_batch(conn, member.id, size, cursor)
        found += await views.list_shown(conn, batch.ids, batch.groups)
        unread_count += batch.unread_count
        if len(found) > limit or len(batch.ids) < size or batch.last_told_at is None:
            break
        cursor = Cursor(batch.last_told_at, batch.ids[-1])
        size = _LATER_BATCH
    if batch.member_unread_count > unread_count:
        return found, (await count_unread(conn, member)).unread_count
    return found, sum(not stored.is_read for stored in found)


def _show(stored: StoredNotification, urls: UrlBuilder | None) -> Notification:
    export = None
    if stored.export_id is not None and stored.export_expires_at is not None:
        expires_at = stored.export_expires_at
        url = urls and privacy.find_export_url(stored.export_id, expires_at, urls)
        export = ReadyExport(stored.export_id, url, expires_at)
    return rules.show_notification(stored, export)
