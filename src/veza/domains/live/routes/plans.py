"""Viewers list planned streams, ask to be reminded, and subscribe to calendars of them."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import StreamId, UserId
from veza.core.profiles import Right
from veza.domains.live import errors
from veza.domains.live.models.plans import (
    CalendarFeed,
    StreamReminder,
    UpcomingQuery,
    UpcomingStreamPage,
)
from veza.domains.live.models.streams import OwnStream
from veza.domains.live.routes.addresses import live_context
from veza.domains.live.service import calendars, plans, reminders
from veza.domains.live.service.context import LiveContext
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_OwnerId = Annotated[UUID | None, QueryParameter(description="Only of this profile.")]


@get(
    "/live/streams/upcoming",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    right=Right.READ,
    importance=Importance.EXPLORATION,
    errors=[pages.BadCursor],
)
async def list_upcoming_streams(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    owner_id: _OwnerId = None,
) -> UpcomingStreamPage:
    """List the planned streams that the caller may see, the next one first."""
    viewer = visitor_of(request)
    query = UpcomingQuery(
        viewer_id=viewer and viewer.id,
        owner_id=None if owner_id is None else UserId(owner_id),
        limit=limit,
        cursor=read_cursor(cursor),
    )
    return await plans.list_upcoming(conn, live_context(request), query)


@post(
    "/live/streams/{stream_id:uuid}/cancel",
    needs_space=False,
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[errors.StreamNotFound, errors.NotYourStream, errors.StreamNotToCome],
)
async def cancel_stream(request: AnyRequest, stream_id: FromPath[UUID], tx: Tx) -> OwnStream:
    """Cancel a stream of the caller that has not begun. Who asked to be reminded is told.

    Planned streams that have not begun six hours after their date are cancelled as well.
    """
    return await plans.cancel_stream(
        tx, live_context(request), StreamId(stream_id), viewer_of(request)
    )


@post(
    "/live/streams/{stream_id:uuid}/reminder",
    access=Access.USER,
    right=Right.READ,
    activity=Activity.REACTION,
    scope=Scope.WRITE,
    status_code=200,
    errors=[
        errors.StreamNotFound,
        errors.StreamLocked,
        errors.StreamNotToCome,
        errors.TooManyReminders,
    ],
)
async def ask_for_reminder(
    request: AnyRequest, stream_id: FromPath[UUID], tx: Tx
) -> StreamReminder:
    """Remind the caller ten minutes before a planned stream, if they may still see it then.

    The reminder arrives where they get notifications of the kind `stream_soon`. It moves with the
    date of the stream.
    """
    return await reminders.ask(tx, live_context(request), StreamId(stream_id), viewer_of(request))


@delete(
    "/live/streams/{stream_id:uuid}/reminder",
    access=Access.USER,
    right=Right.READ,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.StreamNotFound, errors.StreamLocked],
)
async def take_reminder_back(
    request: AnyRequest, stream_id: FromPath[UUID], tx: Tx
) -> StreamReminder:
    """Don't remind the caller of a stream."""
    return await reminders.take_back(
        tx, live_context(request), StreamId(stream_id), viewer_of(request)
    )


@get("/live/calendar", access=Access.USER, right=Right.MANAGE, scope=None)
async def show_calendar(request: AnyRequest, conn: Conn) -> CalendarFeed:
    """Get the private address of the caller's calendar of planned streams."""
    signer = service_of(request, LiveContext).signer
    origin = context_of(request).base_url_of(request)
    return await calendars.show_calendar(conn, signer, viewer_of(request), origin=origin)


@post("/live/calendar", access=Access.USER, right=Right.MANAGE, scope=None, status_code=200)
async def renew_calendar(request: AnyRequest, tx: Tx) -> CalendarFeed:
    """Give the caller's calendar an address, or a new one, which ends the one that it had."""
    signer = service_of(request, LiveContext).signer
    origin = context_of(request).base_url_of(request)
    return await calendars.renew_calendar(tx, signer, viewer_of(request), origin=origin)


@delete("/live/calendar", access=Access.USER, right=Right.MANAGE, scope=None, status_code=200)
async def delete_calendar(request: AnyRequest, tx: Tx) -> CalendarFeed:
    """End the address of the caller's calendar."""
    return await calendars.delete_calendar(tx, viewer_of(request))


router = Router(
    "/",
    route_handlers=[
        list_upcoming_streams,
        cancel_stream,
        ask_for_reminder,
        take_reminder_back,
        show_calendar,
        renew_calendar,
        delete_calendar,
    ],
    tags=["live"],
    opt={"right": Right.PUBLISH},
)
