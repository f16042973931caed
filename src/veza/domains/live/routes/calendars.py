"""Calendars of planned streams as iCalendar: credentials are ignored."""

from typing import Any

from litestar import Response, Router, get
from litestar.params import FromPath

from veza.domains.live.rules import calendars
from veza.domains.live.rules.calendars import Calendar
from veza.domains.live.service import calendars as service
from veza.domains.live.service.context import LiveContext
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, reading
from veza.http.responses.caching import PUBLIC_CHANGING
from veza.http.responses.public_documents import respond_with_document
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_FEED: dict[str, Any] = {"include_in_schema": False, "credentials": "ignored"}
_PRIVATE = "private, no-cache"


@get("/feeds/artists/{username:str}/calendar.ics", **_FEED, importance=Importance.EXPLORATION)
async def show_profile_calendar(request: AnyRequest, username: FromPath[str]) -> Response[bytes]:
    """Show the calendar of the public streams of a profile."""
    async with reading(request) as conn:
        calendar = await service.read_profile_calendar(conn, username)
    return _respond(request, calendar, PUBLIC_CHANGING)


@get(f"{service.PATH}/{{name:str}}", **_FEED, importance=Importance.EXPLORATION)
async def show_member_calendar(request: AnyRequest, name: FromPath[str]) -> Response[bytes]:
    """Show the calendar of a member, whose address is secret."""
    site_name = context_of(request).identify_site().name
    signer = service_of(request, LiveContext).signer
    async with reading(request) as conn:
        calendar = await service.read_member_calendar(conn, signer, name, site_name=site_name)
    return _respond(request, calendar, _PRIVATE)


def _respond(request: AnyRequest, calendar: Calendar, cache_control: str) -> Response[bytes]:
    body = calendars.render_calendar(calendar, context_of(request).base_url_of(request))
    response = respond_with_document(
        request, body, media_type=calendars.MEDIA_TYPE, cache_control=cache_control
    )
    response.headers["x-robots-tag"] = "noindex"
    return response


router = Router("/", route_handlers=[show_profile_calendar, show_member_calendar])
