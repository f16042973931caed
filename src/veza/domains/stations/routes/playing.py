"""Listeners play stations by HLS, and see what is on air; owners get the report."""

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from litestar import Response, Router, get
from litestar.params import FromPath

from veza.core import csv_rows, pages
from veza.core.access import Access, Scope
from veza.core.clock import now
from veza.core.errors import FieldError, Invalid
from veza.core.filenames import attachment
from veza.core.ids import StationId, StationTakeoverId
from veza.core.profiles import Right
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.domains.stations import errors
from veza.domains.stations.models.stations import AiringPage, AiringQuery, OnAir
from veza.domains.stations.service import history, playing, stations
from veza.domains.stations.service.clock import StationClock
from veza.http.dependencies import (
    AnyRequest,
    database_of,
    expensive_work,
    reading,
    viewer_of,
    visitor_of,
)
from veza.http.expensive import REPORT, SEARCH
from veza.http.requests.query_parameters import (
    CursorText,
    PageLimit,
    Since,
    Until,
    read_cursor,
    read_moment,
)
from veza.http.responses.public_documents import respond_with_document
from veza.http.security.signed_urls import urls_of
from veza.http.services import service_of
from veza.infra.concurrency.overload import Importance

_PLAYLIST = "application/vnd.apple.mpegurl"
_SOUND = "audio/mp4"
_CACHING = "public, max-age=2, s-maxage=1"
_MAX_REPORT = timedelta(days=31)


@get(
    "/stations/{station_id:uuid}/hls/{playlist_name:str}",
    scope=Scope.READ,
    importance=Importance.VITAL,
    produces=_PLAYLIST,
    conditional=True,
    errors=[errors.StationNotFound, errors.StationSilent],
)
async def show_station_playlist(
    request: AnyRequest, station_id: FromPath[UUID], playlist_name: FromPath[str]
) -> Response[bytes]:
    """Get an HLS playlist of a station on air: `master.m3u8`, `256k.m3u8` or `128k.m3u8`.

    It lists the stored segments of the tracks that play now: 90 seconds that were, and 18 to come.
    All listeners have the same. Segments of a track that is gone are gaps. While a public stream of
    the owner is on air, it can be in the place of the program, from half a minute after its begin.
    """
    database, clock = database_of(request), service_of(request, StationClock)
    found = await playing.read_playlist(database, clock, StationId(station_id), playlist_name)
    return respond_with_document(request, found, media_type=_PLAYLIST, cache_control=_CACHING)


@get(
    "/stations/{station_id:uuid}/hls/{takeover_id:uuid}/{segment_name:str}",
    scope=Scope.READ,
    importance=Importance.VITAL,
    produces=_SOUND,
    errors=[errors.StationNotFound],
)
async def show_live_segment(
    request: AnyRequest,
    station_id: FromPath[UUID],
    takeover_id: FromPath[UUID],
    segment_name: FromPath[str],
) -> Response[bytes]:
    """Get a segment of the stream that has taken a station over, which its playlist names."""
    clock, storage = service_of(request, StationClock), service_of(request, AudioStorage).storage
    window = await playing.get_window(database_of(request), clock, StationId(station_id))
    found = StationTakeoverId(takeover_id)
    content = await playing.read_live(storage, window, found, segment_name)
    headers = {"cache-control": _CACHING}
    return Response(content, media_type=_SOUND, headers=headers)


@get(
    "/stations/{station_id:uuid}/now",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    importance=Importance.VITAL,
    errors=[errors.StationNotFound],
)
async def show_on_air(request: AnyRequest, station_id: FromPath[UUID]) -> OnAir:
    """Get what a station on air plays, and the five tracks that follow.

    A stream in the place of the program is `live`.
    """
    shown, viewer = StationId(station_id), visitor_of(request)
    if viewer is not None:
        async with reading(request) as conn:
            await stations.find_visible(conn, shown, viewer)
    clock = service_of(request, StationClock)
    database, urls = database_of(request), urls_of(request)
    return await playing.get_on_air(database, clock, shown, viewer=viewer, urls=urls)


@get(
    "/stations/{station_id:uuid}/history",
    access=Access.OPTIONAL,
    scope=Scope.READ,
    expensive=SEARCH,
    errors=[errors.StationNotFound, pages.BadCursor],
)
async def list_station_history(
    request: AnyRequest,
    station_id: FromPath[UUID],
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> AiringPage:
    """List what a station played, the latest first, for 400 days.

    It is computed, as it always was the same for all listeners. A page of long silence may be short
    or empty: the next one goes on.
    """
    viewer, urls = visitor_of(request), urls_of(request)
    query = AiringQuery(viewer, limit, read_cursor(cursor))
    async with expensive_work(request, SEARCH):
        async with reading(request) as conn:
            station = await stations.find_visible(conn, StationId(station_id), viewer)
        read = partial(reading, request)
        return await history.list_history(read, station.id, query, urls)


@get(
    "/stations/{station_id:uuid}/report",
    access=Access.USER,
    right=Right.READ,
    scope=Scope.READ,
    expensive=REPORT,
    produces=csv_rows.MEDIA_TYPE,
    errors=[errors.StationNotFound, errors.NotYourStation],
)
async def show_station_report(
    request: AnyRequest, station_id: FromPath[UUID], since: Since = None, until: Until = None
) -> Response[Any]:
    """Download what a station of the caller played, as CSV: when, for how long, artist and ISRC.

    At most 31 days, and 100,000 rows; by default the last 31. Listeners are not counted, and not in
    it.
    """
    end = read_moment(until, "to") or now()
    start = read_moment(since, "from") or end - _MAX_REPORT
    if not timedelta() < end - start <= _MAX_REPORT:
        raise Invalid(details=[FieldError("from", "Choose a period of up to 31 days.", "moment")])
    async with expensive_work(request, REPORT):
        async with reading(request) as conn:
            station = await stations.find_own(conn, StationId(station_id), viewer_of(request))
        content = await history.write_report(partial(reading, request), station.id, start, end)
    name = f"station-{start:%Y-%m-%d}-{end:%Y-%m-%d}.csv"
    headers = {"content-disposition": attachment(name), "cache-control": "private, no-store"}
    return Response(content, media_type=csv_rows.MEDIA_TYPE, headers=headers)


router = Router(
    "/",
    route_handlers=[
        show_station_playlist,
        show_live_segment,
        show_on_air,
        list_station_history,
        show_station_report,
    ],
    tags=["stations"],
    opt={"right": Right.PUBLISH},
)
