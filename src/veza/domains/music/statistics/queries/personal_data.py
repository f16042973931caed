"""Exports a creator's figures by day, and deletes them."""

from veza.core.ids import UserId
from veza.domains.music.statistics.models import (
    PersonalDay,
    PersonalReferrer,
    PersonalSales,
    PersonalTrackDay,
)
from veza.domains.music.statistics.queries.counting import MIN_LISTENERS
from veza.infra.postgres.database import Conn, Tx

_LISTENERS = f"case when listeners >= {MIN_LISTENERS} then listeners end as listeners"


async def list_days(conn: Conn, artist_id: UserId) -> list[PersonalDay]:
    sql = f"""
        select day, plays, {_LISTENERS}, likes
          from artist_days
         where artist_id = $1
         order by day
    """
    return await conn.every(PersonalDay, sql, artist_id)


async def list_track_days(conn: Conn, artist_id: UserId) -> list[PersonalTrackDay]:
    sql = f"""
        select day, plays, {_LISTENERS}, likes, track_id
          from track_days
         where artist_id = $1
         order by day, track_id
    """
    return await conn.every(PersonalTrackDay, sql, artist_id)


async def list_referrers(conn: Conn, artist_id: UserId) -> list[PersonalReferrer]:
    sql = """
        select day, client, host, plays
          from artist_referrers
         where artist_id = $1
         order by day, client, host
    """
    return await conn.every(PersonalReferrer, sql, artist_id)


async def list_sales(conn: Conn, seller_id: UserId) -> list[PersonalSales]:
    sql = """
        select day, currency, mode, sales_count, refunds_count, net_cents
          from seller_days
         where seller_id = $1
         order by day, currency, mode
    """
    return await conn.every(PersonalSales, sql, seller_id)


async def delete_statistics(tx: Tx, artist_id: UserId) -> None:
    """Delete the figures of a creator."""
    await tx.run("delete from track_days where artist_id = $1", artist_id)
    await tx.run("delete from artist_days where artist_id = $1", artist_id)
    await tx.run("delete from track_referrers where artist_id = $1", artist_id)
    await tx.run("delete from artist_referrers where artist_id = $1", artist_id)
    await tx.run("delete from seller_days where seller_id = $1", artist_id)


async def update_artist(tx: Tx, artist_id: UserId, into_id: UserId) -> None:
    """Give the figures of a page to another profile; those of one day are added.

    Who listened to both on a day counts twice there, once the day is closed.
    """
    for table in ("track_days", "track_referrers"):
        sql = f"update {table} set artist_id = $2 where artist_id = $1"
        await tx.run(sql, artist_id, into_id)
    sql = """
        insert into artist_days as d (artist_id, day, plays, listeners, likes)
             select $2, day, plays, listeners, likes from artist_days where artist_id = $1
              order by day
        on conflict (artist_id, day) do update
                set plays = d.plays + excluded.plays,
                    listeners = d.listeners + excluded.listeners,
                    likes = d.likes + excluded.likes
    """
    await tx.run(sql, artist_id, into_id)
    sql = """
        insert into artist_referrers as r (artist_id, day, client, host, plays)
             select $2, day, client, host, plays from artist_referrers where artist_id = $1
              order by day, client, host
        on conflict (artist_id, day, client, host) do update
                set plays = r.plays + excluded.plays
    """
    await tx.run(sql, artist_id, into_id)
