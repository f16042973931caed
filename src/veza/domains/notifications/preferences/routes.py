"""Members choose for each kind of notifications where it arrives: app, push and mail."""

from litestar import Router, get, put
from litestar.params import JSONBody

from veza.core.access import Access, Scope
from veza.core.profiles import Right
from veza.domains.notifications.preferences import service
from veza.domains.notifications.preferences.models import (
    ChannelPreferences,
    ChannelPreferencesChange,
    Preferences,
    PreferencesChange,
)
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


@get("/users/me/notification-preferences", access=Access.USER, scope=Scope.READ)
async def show_channels(request: AnyRequest, conn: Conn) -> ChannelPreferences:
    """Get for each kind of notifications where it arrives, and how often a summary is mailed.

    A kind with `app` off does not arrive at all. Mails go to verified addresses only. Receipts and
    mails about your account always arrive.
    """
    return await service.get_channels(conn, viewer_of(request).id)


@put("/users/me/notification-preferences", access=Access.USER, scope=Scope.WRITE)
async def change_channels(
    request: AnyRequest, data: JSONBody[ChannelPreferencesChange], tx: Tx
) -> ChannelPreferences:
    """Choose where kinds of notifications arrive. What is omitted stays as it is."""
    return await service.change_channels(tx, viewer_of(request).id, data)


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
        show_channels,
        change_channels,
    ],
    tags=["notifications"],
    opt={"right": Right.MANAGE},
)
