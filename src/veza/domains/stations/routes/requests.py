"""Members request tracks of stations and vote for requests; owners decline them."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, QueryParameter

from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import StationId, TrackId
from veza.core.profiles import Right
from veza.domains.stations import errors
from veza.domains.stations.models.requests import StationRequests
from veza.domains.stations.service import requests
from veza.domains.stations.service.clock import StationClock
from veza.http.dependencies import (
    AnyRequest,
    Conn,
    Tx,
    database_of,
    reading,
    viewer_of,
    visitor_of,
)
from veza.http.expensive import SEARCH
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of

_Sought = Annotated[
    str, QueryParameter(max_length=100, description="Part of a title or artist to look for.")
]


@get(
    "/stations/{station_id:uuid}/requests",
    access=Access.OPTIONAL,
    right=Right.READ,
    scope=Scope.READ,
    expensive=SEARCH.only_with("q"),
    errors=[errors.StationNotFound],
)
async def list_station_requests(
    request: AnyRequest, station_id: FromPath[UUID], conn: Conn, q: _Sought = ""
) -> StationRequests:
    """List what listeners requested of a station, and with `q` up to 20 tracks to request."""
    viewer, urls = visitor_of(request), urls_of(request)
    return await requests.list_requests(conn, StationId(station_id), viewer, q, urls)


@put(
    "/stations/{station_id:uuid}/requests/{track_id:uuid}",
    access=Access.USER,
    right=None,
    activity=Activity.REACTION,
    scope=Scope.WRITE,
    errors=[
        errors.StationNotFound,
        errors.RequestsClosed,
        errors.TrackNotRequestable,
        errors.TrackPlayedRecently,
        errors.RequestDeclined,
        errors.TooManyTrackRequests,
    ],
)
async def request_station_track(
    request: AnyRequest, station_id: FromPath[UUID], track_id: FromPath[UUID]
) -> StationRequests:
    """Request a track of a station's lists, or vote for it if it is requested already.

    The one with most votes plays, at most one in a half hour.
    """
    database, clock = database_of(request), service_of(request, StationClock)
    member, urls, asked = viewer_of(request), urls_of(request), StationId(station_id)
    await requests.ask(database, clock, asked, member, TrackId(track_id))
    async with reading(request) as conn:
        return await requests.list_requests(conn, asked, member, "", urls)


@delete(
    "/stations/{station_id:uuid}/requests/{track_id:uuid}",
    access=Access.USER,
    right=None,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.StationNotFound],
)
async def withdraw_station_request(
    request: AnyRequest, station_id: FromPath[UUID], track_id: FromPath[UUID], tx: Tx
) -> StationRequests:
    """Take back a request or a vote. A request stays while others voted for it."""
    member, asked = viewer_of(request), StationId(station_id)
    await requests.withdraw(tx, asked, member, TrackId(track_id))
    return await requests.list_requests(tx, asked, member, "", urls_of(request))


@post(
    "/stations/{station_id:uuid}/requests/{track_id:uuid}/decline",
    access=Access.USER,
    right=Right.PUBLISH,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.StationNotFound, errors.NotYourStation],
)
async def decline_station_request(
    request: AnyRequest, station_id: FromPath[UUID], track_id: FromPath[UUID], tx: Tx
) -> StationRequests:
    """Decline a request for a station of the caller: for a day nobody requests the track."""
    owner, asked = viewer_of(request), StationId(station_id)
    await requests.decline(tx, asked, owner, TrackId(track_id))
    return await requests.list_requests(tx, asked, owner, "", urls_of(request))


router = Router(
    "/",
    route_handlers=[
        list_station_requests,
        request_station_track,
        withdraw_station_request,
        decline_station_request,
    ],
    tags=["stations"],
)
