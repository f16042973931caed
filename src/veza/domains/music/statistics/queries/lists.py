"""Lists the tracks, releases and products of a creator with their figures.

A page is found first, in the order of an index, and then the figures of its rows.
"""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import UserId
from veza.domains.music.statistics.models import (
    AudienceRow,
    DateRange,
    ItemSales,
    ListQuery,
    Money,
    ProductRow,
)
from veza.domains.music.statistics.queries.reports import SHOWN_LISTENERS
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# At most so many currencies and modes for each row of a page.
_MAX_SALES = 2000

_SALES = """
    d.currency, d.mode, sum(d.sales_count) as sales_count, sum(d.refunds_count) as refunds_count,
    sum(d.net_cents)::bigint as net_cents
"""


async def list_tracks(conn: Conn, artist_id: UserId, query: ListQuery) -> list[AudienceRow]:
    """Return up to `limit + 1` tracks with their plays, listeners and likes, newest first."""
    where = Where("t.owner_id = {}", artist_id)
    where.add_cursor("t.created_at, t.id", query.cursor)
    since = where.bind(query.days.since)
    until = where.bind(query.days.until)
    sql = f"""
        with page as materialized (
            select t.id, t.title, t.created_at
              from tracks t
            {where.sql}
             order by t.created_at desc, t.id desc
             limit {query.limit + 1:d}
        )
        select p.id, p.title, p.created_at as listed_at, coalesce(f.plays, 0) as plays,
               f.listeners, coalesce(f.likes, 0) as likes
          from page p
         cross join lateral (
             select sum(d.plays) as plays, {SHOWN_LISTENERS} as listeners, sum(d.likes) as likes
               from track_days d
              where d.track_id = p.id and d.day between {since} and {until}
         ) f
         order by p.created_at desc, p.id desc
    """
    return await conn.all(AudienceRow, sql, *where.values)


async def list_releases(conn: Conn, artist_id: UserId, query: ListQuery) -> list[AudienceRow]:
    """Return up to `limit + 1` releases with plays, listeners and likes, newest first."""
    where = Where("r.owner_id = {}", artist_id)
    where.add_cursor("r.listed_at, r.id", query.cursor)
    since = where.bind(query.days.since)
    until = where.bind(query.days.until)
    sql = f"""
        with page as materialized (
            select r.id, r.title, r.listed_at
              from releases r
            {where.sql}
             order by r.listed_at desc, r.id desc
             limit {query.limit + 1:d}
        )
        select p.id, p.title, p.listed_at, coalesce(f.plays, 0) as plays, h.listeners,
               coalesce(f.likes, 0) as likes
          from page p
         cross join lateral (
             select sum(d.plays) as plays, sum(d.likes) as likes
               from release_tracks e
               join track_days d on d.track_id = e.track_id
              where e.release_id = p.id and d.day between {since} and {until}
         ) f
         cross join lateral (
             select {SHOWN_LISTENERS} as listeners
               from release_days d
              where d.release_id = p.id and d.day between {since} and {until}
         ) h
         order by p.listed_at desc, p.id desc
    """
    return await conn.all(AudienceRow, sql, *where.values)


async def list_products(conn: Conn, seller_id: UserId, query: ListQuery) -> list[ProductRow]:
    """Return up to `limit + 1` products, newest first."""
    where = Where("p.seller_id = {}", seller_id)
    where.add_filter("p.id < {}", query.cursor and query.cursor.id)
    sql = f"""
        select p.id, p.title
          from products p
        {where.sql}
         order by p.id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(ProductRow, sql, *where.values)


async def list_track_sales(
    conn: Conn, track_ids: Sequence[UUID], days: DateRange
) -> list[ItemSales]:
    """Return the sales of the products that sell these tracks, without albums."""
    sql = f"""
        select p.track_id as id, {_SALES}
          from products p
          join product_days d on d.product_id = p.id
         where p.track_id = any($1) and p.type <> 'album' and d.day between $2 and $3
         group by p.track_id, d.currency, d.mode
         order by 1, 2, 3
         limit {_MAX_SALES}
    """
    return await conn.all(ItemSales, sql, list(track_ids), days.since, days.until)


async def list_release_sales(
    conn: Conn, release_ids: Sequence[UUID], days: DateRange
) -> list[ItemSales]:
    """Return the sales of the products that sell these releases, or tracks of them."""
    sql = f"""
        with sold as (
            select p.release_id as id, p.id as product_id
              from products p
             where p.release_id = any($1)
             union all
            select e.release_id as id, p.id as product_id
              from release_tracks e
              join products p on p.track_id = e.track_id
             where e.release_id = any($1) and p.type <> 'album'
        )
        select s.id, {_SALES}
          from sold s
          join product_days d on d.product_id = s.product_id
         where d.day between $2 and $3
         group by s.id, d.currency, d.mode
         order by 1, 2, 3
         limit {_MAX_SALES}
    """
    return await conn.all(ItemSales, sql, list(release_ids), days.since, days.until)


async def list_product_sales(
    conn: Conn, product_ids: Sequence[UUID], days: DateRange
) -> list[ItemSales]:
    sql = f"""
        select d.product_id as id, {_SALES}
          from product_days d
         where d.product_id = any($1) and d.day between $2 and $3
         group by d.product_id, d.currency, d.mode
         order by 1, 2, 3
         limit {_MAX_SALES}
    """
    return await conn.all(ItemSales, sql, list(product_ids), days.since, days.until)


async def list_money(conn: Conn, seller_id: UserId, days: DateRange) -> list[Money]:
    """Return the currencies and modes in which a seller sold anything in these days."""
    sql = """
        select distinct currency, mode
          from seller_days
         where seller_id = $1 and day between $2 and $3
         order by 1, 2
         limit 100
    """
    return await conn.all(Money, sql, seller_id, days.since, days.until)
