"""Admins change announcements, feature flags and the maintenance mode."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, PathParameter

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import AnnouncementId
from veza.core.step_up import StepUp
from veza.domains.platform.site_controls import errors, service
from veza.domains.platform.site_controls.models import (
    FLAG_NAME,
    Announcement,
    AnnouncementForm,
    AnnouncementPage,
    DeletedFlag,
    Flag,
    FlagChange,
    FlagList,
    Maintenance,
    MaintenanceChange,
)
from veza.http.dependencies import Conn, Tx
from veza.http.requests.query_parameters import PageLimit, RowOffset
from veza.http.responses.envelope import Deleted

_FlagName = Annotated[
    str,
    PathParameter(
        pattern=FLAG_NAME, description="1 to 64 of small letters, digits, `_`, `.` and `-`."
    ),
]


@get("/admin/announcements", access=Access.ADMIN, scope=None, errors=[pages.PageTooFar])
async def list_announcements(
    conn: Conn, limit: PageLimit = 20, offset: RowOffset = 0
) -> AnnouncementPage:
    """List all announcements, newest first."""
    pages.ensure_within_reach(offset, limit)
    return await service.list_announcements(conn, limit=limit, offset=offset)


@post("/admin/announcements", access=Access.ADMIN, scope=None, errors=[errors.TooManyAnnouncements])
async def create_announcement(data: JSONBody[AnnouncementForm], tx: Tx) -> Announcement:
    """Create an announcement for an audience.

    It is shown from `starts_at` (now) until `ends_at` (without end).
    """
    return await service.create_announcement(tx, data)


@delete(
    "/admin/announcements/{announcement_id:uuid}",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.AnnouncementNotFound],
)
async def delete_announcement(announcement_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete an announcement."""
    await service.delete_announcement(tx, AnnouncementId(announcement_id))
    return Deleted(announcement_id)


@get("/admin/feature-flags", access=Access.ADMIN, scope=None)
async def list_flags(conn: Conn) -> FlagList:
    """List all feature flags, by name: there are at most 500."""
    return await service.list_flags(conn)


@put(
    "/admin/feature-flags/{name:str}", access=Access.ADMIN, scope=None, errors=[errors.TooManyFlags]
)
async def set_flag(name: _FlagName, data: JSONBody[FlagChange], tx: Tx) -> Flag:
    """Toggle a feature flag, for a share of the members and for roles.

    A missing flag is created. Omitted fields keep their value. All processes apply the change
    within a second.
    """
    return await service.set_flag(tx, name, data)


@delete(
    "/admin/feature-flags/{name:str}",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.FlagNotFound],
)
async def delete_flag(name: _FlagName, tx: Tx) -> DeletedFlag:
    """Delete a feature flag: the feature is off."""
    await service.delete_flag(tx, name)
    return DeletedFlag(name)


@get("/admin/maintenance", access=Access.ADMIN, scope=None)
async def show_maintenance(conn: Conn) -> Maintenance:
    """Get current maintenance mode status."""
    return await service.get_maintenance(conn)


@put("/admin/maintenance", access=Access.ADMIN, scope=None, step_up=StepUp.EVERYBODY)
async def set_maintenance(data: JSONBody[MaintenanceChange], tx: Tx) -> Maintenance:
    """Enable or disable maintenance mode.

    While it is enabled, requests are answered with 503, `Retry-After` and the message, except for
    health, metrics, this page, signing in, the CSRF token, webhooks, and routes for admins or
    moderators. It continues after the planned end, until it is disabled. All processes apply it
    within a second.
    """
    return await service.set_maintenance(tx, data)


router = Router(
    "/",
    route_handlers=[
        list_announcements,
        create_announcement,
        delete_announcement,
        list_flags,
        set_flag,
        delete_flag,
        show_maintenance,
        set_maintenance,
    ],
    tags=["admin"],
)
