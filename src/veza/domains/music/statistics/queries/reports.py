"""Sums figures by period; referrers are listed by client and site, most plays first."""

from datetime import datetime

from veza.domains.music.statistics.models import (
    DateRange,
    Interval,
    PeriodAudience,
    PeriodSales,
    ReferrerPlays,
    Subject,
)
from veza.domains.music.statistics.queries.counting import MIN_LISTENERS
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

_PERIODS = {
    Interval.DAY: "d.day",
    Interval.MONTH: "date_trunc('month', d.day::timestamp)::date",
}
# No more than the periods of the longest report.
_MAX_PERIODS = 500
# Of each period, for each currency and mode.
_MAX_SALES = 10_000
_MAX_REFERRERS = 500

# The listeners of a period: those of a day if they are enough to be shown.
SHOWN_LISTENERS = f"sum(d.listeners) filter (where d.listeners >= {MIN_LISTENERS})"


async def list_audience(conn: Conn, subject: Subject, days: DateRange) -> list[PeriodAudience]:
    """Return the plays, listeners and likes of each period that has any, earliest first."""
    if subject.release_id is not None:
        return await _list_audience_of_release(conn, subject, days)
    where = _in_days(days)
    if subject.track_id is not None:
        table = "track_days"
        where.add("d.track_id = {}", subject.track_id)
    else:
        table = "artist_days"
        where.add("d.artist_id = {}", subject.artist_id)
    sql = f"""
        select {_PERIODS[days.interval]} as period, sum(d.plays) as plays,
               {SHOWN_LISTENERS} as listeners, sum(d.likes) as likes
          from {table} d
        {where.sql}
         group by 1
         order by 1
         limit {_MAX_PERIODS}
    """
    return await conn.all(PeriodAudience, sql, *where.values)


async def _list_audience_of_release(
    conn: Conn, subject: Subject, days: DateRange
) -> list[PeriodAudience]:
    """Return the sums of the tracks that are on the release now, and its listeners."""
    where = _in_days(days)
    release = where.bind(subject.release_id)
    period = _PERIODS[days.interval]
    sql = f"""
        with played as (
            select {period} as period, sum(d.plays) as plays, sum(d.likes) as likes
              from release_tracks e
              join track_days d on d.track_id = e.track_id
            {where.sql} and e.release_id = {release}
             group by 1
        ), heard as (
            select {period} as period, {SHOWN_LISTENERS} as listeners
              from release_days d
            {where.sql} and d.release_id = {release}
             group by 1
        )
        select period, coalesce(p.plays, 0) as plays, h.listeners,
               coalesce(p.likes, 0) as likes
          from played p
          full join heard h using (period)
         order by 1
         limit {_MAX_PERIODS}
    """
    return await conn.all(PeriodAudience, sql, *where.values)


async def list_sales(conn: Conn, subject: Subject, days: DateRange) -> list[PeriodSales]:
    """Return the sales of each period that has any, earliest first.

    Those of a track are of the products that sell it, but not of an album with which it is shown;
    those of a release are of the products that sell it or a track of it.
    """
    where = _in_days(days)
    if subject.track_id is not None:
        source = "products p join product_days d on d.product_id = p.id"
        where.add("p.track_id = {} and p.type <> 'album'", subject.track_id)
    elif subject.release_id is not None:
        release = where.bind(subject.release_id)
        source = f"""
            (select p.id from products p where p.release_id = {release}
              union all
             select p.id
               from release_tracks e
               join products p on p.track_id = e.track_id
              where e.release_id = {release} and p.type <> 'album') p
            join product_days d on d.product_id = p.id
        """
    else:
        source = "seller_days d"
        where.add("d.seller_id = {}", subject.artist_id)
    sql = f"""
        select {_PERIODS[days.interval]} as period, d.currency, d.mode,
               sum(d.sales_count) as sales_count, sum(d.refunds_count) as refunds_count,
               sum(d.net_cents)::bigint as net_cents
          from {source}
        {where.sql}
         group by 1, 2, 3
         order by 1, 2, 3
         limit {_MAX_SALES}
    """
    return await conn.all(PeriodSales, sql, *where.values)


async def find_counted_at(conn: Conn) -> datetime | None:
    """Return up to when everything is counted; None before the first time."""
    return await conn.value(datetime, "select counted_at from statistics_progress")


async def list_referrers(conn: Conn, subject: Subject, days: DateRange) -> list[ReferrerPlays]:
    """Return the plays by client and site, most plays first."""
    where = _in_days(days)
    if subject.track_id is not None:
        table = "track_referrers"
        where.add("d.track_id = {}", subject.track_id)
    else:
        table = "artist_referrers"
        where.add("d.artist_id = {}", subject.artist_id)
    sql = f"""
        select d.client, nullif(d.host, '') as host, sum(d.plays) as plays
          from {table} d
        {where.sql}
         group by d.client, d.host
         order by 3 desc, d.client, d.host
         limit {_MAX_REFERRERS}
    """
    return await conn.all(ReferrerPlays, sql, *where.values)


def _in_days(days: DateRange) -> Where:
    return Where("d.day between {} and {}", days.since, days.until)
