"""Selects tracks at random, and maintains the random order in which they are found.

From each of some random points the next tracks of the random order are candidates, and some of all
candidates are selected. The cost depends on the number of points alone. A track that follows a
large gap in the order is more likely than others, but a window evens out the gaps before it: with
64 tracks the likelihoods differ by about an eighth.
"""

from veza.core.ids import LOWEST_ID, TrackId, UserId
from veza.core.visibility import published_track
from veza.domains.music.discovery.models import Draw
from veza.domains.music.discovery.queries.shown import is_shown
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

# The candidates that follow a point.
WINDOW = 64
# The tracks that follow a point and are read to find those of some years.
_SCANNED = 500
_MAX_RARE = 20_000


async def draw_tracks(conn: Conn, draw: Draw, viewer_id: UserId | None) -> list[TrackId]:
    """Return tracks in a random order, which is the same for the same draw.

    Of rare years, fewer than there are: see `draw_rare_tracks`.
    """
    where = Where()
    genre = "" if draw.genre is None else f"and d.genre = {where.bind(draw.genre)}"
    scanned = _SCANNED if draw.has_years else WINDOW
    parts = [
        f"""
        (select d.track_id, d.year, d.random_key, {turn:d} as turn
           from track_draws d
          where d.random_key {comparison} p.point {genre}
          order by d.random_key
          limit {scanned:d})
        """
        # The tracks after a point, then those that follow when the order starts again.
        for turn, comparison in enumerate((">=", "<"))
    ]
    candidates = f"""
        select distinct near.track_id
          from unnest({where.bind(draw.points)}::double precision[]) as p (point)
         cross join lateral (
                select d.track_id
                  from ({" union all ".join(parts)}) as d
                 where {_is_of_years(where, draw)}
                 order by d.turn, d.random_key
                 limit {WINDOW:d}) as near
    """
    return await _select_some(conn, draw, candidates, where, viewer_id)


async def draw_rare_tracks(conn: Conn, draw: Draw, viewer_id: UserId | None) -> list[TrackId]:
    """Return tracks of years that few tracks are of, in a random order.

    Reads all tracks of these years, up to `_MAX_RARE`.
    """
    where = Where()
    genre = "" if draw.genre is None else f"and d.genre = {where.bind(draw.genre)}"
    candidates = f"""
        select d.track_id
          from track_draws d
         where {_is_of_years(where, draw)} {genre}
         limit {_MAX_RARE:d}
    """
    return await _select_some(conn, draw, candidates, where, viewer_id)


def _is_of_years(where: Where, draw: Draw) -> str:
    conditions = [
        f"d.year {comparison} {where.bind(year)}"
        for comparison, year in ((">=", draw.from_year), ("<=", draw.to_year))
        if year is not None
    ]
    return " and ".join(conditions) or "true"


async def _select_some(
    conn: Conn, draw: Draw, candidates: str, where: Where, viewer_id: UserId | None
) -> list[TrackId]:
    seed = where.bind(draw.seed)
    sql = f"""
        with candidates as materialized ({candidates})
        select c.track_id
          from (select track_id, uuid_hash_extended(track_id, {seed}) as place
                  from candidates
                 order by place) as c
         cross join lateral (
                select from tracks t join users u on u.id = t.owner_id
                 where t.id = c.track_id and {is_shown(where, viewer_id)}
                 limit 1) as shown
         order by c.place
         limit {draw.limit:d}
    """
    return await conn.column(TrackId, sql, *where.values)


async def list_newest(conn: Conn, limit: int, viewer_id: UserId | None) -> list[TrackId]:
    """Return the newest of the latest 1,000 public tracks."""
    where = Where()
    sql = f"""
        select t.id
          from (select id, owner_id, visibility, status, is_explicit, ai, created_at
                  from tracks
                 where {published_track("tracks")}
                 order by created_at desc, id desc
                 limit 1000) as t
          join users u on u.id = t.owner_id
         where {is_shown(where, viewer_id)}
         order by t.created_at desc, t.id desc
         limit {limit:d}
    """
    return await conn.column(TrackId, sql, *where.values)


async def update_draw(tx: Tx, track_id: TrackId) -> None:
    """Insert, update or delete the row of a track, depending on what the track is now."""
    sql = f"""
        with published as (
            select id, lower(genre) as genre, year
              from tracks
             where id = $1 and {published_track("tracks")}
               for key share
        ), gone as (
            delete from track_draws
             where track_id = $1 and not exists (select from published)
        )
        insert into track_draws as d (track_id, genre, year) select id, genre, year from published
        on conflict (track_id) do update set genre = excluded.genre, year = excluded.year
              where (d.genre, d.year) is distinct from (excluded.genre, excluded.year)
    """
    await tx.run(sql, track_id)


async def find_batch_end(conn: Conn, after: TrackId | None, *, size: int) -> TrackId | None:
    """Return the last of the next `size` tracks, ordered by id."""
    sql = f"""
        select id from (select id from tracks where id > $1 order by id limit {size:d}) as batch
         order by id desc
         limit 1
    """
    return await conn.value(TrackId, sql, after or LOWEST_ID)


async def update_draws(tx: Tx, after: TrackId | None, last: TrackId) -> None:
    """Do the same as `update_draw` for all tracks after one, up to another."""
    sql = f"""
        with batch as materialized (
            select id, lower(genre) as genre, year,
                   {published_track("tracks")} as is_published
              from tracks
             where id > $1 and id <= $2
        ), gone as (
            delete from track_draws d
             using batch b
             where d.track_id = b.id and not b.is_published
        )
        insert into track_draws as d (track_id, genre, year)
             select b.id, b.genre, b.year
               from batch b
               join tracks t on t.id = b.id
               left join track_draws d on d.track_id = b.id
              where b.is_published
                and (d.track_id is null
                     or (d.genre, d.year) is distinct from (b.genre, b.year))
              order by b.id
                for key share of t
        on conflict (track_id) do update set genre = excluded.genre, year = excluded.year
    """
    await tx.run(sql, after or LOWEST_ID, last)
