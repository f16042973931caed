"""Counts the plays and likes of a day again, by ranges of artists and tracks.

All write absolute numbers, and only rows that changed: counting again changes nothing. Rows that
are referred to are locked in the order of their ids, so that none is deleted meanwhile.
"""

from datetime import date, datetime
from uuid import UUID

from veza.domains.music.statistics.models import DayRange, OpenDays
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind

# With fewer listeners of an artist on a day, neither a client nor a site is named.
MIN_LISTENERS = 5
_MAX_HOSTS = 20

# The plays of each track by client and site. Those with too few listeners are `other`.
_REFERRERS = f"""
    plays as materialized (
        select artist_id, track_id, listener, client, host
          from counted_plays
         where day = :day and artist_id > :after and artist_id <= :until
    ),
    clients as (
        select artist_id, client
          from plays
         where client is not null
         group by artist_id, client
        having count(distinct listener) >= {MIN_LISTENERS}
    ),
    hosts as (
        select p.artist_id, p.client, p.host,
               row_number() over (partition by p.artist_id order by count(*) desc, p.client, p.host)
                   as place
          from plays p
          join clients c on c.artist_id = p.artist_id and c.client = p.client
         where p.host is not null
         group by p.artist_id, p.client, p.host
        having count(distinct p.listener) >= {MIN_LISTENERS}
    ),
    named as materialized (
        select p.artist_id, p.track_id, coalesce(c.client, 'other') as client,
               case when c.client is null or p.host is null then ''
                    else coalesce(h.host, 'other') end as host,
               count(*) as plays
          from plays p
          left join clients c on c.artist_id = p.artist_id and c.client = p.client
          left join hosts h on h.artist_id = p.artist_id and h.client = p.client
                           and h.host = p.host and h.place <= {_MAX_HOSTS}
         group by 1, 2, 3, 4
    )
"""


async def lock_progress(tx: Tx) -> OpenDays:
    """Lock the progress, so that two jobs never count at the same time; return the open days.

    At first all days since the first play, like or sale are open, up to 400.
    """
    sql = """
        insert into statistics_progress (open_since)
             select greatest(
                        (now() at time zone 'UTC')::date - 400,
                        least((now() at time zone 'UTC')::date - 1,
                              (select min(day) from counted_plays),
                              (select min((liked_at at time zone 'UTC')::date) from track_likes),
                              (select min((paid_at at time zone 'UTC')::date) from orders
                                where paid_at is not null))
                    )
              where not exists (select from statistics_progress)
        on conflict (id) do nothing
    """
    await tx.run(sql)
    sql = """
        select open_since, (now() at time zone 'UTC')::date as today, now()
          from statistics_progress
           for update
    """
    return await tx.one(OpenDays, sql)


async def update_counted(tx: Tx, moment: datetime) -> None:
    """Record that everything up to a moment is counted."""
    await tx.run("update statistics_progress set counted_at = $1", moment)


async def close_days(tx: Tx, open_since: date) -> None:
    """Close the days before a day; closed days stay closed."""
    sql = "update statistics_progress set open_since = $1 where open_since < $1"
    await tx.run(sql, open_since)


async def find_end_of_plays(conn: Conn, day: date, after: UUID, size: int) -> UUID | None:
    """Return the artist up to whom about `size` plays follow; None if they are the last."""
    sql = f"""
        select artist_id
          from counted_plays
         where day = $1 and artist_id > $2
         order by artist_id
         limit 1 offset {size:d}
    """
    return await conn.value(UUID, sql, day, after)


async def find_end_of_likes(conn: Conn, day: date, after: UUID, size: int) -> UUID | None:
    """Return the track up to which about `size` likes follow; None if they are the last."""
    sql = f"""
        select track_id
          from track_likes
         where (liked_at at time zone 'UTC')::date = $1 and track_id > $2
         order by track_id
         limit 1 offset {size:d}
    """
    return await conn.value(UUID, sql, day, after)


async def find_end_of_artists(conn: Conn, day: date, after: UUID, size: int) -> UUID | None:
    """Return the artist up to whom about `size` tracks follow; None if they are the last."""
    sql = f"""
        select artist_id
          from track_days
         where day = $1 and artist_id > $2
         order by artist_id
         limit 1 offset {size:d}
    """
    return await conn.value(UUID, sql, day, after)


async def lock_played_artists(tx: Tx, batch: DayRange) -> None:
    """Lock a range of artists before their tracks, as erasing a member does."""
    sql = """
        select u.id
          from users u
         where u.id = any(array(select distinct artist_id
                                  from counted_plays
                                 where day = :day and artist_id > :after and artist_id <= :until))
         order by u.id
           for key share of u
    """
    await tx.run(*bind(sql, batch))


async def lock_liked_artists(tx: Tx, batch: DayRange) -> None:
    """Lock the artists of a range of liked tracks before the tracks, as erasing a member does."""
    sql = """
        with liked as (
            select distinct track_id
              from track_likes
             where (liked_at at time zone 'UTC')::date = :day
               and track_id > :after and track_id <= :until
        )
        select u.id
          from users u
         where u.id = any(array(select distinct t.owner_id
                                  from liked l
                                  join tracks t on t.id = l.track_id))
         order by u.id
           for key share of u
    """
    await tx.run(*bind(sql, batch))


async def count_plays(tx: Tx, batch: DayRange) -> None:
    """Count the plays and listeners of the tracks of a range of artists."""
    sql = """
        with counted as (
            select track_id, count(*) as plays, count(distinct listener) as listeners
              from counted_plays
             where day = :day and artist_id > :after and artist_id <= :until
             group by track_id
        ), existing as materialized (
            select t.id, t.owner_id
              from tracks t
             where t.id = any(array(select track_id from counted))
             order by t.id
               for key share of t
        )
        insert into track_days as d (track_id, day, artist_id, plays, listeners)
             select e.id, :day, e.owner_id, c.plays, c.listeners
               from existing e
               join counted c on c.track_id = e.id
        on conflict (track_id, day) do update
                set plays = excluded.plays, listeners = excluded.listeners
              where (d.plays, d.listeners) <> (excluded.plays, excluded.listeners)
    """
    await tx.run(*bind(sql, batch))


async def count_track_referrers(tx: Tx, batch: DayRange) -> None:
    """Count the plays of the tracks of a range of artists by client and site."""
    sql = f"""
        with {_REFERRERS},
        existing as materialized (
            select t.id
              from tracks t
             where t.id = any(array(select track_id from named))
             order by t.id
               for key share of t
        ), deleted as (
            delete from track_referrers r
                  where r.day = :day and r.artist_id > :after and r.artist_id <= :until
                    and not exists (select from named n
                                     where (n.track_id, n.client, n.host)
                                           = (r.track_id, r.client, r.host))
        )
        insert into track_referrers as r (track_id, day, artist_id, client, host, plays)
             select n.track_id, :day, n.artist_id, n.client, n.host, n.plays
               from named n
               join existing e on e.id = n.track_id
        on conflict (track_id, day, client, host) do update set plays = excluded.plays
              where r.plays <> excluded.plays
    """
    await tx.run(*bind(sql, batch))


async def count_artist_referrers(tx: Tx, batch: DayRange) -> None:
    """Count the plays of a range of artists by client and site."""
    sql = f"""
        with {_REFERRERS},
        figures as materialized (
            select artist_id, client, host, sum(plays) as plays from named group by 1, 2, 3
        ), existing as materialized (
            select u.id
              from users u
             where u.id = any(array(select artist_id from figures))
             order by u.id
               for key share of u
        ), deleted as (
            delete from artist_referrers r
                  where r.day = :day and r.artist_id > :after and r.artist_id <= :until
                    and not exists (select from figures f
                                     where (f.artist_id, f.client, f.host)
                                           = (r.artist_id, r.client, r.host))
        )
        insert into artist_referrers as r (artist_id, day, client, host, plays)
             select f.artist_id, :day, f.client, f.host, f.plays
               from figures f
               join existing e on e.id = f.artist_id
        on conflict (artist_id, day, client, host) do update set plays = excluded.plays
              where r.plays <> excluded.plays
    """
    await tx.run(*bind(sql, batch))


async def count_release_listeners(tx: Tx, batch: DayRange) -> None:
    """Count the listeners of the releases of a range of artists."""
    sql = """
        with counted as (
            select e.release_id, count(distinct p.listener) as listeners
              from counted_plays p
              join release_tracks e on e.track_id = p.track_id
             where p.day = :day and p.artist_id > :after and p.artist_id <= :until
             group by e.release_id
        ), existing as materialized (
            select r.id
              from releases r
             where r.id = any(array(select release_id from counted))
             order by r.id
               for key share of r
        )
        insert into release_days as d (release_id, day, listeners)
             select e.id, :day, c.listeners
               from existing e
               join counted c on c.release_id = e.id
        on conflict (release_id, day) do update set listeners = excluded.listeners
              where d.listeners <> excluded.listeners
    """
    await tx.run(*bind(sql, batch))


async def count_likes(tx: Tx, batch: DayRange) -> None:
    """Count the likes of a range of tracks that were given on the day and still stand."""
    sql = """
        with counted as (
            select track_id, count(*) as likes
              from track_likes
             where (liked_at at time zone 'UTC')::date = :day
               and track_id > :after and track_id <= :until and not is_hidden
             group by track_id
        ), existing as materialized (
            select t.id, t.owner_id
              from tracks t
             where t.id = any(array(select track_id from counted))
             order by t.id
               for key share of t
        )
        insert into track_days as d (track_id, day, artist_id, likes)
             select e.id, :day, e.owner_id, c.likes
               from existing e
               join counted c on c.track_id = e.id
        on conflict (track_id, day) do update set likes = excluded.likes
              where d.likes <> excluded.likes
    """
    await tx.run(*bind(sql, batch))


async def reset_likes(tx: Tx, batch: DayRange) -> None:
    """Count no likes of tracks of which all likes of the day were withdrawn."""
    sql = """
        update track_days d
           set likes = 0
         where d.day = :day and d.artist_id > :after and d.artist_id <= :until and d.likes > 0
           and not exists (select from track_likes l
                            where l.track_id = d.track_id and not l.is_hidden
                              and (l.liked_at at time zone 'UTC')::date = :day)
    """
    await tx.run(*bind(sql, batch))


async def sum_artists(tx: Tx, batch: DayRange) -> None:
    """Sum the plays and likes of a range of artists, and count their listeners."""
    sql = """
        with summed as (
            select artist_id, sum(plays) as plays, sum(likes) as likes
              from track_days
             where day = :day and artist_id > :after and artist_id <= :until
             group by artist_id
        ), heard as (
            select artist_id, count(distinct listener) as listeners
              from counted_plays
             where day = :day and artist_id > :after and artist_id <= :until
             group by artist_id
        ), existing as materialized (
            select u.id
              from users u
             where u.id = any(array(select artist_id from summed))
             order by u.id
               for key share of u
        )
        insert into artist_days as d (artist_id, day, plays, listeners, likes)
             select e.id, :day, s.plays, coalesce(h.listeners, 0), s.likes
               from existing e
               join summed s on s.artist_id = e.id
               left join heard h on h.artist_id = e.id
        on conflict (artist_id, day) do update
                set plays = excluded.plays, listeners = excluded.listeners, likes = excluded.likes
              where (d.plays, d.listeners, d.likes)
                    <> (excluded.plays, excluded.listeners, excluded.likes)
    """
    await tx.run(*bind(sql, batch))
