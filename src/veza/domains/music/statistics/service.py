"""Creators see the figures of their own tracks, releases and products only."""

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import ReleaseId, TrackId, UserId, time_of
from veza.core.pages import Cursor, cut
from veza.domains.music.releases.service import releases
from veza.domains.music.statistics import rules
from veza.domains.music.statistics.models import (
    AudienceRow,
    DateRange,
    ItemFigures,
    ItemSales,
    ListQuery,
    ProductFigures,
    ReferrerPlays,
    StatisticsReport,
    Subject,
)
from veza.domains.music.statistics.queries import lists, reports
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Conn

# For the columns of a list as CSV.
list_money = lists.list_money


class _ItemList(Struct, frozen=True):
    """The statements of a list."""

    list_rows: Callable[[Conn, UserId, ListQuery], Awaitable[list[AudienceRow]]]
    list_sales: Callable[[Conn, Sequence[UUID], DateRange], Awaitable[list[ItemSales]]]


TRACKS = _ItemList(lists.list_tracks, lists.list_track_sales)
RELEASES = _ItemList(lists.list_releases, lists.list_release_sales)


async def find_track(conn: Conn, track_id: TrackId, member: Member) -> Subject:
    """Return a track of the member. Raises TrackNotFound and NotYourTrack."""
    await visible_tracks.get_own(conn, track_id, member)
    return Subject(member.id, track_id=track_id)


async def find_release(conn: Conn, release_id: ReleaseId, member: Member) -> Subject:
    """Return a release of the member. Raises ReleaseNotFound and NotYourRelease."""
    await releases.find_own(conn, release_id, member)
    return Subject(member.id, release_id=release_id)


async def make_report(conn: Conn, subject: Subject, days: DateRange) -> StatisticsReport:
    """Return the figures of a creator, a track or a release by day or month."""
    audience = await reports.list_audience(conn, subject, days)
    sales = await reports.list_sales(conn, subject, days)
    counted_at = await reports.find_counted_at(conn)
    return rules.make_report(days, audience, sales, counted_at=counted_at)


async def list_referrers(conn: Conn, subject: Subject, days: DateRange) -> list[ReferrerPlays]:
    """Return the plays of a creator or a track by client and site, most plays first."""
    return await reports.list_referrers(conn, subject, days)


async def list_items(
    conn: Conn, artist_id: UserId, query: ListQuery, source: _ItemList
) -> tuple[list[ItemFigures], str | None]:
    """Return a page of tracks or releases, newest first, and the next cursor."""
    found = await source.list_rows(conn, artist_id, query)
    page, next_cursor = cut(found, query.limit, lambda row: Cursor(row.listed_at, row.id))
    sales = await source.list_sales(conn, [row.id for row in page], query.days)
    return rules.make_items(page, sales), next_cursor


async def list_products(
    conn: Conn, seller_id: UserId, query: ListQuery
) -> tuple[list[ProductFigures], str | None]:
    """Return a page of products, newest first, and the next cursor."""
    found = await lists.list_products(conn, seller_id, query)
    page, next_cursor = cut(found, query.limit, lambda row: Cursor(time_of(row.id), row.id))
    sales = await lists.list_product_sales(conn, [row.id for row in page], query.days)
    sold = rules.group_sales((row.id, row) for row in sales)
    return [ProductFigures(row.id, row.title, sold.get(row.id, [])) for row in page], next_cursor
