"""What one can do with notifications; telling somebody is for this domain's own reactions."""

from collections.abc import Sequence
from datetime import datetime

from veza.core.access import Member
from veza.core.ids import ConversationId, NotificationId, UserId
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.notifications.inbox import queries, rules
from veza.domains.notifications.inbox.errors import NotificationNotFound
from veza.domains.notifications.inbox.events import NOTIFIED
from veza.domains.notifications.inbox.models import (
    Cause,
    Notification,
    NotificationPage,
    Push,
    ReadyExport,
    StoredNotification,
    Unread,
)
from veza.domains.notifications.preferences import service as inboxes
from veza.domains.notifications.preferences.models import Kind, Letter
from veza.domains.privacy import service as privacy
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.revisions import announce


async def list_notifications(
    conn: Conn, member: Member, *, limit: int, cursor: Cursor | None, urls: UrlBuilder
) -> NotificationPage:
    """List what a member was told, the latest first, and count what is unread.

    An API key gets no URL of an export: whoever has that has all of the member's data.
    """
    found = await queries.list_notifications(conn, member.id, limit, cursor)
    unread = await count_unread(conn, member)
    shown, following = cut(found, limit, lambda one: Cursor(one.told_at, one.id))
    shown_links = None if member.session_id is None else urls
    listed = [_show(one, shown_links) for one in shown]
    return NotificationPage(listed, unread.unread_count, following, following is not None)


async def list_for_push(conn: Conn, ids: Sequence[NotificationId], urls: UrlBuilder) -> list[Push]:
    """Give notifications to whoever brings them to their members' devices, the oldest first.

    What may not be shown any more is left out.
    """
    if not ids:
        return []
    found = await queries.list_by_id(conn, ids)
    return [Push(one.user_id, _show(one, urls)) for one in found]


async def count_unread(conn: Conn, member: Member) -> Unread:
    """Tell how many notifications are unread; as many are looked at as are kept."""
    return Unread(await queries.count_unread(conn, member.id, most=rules.MAX_KEPT))


async def read(tx: Tx, notification_id: NotificationId, member: Member) -> Unread:
    """Read a notification. Reading twice is the same as reading once."""
    if not await queries.update_read(tx, member.id, notification_id):
        raise NotificationNotFound
    return await count_unread(tx, member)


async def read_all(tx: Tx, member: Member, up_to: datetime | None) -> Unread:
    """Read all notifications; where the last is named that was seen, those that came after stay.

    So does what was joined to an older one meanwhile: that counts from when it was last told.
    """
    await queries.update_all_read(tx, member.id, up_to)
    return await count_unread(tx, member)


async def delete(tx: Tx, notification_id: NotificationId, member: Member) -> None:
    """Delete a notification of one's own."""
    if not await queries.delete_notification(tx, member.id, notification_id):
        raise NotificationNotFound


async def tell(
    tx: Tx, cause: Cause, user_ids: Sequence[UserId], *, near: Sequence[UserId] = ()
) -> None:
    """Tell members of what they want to hear. Telling twice is the same as telling once.

    What somebody did is told to everybody but them, to nobody who muted them, and never across a
    block: with the actor, or with those `near`, such as the artist whose track was commented on.
    """
    if not user_ids:
        return
    opened = await inboxes.open_for(tx, Letter(cause.kind, user_ids, cause.actor_id, near))
    if not opened:
        return
    if cause.kind is Kind.MESSAGE:
        # Not before they are opened: all lock the inbox first, and what is in it after.
        to = [one.user_id for one in opened]
        await queries.update_read_where_followed(tx, to, ConversationId(cause.subject_id))
    told = await queries.insert_notifications(tx, opened, cause, rules.telling_of(cause))
    subjects = [f"{one.user_id}:{one.id}:{one.told_at.isoformat()}" for one in told]
    await announce(tx, NOTIFIED, *subjects)


async def hide_actor(tx: Tx, part: RecountBatch[NotificationId]) -> list[NotificationId]:
    """Count a member no more among those who did something, or again, in some hundreds."""
    ids = await queries.list_acted(tx, part.user_id, part.after)
    await queries.update_hidden(tx, part.user_id, ids, hide=part.hide)
    return ids


def _show(stored: StoredNotification, urls: UrlBuilder | None) -> Notification:
    export = None
    if stored.export_id is not None and stored.export_expires_at is not None:
        expires_at = stored.export_expires_at
        url = urls and privacy.find_export_url(stored.export_id, expires_at, urls)
        export = ReadyExport(stored.export_id, url, expires_at)
    return rules.show_notification(stored, export)
