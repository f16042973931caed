"""Members switch kinds of notifications on or off, and pushes of them apart."""

from litestar import Router, get, put
from litestar.params import JSONBody

from veza.core.access import Access, Scope
from veza.core.profiles import Right
from veza.domains.notifications.preferences import service
from veza.domains.notifications.preferences.models import Preferences, PreferencesChange
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of


@get("/notifications/preferences", access=Access.USER, scope=Scope.READ)
async def show_preferences(request: AnyRequest, conn: Conn) -> Preferences:
    """Get the kinds of notifications that you receive: by default all."""
    return await service.get_preferences(conn, viewer_of(request))


@put("/notifications/preferences", access=Access.USER, scope=Scope.WRITE)
async def change_preferences(
    request: AnyRequest, data: JSONBody[PreferencesChange], tx: Tx
) -> Preferences:
    """Switch kinds of notifications on or off. Omitted kinds stay as they are.

    You are always notified of moderators' decisions about you and about your reports.
    """
    return await service.change_preferences(tx, viewer_of(request), data)


@get("/notifications/preferences/push", access=Access.USER, scope=Scope.READ)
async def show_push_preferences(request: AnyRequest, conn: Conn) -> Preferences:
    """Get the kinds of notifications that are pushed to your devices: by default all.

    A kind that you don't receive at all isn't pushed either.
    """
    return await service.get_push_preferences(conn, viewer_of(request))


@put("/notifications/preferences/push", access=Access.USER, scope=Scope.WRITE)
async def change_push_preferences(
    request: AnyRequest, data: JSONBody[PreferencesChange], tx: Tx
) -> Preferences:
    """Switch kinds of notifications on or off for your devices. Omitted kinds stay as they are.

    Moderators' decisions are always pushed.
    """
    return await service.change_push_preferences(tx, viewer_of(request), data)


router = Router(
    "/",
    route_handlers=[
        show_preferences,
        change_preferences,
        show_push_preferences,
        change_push_preferences,
    ],
    tags=["notifications"],
    opt={"right": Right.MANAGE},
)
