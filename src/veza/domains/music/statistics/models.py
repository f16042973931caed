"""Figures of days and months; live and test money are apart."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import ProductId, ReleaseId, TrackId, UserId
from veza.core.money_mode import MoneyMode
from veza.core.pages import Cursor

_Listeners = Annotated[
    int | None,
    Meta(
        description=(
            "Listeners, each counted once a day. A day with fewer than 5 is not shown: null if no "
            "day of the period has more, else the sum of the other days."
        ),
        examples=[12],
    ),
]


class Interval(StrEnum):
    """The length of the periods of a report."""

    DAY = "day"
    MONTH = "month"


class ReportFormat(StrEnum):
    """The format of a report."""

    JSON = "json"
    CSV = "csv"


class DateRange(Struct, frozen=True):
    """The days of a report, both inclusive, in UTC."""

    since: date
    until: date
    interval: Interval = Interval.DAY


class ListQuery(Struct, frozen=True):
    """The days and the page of a list."""

    days: DateRange
    limit: int
    cursor: Cursor | None = None


class DayRange(Struct, frozen=True):
    """Part of a day: artists or tracks after one id, up to another."""

    day: date
    after: UUID
    until: UUID


class OpenDays(Struct, frozen=True):
    """The first day that is not closed, today, and the moment at which the counting begins."""

    open_since: date
    today: date
    now: datetime


class PeriodAudience(Struct, frozen=True):
    """The plays, listeners and likes of a day or a month (its first day)."""

    period: date
    plays: int
    listeners: int | None
    likes: int


class PeriodSales(Struct, frozen=True):
    """The sales of a day or a month in a currency and mode."""

    period: date
    currency: str
    mode: MoneyMode
    sales_count: int
    refunds_count: int
    net_cents: int


class ItemSales(Struct, frozen=True):
    """The sales of a track, a release or a product in a currency and mode."""

    id: UUID
    currency: str
    mode: MoneyMode
    sales_count: int
    refunds_count: int
    net_cents: int


class Money(Struct, frozen=True):
    """A currency, of live or test money."""

    currency: str
    mode: MoneyMode


class Sales(Struct, frozen=True):
    """Sales in a currency, with live and test money apart.

    `net_cents` is what they earned after fees, less what was refunded or disputed in the period.
    """

    currency: Annotated[str, Meta(examples=["EUR"])]
    mode: MoneyMode
    sales_count: int
    refunds_count: int
    net_cents: Annotated[int, Meta(examples=[1080])]


class Figures(Struct, frozen=True):
    """The plays, listeners, likes and sales of a period, a track or a release.

    `likes` are those given in the period that stood at the end of the following day.
    """

    plays: int
    listeners: _Listeners
    likes: int
    sales: list[Sales]


class PeriodFigures(Figures, frozen=True):
    """The figures of a day, or of a month, which `period` is the first day of."""

    period: date


class StatisticsReport(Struct, frozen=True):
    """Figures by day or month, the earliest first; periods without any are zero.

    They contain what happened before `counted_at`, null before the first time.
    """

    since: Annotated[date, Meta(examples=["2026-11-01"])]
    until: Annotated[date, Meta(examples=["2026-11-30"])]
    interval: Interval
    total: Figures
    periods: list[PeriodFigures]
    counted_at: datetime | None


class AudienceRow(Struct, frozen=True):
    """A track or a release with its plays, listeners and likes."""

    id: UUID
    title: str
    listed_at: datetime
    plays: int
    listeners: int | None
    likes: int


class ItemFigures(Figures, frozen=True):
    """The figures of a track or a release in a range of days."""

    id: UUID
    title: str


class TrackFiguresPage(Struct, frozen=True):
    """A page of tracks with their figures, the newest track first."""

    tracks: list[ItemFigures]
    next_cursor: str | None
    has_more: bool


class ReleaseFiguresPage(Struct, frozen=True):
    """A page of releases with their figures, the newest release first."""

    releases: list[ItemFigures]
    next_cursor: str | None
    has_more: bool


class ProductRow(Struct, frozen=True):
    """A product."""

    id: ProductId
    title: str


class ProductFigures(ProductRow, frozen=True):
    """A product with its sales in a range of days."""

    sales: list[Sales]


class ProductFiguresPage(Struct, frozen=True):
    """A page of products with their sales, the newest product first."""

    products: list[ProductFigures]
    next_cursor: str | None
    has_more: bool


class ReferrerPlays(Struct, frozen=True):
    """The plays by a kind of client, and by the site that led to them or embeds the player.

    `client` is `web`, `embed`, `subsonic`, `api` or `other`; `host` is null if there was none.
    Clients and sites with fewer than 5 listeners of yours on a day are `other` on that day, as are
    all sites but the 20 with most plays, and all plays of members who keep no history.
    """

    client: Annotated[str, Meta(examples=["web"])]
    host: Annotated[str | None, Meta(examples=["blog.example"])]
    plays: Annotated[int, Meta(examples=[42])]


class Referrers(Struct, frozen=True):
    """The referrers with most plays in a range of days, up to 500."""

    since: date
    until: date
    referrers: list[ReferrerPlays]


class PersonalDay(Struct, frozen=True):
    """The figures of a creator's day, in their data export."""

    day: date
    plays: int
    listeners: int | None
    likes: int


class PersonalTrackDay(PersonalDay, frozen=True):
    """The figures of a creator's track on a day, in their data export."""

    track_id: TrackId


class PersonalReferrer(Struct, frozen=True):
    """The plays of a creator by a referrer on a day, in their data export."""

    day: date
    client: str
    host: str
    plays: int


class PersonalSales(Struct, frozen=True):
    """The sales of a creator on a day, in their data export."""

    day: date
    currency: str
    mode: MoneyMode
    sales_count: int
    refunds_count: int
    net_cents: int


class PersonalStatistics(Struct, frozen=True):
    """A creator's statistics by day, in their data export."""

    days: list[PersonalDay]
    tracks: list[PersonalTrackDay]
    referrers: list[PersonalReferrer]
    sales: list[PersonalSales]


class Subject(Struct, frozen=True):
    """The subject of statistics: a creator, or one of their tracks or releases."""

    artist_id: UserId
    track_id: TrackId | None = None
    release_id: ReleaseId | None = None
