"""Stations are listed and shown; their owners make, change and delete them."""

from typing import Annotated
from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from veza.core import pages
from veza.core.access import Access, Scope
from veza.core.activities import Activity
from veza.core.ids import StationId, UserId
from veza.core.profiles import Right
from veza.domains.images.errors import ImageInUse, ImageNotFound
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.stations import errors
from veza.domains.stations.models.stations import (
    DeletedStation,
    ListedStation,
    OwnStation,
    OwnStations,
    StationChange,
    StationForm,
    StationPage,
    StationQuery,
)
from veza.domains.stations.service import stations
from veza.http.dependencies import AnyRequest, Conn, Tx, database_of, viewer_of, visitor_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_FILTERED_TEXTS = ("title", "description")
_Owner = Annotated[UUID | None, QueryParameter(description="Only those of this profile.")]


@get(
    "/stations",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.EXPLORATION,
    errors=[pages.BadCursor],
)
async def list_stations(
    request: AnyRequest,
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
    owner_id: _Owner = None,
) -> StationPage:
    """List stations on air, newest first."""
    owner = None if owner_id is None else UserId(owner_id)
    query = StationQuery(limit, read_cursor(cursor), owner)
    return await stations.list_stations(conn, query, visitor_of(request), urls_of(request))


@get("/stations/me", access=Access.USER, right=Right.READ, scope=Scope.READ)
async def list_own_stations(request: AnyRequest, conn: Conn) -> OwnStations:
    """List the caller's stations, on air or not, newest first."""
    return await stations.list_own(conn, viewer_of(request), urls_of(request))


@get(
    "/stations/{station_id:uuid}",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    errors=[errors.StationNotFound],
)
async def show_station(
    request: AnyRequest, station_id: FromPath[UUID], conn: Conn
) -> ListedStation:
    """Get a station that is on air, or a station of the caller."""
    viewer = visitor_of(request)
    return await stations.get_station(conn, StationId(station_id), viewer, urls_of(request))


@get(
    "/stations/{station_id:uuid}/program",
    access=Access.USER,
    right=Right.READ,
    scope=Scope.READ,
    errors=[errors.StationNotFound, errors.NotYourStation],
)
async def show_program(request: AnyRequest, station_id: FromPath[UUID], conn: Conn) -> OwnStation:
    """Get a station of the caller with its program and the tracks of its lists."""
    member = viewer_of(request)
    return await stations.get_own(conn, StationId(station_id), member, urls_of(request))


@post(
    "/stations",
    access=Access.USER,
    activity=Activity.UPLOAD,
    scope=Scope.WRITE,
    errors=[errors.TooManyStations, ImageNotFound, ImageInUse, TextRefused],
)
async def create_station(request: AnyRequest, data: JSONBody[StationForm]) -> OwnStation:
    """Make a station, which plays its tracks day and night without an encoder.

    It plays public tracks, and own ones that are not private; each once before any plays again.
    What can't be played is left out. A profile has at most 5 stations.
    """
    owner, database = viewer_of(request), database_of(request)
    screening = service_of(request, TextFilters).screen(owner, data, *_FILTERED_TEXTS)
    audio = service_of(request, AudioStorage)
    lengths = await stations.prepare_station(database, audio, owner, data)
    async with database.transaction() as tx:
        made = await stations.create_station(tx, owner, data, lengths, urls_of(request))
        await screening.report(tx, "station", made.id)
    return made


@put(
    "/stations/{station_id:uuid}",
    access=Access.USER,
    activity=Activity.EDIT,
    scope=Scope.WRITE,
    errors=[
        errors.StationNotFound,
        errors.NotYourStation,
        errors.TooManyRotations,
        ImageNotFound,
        ImageInUse,
        TextRefused,
    ],
)
async def update_station(
    request: AnyRequest, station_id: FromPath[UUID], data: JSONBody[StationChange]
) -> OwnStation:
    """Change a station of the caller. Omitted fields keep their values.

    Another program begins after the track that plays; `changes_at` is when. It can be changed 20
    times a day.
    """
    audio, owner = service_of(request, AudioStorage), viewer_of(request)
    database, changed = database_of(request), StationId(station_id)
    screening = service_of(request, TextFilters).screen(owner, data, *_FILTERED_TEXTS)
    lengths = await stations.prepare_change(database, audio, changed, owner, data)
    async with database.transaction() as tx:
        await stations.update_station(tx, changed, owner, data, lengths)
        await screening.report(tx, "station", changed)
        return await stations.get_own(tx, changed, owner, urls_of(request))


@delete(
    "/stations/{station_id:uuid}",
    access=Access.USER,
    scope=Scope.WRITE,
    status_code=200,
    errors=[errors.StationNotFound, errors.NotYourStation],
)
async def delete_station(request: AnyRequest, station_id: FromPath[UUID], tx: Tx) -> DeletedStation:
    """Delete a station of the caller, and the record of what it played. Its tracks stay."""
    await stations.delete_station(tx, StationId(station_id), viewer_of(request))
    return DeletedStation(StationId(station_id))


router = Router(
    "/",
    route_handlers=[
        list_stations,
        list_own_stations,
        show_station,
        show_program,
        create_station,
        update_station,
        delete_station,
    ],
    tags=["stations"],
    opt={"right": Right.PUBLISH},
)
