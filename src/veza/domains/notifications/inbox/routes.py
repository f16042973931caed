"""HTTP for notifications: read the request, call the use case, return its result."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.ids import NotificationId
from veza.domains.notifications.inbox import errors, service
from veza.domains.notifications.inbox.models import (
    DeletedNotification,
    NotificationPage,
    ReadUpTo,
    UnreadCount,
)
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.query_parameters import CursorText, PageLimit
from veza.http.signed_urls import urls_of


@get("/notifications", access=Access.USER, scope=Scope.READ, errors=[pages.BadCursor])
async def list_notifications(
    request: AnyRequest, conn: Conn, limit: PageLimit = 20, cursor: CursorText = None
) -> NotificationPage:
    """List what one was told, the latest first, with the number of what is unread.

    What many do alike, as liking a track, is one notification while it is unread: it counts them,
    names the last three, and comes to the top again with each.
    """
    place = None if cursor is None else pages.decode_cursor(cursor)
    return await service.list_notifications(
        conn, viewer_of(request), limit=limit, cursor=place, urls=urls_of(request)
    )


@get("/notifications/unread", access=Access.USER, scope=Scope.READ)
async def count_unread(request: AnyRequest, conn: Conn) -> UnreadCount:
    """Count one's unread notifications, 1,000 at most: for so many are kept."""
    return await service.count_unread(conn, viewer_of(request))


@post(
    "/notifications/{notification_id:uuid}/read",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.NotificationNotFound],
)
async def read_notification(
    request: AnyRequest, notification_id: FromPath[UUID], tx: Tx
) -> UnreadCount:
    """Read a notification. Reading twice is the same as reading once."""
    return await service.mark_read(tx, NotificationId(notification_id), viewer_of(request))


@post("/notifications/read-all", access=Access.USER, scope=Scope.WRITE, status_code=200)
async def read_all_notifications(
    request: AnyRequest, tx: Tx, data: JSONBody[ReadUpTo | None] = None
) -> UnreadCount:
    """Read all notifications, or those until `up_to`.

    Give the `told_at` of the newest that was seen, and what came meanwhile stays unread.
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
) -> DeletedNotification:
    """Delete a notification."""
    await service.delete_notification(tx, NotificationId(notification_id), viewer_of(request))
    return DeletedNotification(NotificationId(notification_id))


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
)
