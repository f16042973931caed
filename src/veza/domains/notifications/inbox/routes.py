"""Your notifications, and how many are unread: up to 1,000."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.ids import NotificationId
from veza.core.profiles import Right
from veza.domains.notifications.inbox import errors, service
from veza.domains.notifications.inbox.models import NotificationPage, ReadUpTo, UnreadCount
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.fast.shared_routes import Reader
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted


@get("/notifications", access=Access.USER, scope=Scope.READ, shared=True, errors=[pages.BadCursor])
async def list_notifications(
    reader: Reader, limit: PageLimit = 20, cursor: CursorText = None
) -> NotificationPage:
    """List your notifications, latest first, with the number of unread notifications.

    Likes of the same track are combined into a single unread notification: it has their number and
    the latest three members, and moves to the top with each like. The same applies to followers,
    likes of posts, and messages.
    """
    return await service.list_notifications(
        reader.conn, reader.member, limit=limit, cursor=read_cursor(cursor), urls=reader.urls
    )


@get("/notifications/unread", access=Access.USER, scope=Scope.READ)
async def count_unread(request: AnyRequest, conn: Conn) -> UnreadCount:
    """Count your unread notifications, up to 1,000."""
    return await service.count_unread(conn, viewer_of(request))


@post(
    "/notifications/{notification_id:uuid}/read",
    needs_space=False,
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.NotificationNotFound],
)
async def read_notification(
    request: AnyRequest, notification_id: FromPath[UUID], tx: Tx
) -> UnreadCount:
    """Mark a notification as read."""
    return await service.mark_read(tx, NotificationId(notification_id), viewer_of(request))


@post(
    "/notifications/read-all",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    needs_space=False,
)
async def read_all_notifications(
    request: AnyRequest, tx: Tx, data: JSONBody[ReadUpTo | None] = None
) -> UnreadCount:
    """Mark all notifications as read, or those up to `up_to`.

    With the `told_at` of the newest displayed notification, newer notifications stay unread.
    """
    return await service.mark_all_read(tx, viewer_of(request), data and data.up_to)


@delete(
    "/notifications/{notification_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.NotificationNotFound],
)
async def delete_notification(
    request: AnyRequest, notification_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Delete a notification."""
    await service.delete_notification(tx, NotificationId(notification_id), viewer_of(request))
    return Deleted(notification_id)


router = Router(
    "/",
    route_handlers=[
        list_notifications,
        count_unread,
        read_notification,
        read_all_notifications,
        delete_notification,
    ],
    tags=["notifications"],
    opt={"right": Right.SPEAK},
)
