"""Creators see their figures by day or month; they show money, so no API key reaches them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Annotated, Any
from uuid import UUID

from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream
from msgspec import structs

from veza.core import pages
from veza.core.access import Access
from veza.core.clock import now
from veza.core.csv_rows import MEDIA_TYPE
from veza.core.filenames import attachment
from veza.core.ids import ReleaseId, TrackId, UserId
from veza.core.profiles import Right
from veza.domains.music.releases.errors import NotYourRelease, ReleaseNotFound
from veza.domains.music.statistics import formats, rules, service
from veza.domains.music.statistics.models import (
    DateRange,
    Interval,
    ListQuery,
    Money,
    ProductFiguresPage,
    ReferrerPlays,
    Referrers,
    ReleaseFiguresPage,
    ReportFormat,
    StatisticsReport,
    Subject,
    TrackFiguresPage,
)
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, client_of, reading, viewer_of
from veza.http.expensive import SEARCH
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Envelope
from veza.infra.postgres.database import Conn

_DAY_PATTERN = r"^\d{4}-\d\d-\d\d$"
_Since = Annotated[
    str | None,
    QueryParameter(
        name="from",
        pattern=_DAY_PATTERN,
        max_length=10,
        description="The first day in UTC. By default 29 days before the last.",
    ),
]
_Until = Annotated[
    str | None,
    QueryParameter(
        name="to",
        pattern=_DAY_PATTERN,
        max_length=10,
        description="The last day in UTC, up to 399 days later. By default today.",
    ),
]
_Interval = Annotated[Interval, QueryParameter(description="The length of a period.")]
_Format = Annotated[
    ReportFormat,
    QueryParameter(description="`csv` has a row for each entry, and columns for each currency."),
]
_Days = NamedDependency[DateRange]
_Query = NamedDependency[ListQuery]

# The rows of a list as CSV, and how many are read at a time.
_MAX_ROWS = 10_000
_ROWS_AT_ONCE = 100
_AUDIENCE_COLUMNS = ("id", "title", "plays", "listeners", "likes")

# Returns the next rows as CSV, and the next cursor.
type _ReadRows = Callable[
    [Conn, UserId, ListQuery, Sequence[Money]], Awaitable[tuple[bytes, str | None]]
]


def provide_statistics_days(
    since: _Since = None, until: _Until = None, interval: _Interval = Interval.DAY
) -> DateRange:
    """Read the query parameters of a report."""
    return rules.make_range(since, until, interval, today=now().date())


def provide_statistics_query(
    since: _Since = None, until: _Until = None, limit: PageLimit = 20, cursor: CursorText = None
) -> ListQuery:
    """Read the query parameters of a list with figures."""
    days = rules.make_range(since, until, Interval.DAY, today=now().date())
    return ListQuery(days, limit, read_cursor(cursor))


@get(
    "/statistics/overview",
    access=Access.USER,
    scope=None,
    expensive=SEARCH,
    also_produces=MEDIA_TYPE,
)
async def show_statistics(
    request: AnyRequest,
    statistics_days: _Days,
    format: _Format = ReportFormat.JSON,  # noqa: A002
) -> Envelope[StatisticsReport]:
    """Get your plays, listeners, likes and sales by day or month.

    Figures are counted once an hour. Those of a day do not change from the end of the next day on.
    Days with fewer than 5 listeners do not show how many, so that nobody can be identified.
    """
    async with reading(request) as conn:
        subject = Subject(viewer_of(request).id)
        report = await service.make_report(conn, subject, statistics_days)
    return _show_report(report, format)


@get(
    "/tracks/{track_id:uuid}/statistics",
    access=Access.USER,
    scope=None,
    expensive=SEARCH,
    also_produces=MEDIA_TYPE,
    errors=[TrackNotFound, NotYourTrack],
)
async def show_track_statistics(
    request: AnyRequest,
    track_id: FromPath[UUID],
    statistics_days: _Days,
    format: _Format = ReportFormat.JSON,  # noqa: A002
) -> Envelope[StatisticsReport]:
    """Get the plays, listeners, likes and sales of a track of yours by day or month."""
    async with reading(request) as conn:
        subject = await service.find_track(conn, TrackId(track_id), viewer_of(request))
        report = await service.make_report(conn, subject, statistics_days)
    return _show_report(report, format)


@get(
    "/releases/{release_id:uuid}/statistics",
    access=Access.USER,
    scope=None,
    expensive=SEARCH,
    also_produces=MEDIA_TYPE,
    errors=[ReleaseNotFound, NotYourRelease],
)
async def show_release_statistics(
    request: AnyRequest,
    release_id: FromPath[UUID],
    statistics_days: _Days,
    format: _Format = ReportFormat.JSON,  # noqa: A002
) -> Envelope[StatisticsReport]:
    """Get the plays, listeners, likes and sales of a release of yours by day or month.

    They are the sums of the tracks that are on it now, and the sales of the release itself. A
    listener of several tracks counts once; listeners are those of the tracks that were on it on
    that day.
    """
    async with reading(request) as conn:
        subject = await service.find_release(conn, ReleaseId(release_id), viewer_of(request))
        report = await service.make_report(conn, subject, statistics_days)
    return _show_report(report, format)


@get(
    "/statistics/referrers",
    access=Access.USER,
    right=Right.READ,
    scope=None,
    expensive=SEARCH,
    also_produces=MEDIA_TYPE,
)
async def list_referrers(
    request: AnyRequest,
    statistics_days: _Days,
    format: _Format = ReportFormat.JSON,  # noqa: A002
) -> Envelope[Referrers]:
    """List your plays by kind of client and by the site that led to them, most plays first."""
    async with reading(request) as conn:
        subject = Subject(viewer_of(request).id)
        found = await service.list_referrers(conn, subject, statistics_days)
    return _show_referrers(found, statistics_days, format)


@get(
    "/tracks/{track_id:uuid}/statistics/referrers",
    access=Access.USER,
    right=Right.READ,
    scope=None,
    expensive=SEARCH,
    also_produces=MEDIA_TYPE,
    errors=[TrackNotFound, NotYourTrack],
)
async def list_track_referrers(
    request: AnyRequest,
    track_id: FromPath[UUID],
    statistics_days: _Days,
    format: _Format = ReportFormat.JSON,  # noqa: A002
) -> Envelope[Referrers]:
    """List the plays of a track of yours by kind of client and by site, most plays first."""
    async with reading(request) as conn:
        subject = await service.find_track(conn, TrackId(track_id), viewer_of(request))
        found = await service.list_referrers(conn, subject, statistics_days)
    return _show_referrers(found, statistics_days, format)


@get(
    "/statistics/tracks",
    access=Access.USER,
    scope=None,
    expensive=SEARCH,
    also_produces=MEDIA_TYPE,
    errors=[pages.BadCursor],
)
async def list_track_statistics(
    request: AnyRequest,
    statistics_query: _Query,
    format: _Format = ReportFormat.JSON,  # noqa: A002
) -> Envelope[TrackFiguresPage]:
    """List your tracks with plays, listeners, likes and sales, the newest track first.

    As CSV, up to 10,000 tracks follow at once.
    """
    if format is ReportFormat.CSV:
        return await _stream(request, statistics_query, _AUDIENCE_COLUMNS, _read_tracks)
    async with reading(request) as conn:
        found, cursor = await service.list_items(
            conn, viewer_of(request).id, statistics_query, service.TRACKS
        )
    return Envelope(TrackFiguresPage(found, cursor, cursor is not None))


@get(
    "/statistics/releases",
    access=Access.USER,
    scope=None,
    expensive=SEARCH,
    also_produces=MEDIA_TYPE,
    errors=[pages.BadCursor],
)
async def list_release_statistics(
    request: AnyRequest,
    statistics_query: _Query,
    format: _Format = ReportFormat.JSON,  # noqa: A002
) -> Envelope[ReleaseFiguresPage]:
    """List your releases with plays, listeners, likes and sales, the newest release first.

    As CSV, up to 10,000 releases follow at once.
    """
    if format is ReportFormat.CSV:
        return await _stream(request, statistics_query, _AUDIENCE_COLUMNS, _read_releases)
    async with reading(request) as conn:
        found, cursor = await service.list_items(
            conn, viewer_of(request).id, statistics_query, service.RELEASES
        )
    return Envelope(ReleaseFiguresPage(found, cursor, cursor is not None))


@get(
    "/statistics/products",
    access=Access.USER,
    scope=None,
    expensive=SEARCH,
    also_produces=MEDIA_TYPE,
    errors=[pages.BadCursor],
)
async def list_product_statistics(
    request: AnyRequest,
    statistics_query: _Query,
    format: _Format = ReportFormat.JSON,  # noqa: A002
) -> Envelope[ProductFiguresPage]:
    """List your products with their sales, the newest product first.

    As CSV, up to 10,000 products follow at once.
    """
    if format is ReportFormat.CSV:
        return await _stream(request, statistics_query, ("id", "title"), _read_products)
    async with reading(request) as conn:
        found, cursor = await service.list_products(conn, viewer_of(request).id, statistics_query)
    return Envelope(ProductFiguresPage(found, cursor, cursor is not None))


def _show_report(report: StatisticsReport, form: ReportFormat) -> Envelope[StatisticsReport]:
    if form is ReportFormat.CSV:
        return _csv(formats.write_report(report))
    return Envelope(report)


def _show_referrers(
    found: list[ReferrerPlays], days: DateRange, form: ReportFormat
) -> Envelope[Referrers]:
    if form is ReportFormat.CSV:
        return _csv(formats.write_referrers(found))
    return Envelope(Referrers(days.since, days.until, found))


def _csv(content: bytes) -> Any:
    return Envelope(content, media_type=MEDIA_TYPE, headers=_HEADERS)


_HEADERS = {"content-disposition": attachment("statistics.csv")}


async def _stream(
    request: AnyRequest, query: ListQuery, columns: Sequence[str], read: _ReadRows
) -> Any:
    """Return a response that reads a list in parts while it is sent."""
    member_id = viewer_of(request).id
    query = structs.replace(query, limit=_ROWS_AT_ONCE)
    async with reading(request) as conn:
        money = await service.list_money(conn, member_id, query.days)
        first, cursor = await read(conn, member_id, query, money)

    async def write() -> AsyncIterator[bytes]:
        yield formats.write_columns(columns, money) + first
        following = cursor
        for _ in range(1, _MAX_ROWS // _ROWS_AT_ONCE):
            if following is None:
                return
            part = structs.replace(query, cursor=read_cursor(following))
            address = client_of(request).address
            reads = context_of(request).expensive_reads
            async with reads.read(SEARCH, address) as conn:
                rows, following = await read(conn, member_id, part, money)
            yield rows

    return Stream(write(), media_type=MEDIA_TYPE, headers=_HEADERS)


async def _read_tracks(
    conn: Conn, member_id: UserId, query: ListQuery, money: Sequence[Money]
) -> tuple[bytes, str | None]:
    found, cursor = await service.list_items(conn, member_id, query, service.TRACKS)
    return formats.write_items(found, money), cursor


async def _read_releases(
    conn: Conn, member_id: UserId, query: ListQuery, money: Sequence[Money]
) -> tuple[bytes, str | None]:
    found, cursor = await service.list_items(conn, member_id, query, service.RELEASES)
    return formats.write_items(found, money), cursor


async def _read_products(
    conn: Conn, member_id: UserId, query: ListQuery, money: Sequence[Money]
) -> tuple[bytes, str | None]:
    found, cursor = await service.list_products(conn, member_id, query)
    return formats.write_products(found, money), cursor


router = Router(
    "/",
    route_handlers=[
        show_statistics,
        show_track_statistics,
        show_release_statistics,
        list_referrers,
        list_track_referrers,
        list_track_statistics,
        list_release_statistics,
        list_product_statistics,
    ],
    tags=["statistics"],
    # They show sales.
    opt={"right": Right.SELL},
)
