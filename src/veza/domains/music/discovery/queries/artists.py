"""Stores up to 30 similar artists of each artist, derived from their similar tracks.

Artists are similar if their tracks are. At most `_TRACKS` tracks of an artist are compared.
"""

from collections.abc import Sequence

from veza.core.ids import TrackId, UserId
from veza.core.people import person_columns
from veza.core.visibility import published_track
from veza.domains.music.discovery.queries.shown import is_shown, is_wanted
from veza.domains.music.tracks.models.lists import FoundArtist
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

# The artists that one statement computes.
BATCH = 10
_STORED = 30
_TRACKS = 100
# An artist may have any number of tracks: the most played of the newest are compared.
_NEWEST = 1000

_NEWEST_TRACKS = f"""
    (select id, owner_id, plays_count, visibility, status, is_explicit, ai
       from tracks
      where owner_id = a.id
      order by created_at desc, id desc
      limit {_NEWEST})
"""


async def insert_stale_of(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Enqueue the artists of tracks."""
    sql = """
        insert into stale_artists (artist_id)
             select u.id
               from users u
              where u.id in (select owner_id from tracks where id = any($1))
              order by u.id
                for key share
        on conflict do nothing
    """
    await tx.run(sql, track_ids)


async def lock_stale(tx: Tx) -> list[UserId]:
    """Delete and return the next artists to compute; others that run at once get other artists."""
    sql = f"""
        delete from stale_artists
              where artist_id = any(array(select artist_id from stale_artists
                                            order by artist_id
                                            limit {BATCH:d}
                                              for update skip locked))
          returning artist_id
    """
    return await tx.column(UserId, sql)


async def delete_similar(tx: Tx, artist_ids: Sequence[UserId]) -> None:
    await tx.run("delete from similar_artists where artist_id = any($1)", artist_ids)


async def compute_similar(tx: Tx, artist_ids: Sequence[UserId]) -> None:
    """Store the similar artists of artists who have none stored."""
    sql = f"""
        with own as materialized (
            select a.id as artist_id, t.id
              from unnest($1::uuid[]) as a (id)
             cross join lateral (
                    select n.id
                      from {_NEWEST_TRACKS} as n
                     where {published_track("n")}
                     order by n.plays_count desc, n.id
                     limit {_TRACKS}) as t
        ), scored as (
            select own.artist_id, t.owner_id, sum(g.score) as score
              from own
              join similar_tracks s on s.track_id = own.id
             cross join unnest(s.similar_ids, s.scores) as g (id, score)
              join tracks t on t.id = g.id and t.owner_id <> own.artist_id
             group by own.artist_id, t.owner_id
        ), best as (
            select artist_id, owner_id, score,
                   row_number() over (partition by artist_id order by score desc, owner_id) as place
              from scored
        )
        insert into similar_artists (artist_id, similar_id, score)
             select b.artist_id, o.id, b.score
               from best b
               join users a on a.id = b.artist_id
               join users o on o.id = b.owner_id
              where b.place <= {_STORED}
                for key share of a, o
        on conflict do nothing
    """
    await tx.run(sql, artist_ids)


async def list_similar(
    conn: Conn, artist_id: UserId, limit: int, viewer_id: UserId | None
) -> list[FoundArtist]:
    """Return the artists who are similar to one and may be shown, most similar first."""
    where = Where()
    sql = f"""
        select {person_columns("u")}, coalesce(c.followers_count, 0) as followers_count
          from similar_artists s
          join users u on u.id = s.similar_id
          left join follow_counts c on c.user_id = u.id
         where s.artist_id = {where.bind(artist_id)} and {is_wanted(where, viewer_id)}
           and exists (select from tracks t
                        where t.owner_id = u.id and {published_track("t")})
         order by s.score desc, s.similar_id
         limit {limit:d}
    """
    return await conn.all(FoundArtist, sql, *where.values)


async def list_top_tracks(
    conn: Conn, artist_id: UserId, limit: int, viewer_id: UserId | None
) -> list[TrackId]:
    """Return the most played of the newest public tracks of an artist."""
    where = Where()
    sql = f"""
        select t.id
          from unnest(array[{where.bind(artist_id)}::uuid]) as a (id)
          join users u on u.id = a.id
         cross join lateral {_NEWEST_TRACKS} as t
         where {is_shown(where, viewer_id)}
         order by t.plays_count desc, t.id
         limit {limit:d}
    """
    return await conn.column(TrackId, sql, *where.values)


async def list_personal_artists(conn: Conn, user_id: UserId) -> list[FoundArtist]:
    """Return all stored similar artists of a member."""
    sql = f"""
        select {person_columns("u")}, coalesce(c.followers_count, 0) as followers_count
          from similar_artists s
          join users u on u.id = s.similar_id
          left join follow_counts c on c.user_id = u.id
         where s.artist_id = $1
         order by u.id
    """
    return await conn.every(FoundArtist, sql, user_id)


async def delete_artist(tx: Tx, user_id: UserId) -> None:
    """Delete a member from all lists of similar artists, and their own list."""
    await tx.run("delete from similar_artists where artist_id = $1 or similar_id = $1", user_id)
    await tx.run("delete from stale_artists where artist_id = $1", user_id)


async def insert_stale(tx: Tx, artist_id: UserId) -> None:
    """Enqueue an artist, to whom tracks of another one moved."""
    sql = "insert into stale_artists (artist_id) values ($1) on conflict do nothing"
    await tx.run(sql, artist_id)
