"""Stores up to 50 similar tracks of each track, at most five of one artist.

What two tracks have in common is estimated from a bounded part of the data: at most
`_LISTENERS` likes and as many plays of a track, `_LIKES` of each listener, `_NEIGHBOURS` tracks of
each tag and of the genre. So a statement takes about as long for any number of tracks and likes.
"""

from collections.abc import Sequence

from veza.core.ids import LOWEST_ID, TrackId, UserId
from veza.core.visibility import active, published_track
from veza.domains.music.discovery.models import SimilarityList
from veza.domains.music.discovery.queries.shown import is_shown
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

# The tracks that one statement computes.
BATCH = 10
_STORED = 50
_PER_ARTIST = 5
_LISTENERS = 500
_LIKES = 100
_NEIGHBOURS = 100
# The candidates with most listeners in common, before the listeners of the candidates are compared.
_SHARED = 400
# What playing a track more than once counts, compared with liking it.
_PLAYED = 0.5
# The part of the plays that is added to the likes, as an estimate of the listeners.
_PLAYS_PART = 0.25
# Added to the numbers of likes, so that tracks with few likes are not too similar.
_PRIOR_LIKES = 5
_TAGS_WEIGHT = 0.3
_GENRE_WEIGHT = 0.1

_WANTED = """
    wanted as materialized (
        select t.id, t.likes_count, t.plays_count, d.genre, d.random_key
          from tracks t
          join track_draws d on d.track_id = t.id
         where t.id = any($1)
    )
"""
# Listeners are members who like a track, or played it more than once, which counts half. Likers
# come from both ends of the order of accounts, and of each listener the likes of the newest tracks
# and the latest plays. Each counts less, the more of them the listener has.
_SHARED_LISTENERS = f"""
    listeners as materialized (
        select w.id, l.user_id, max(l.strength) as strength
          from wanted w
         cross join lateral (
               (select k.user_id, 1.0 as strength from track_likes k
                 where k.track_id = w.id and not k.is_hidden
                 order by k.user_id limit {_LISTENERS // 2})
                 union all
               (select k.user_id, 1.0 from track_likes k
                 where k.track_id = w.id and not k.is_hidden
                 order by k.user_id desc limit {_LISTENERS // 2})
                 union all
                select p.user_id, {_PLAYED}
                  from (select user_id, plays_count from track_history
                         where track_id = w.id limit {_LISTENERS}) as p
                 where p.plays_count > 1) as l
          join users u on u.id = l.user_id and {active("u")}
         group by w.id, l.user_id
    ), heard as materialized (
        select u.user_id, k.track_id, max(k.strength) as strength
          from (select distinct user_id from listeners) as u
         cross join lateral (
               (select track_id, 1.0 as strength from track_likes
                 where user_id = u.user_id
                 order by track_created_at desc, track_id desc
                 limit {_LIKES})
                 union all
                select p.track_id, {_PLAYED}
                  from (select track_id, plays_count from track_history
                         where user_id = u.user_id
                         order by last_played_at desc, track_id desc
                         limit {_LIKES}) as p
                 where p.plays_count > 1) as k
         group by u.user_id, k.track_id
    ), liked as materialized (
        select user_id, track_id,
               strength / (1 + ln(count(*) over (partition by user_id))) as weight
          from heard
    ), shared as (
        select id, other_id, listened
          from (select l.id, k.track_id as other_id, sum(l.strength * k.weight) as listened,
                       row_number() over (
                           partition by l.id
                               order by sum(l.strength * k.weight) desc, k.track_id) as place
                  from listeners l
                  join liked k on k.user_id = l.user_id and k.track_id <> l.id
                 group by l.id, k.track_id) as ranked
         where place <= {_SHARED}
    )
"""
_NEIGHBOURS_OF = f"""
    worth as materialized (
        select w.id, k.key, 1 / ln(2 + g.uses_count) as weight
          from wanted w
          join track_tags k on k.track_id = w.id
          join tags g on g.key = k.key
    ), tagged as (
        select t.id, n.track_id as other_id
          from worth t
         cross join lateral (
               (select o.track_id from track_tags o
                 where o.key = t.key and o.track_id > t.id
                 order by o.track_id limit {_NEIGHBOURS // 2})
                 union all
               (select o.track_id from track_tags o
                 where o.key = t.key and o.track_id < t.id
                 order by o.track_id desc limit {_NEIGHBOURS // 2})) as n
    ), of_genre as (
        select w.id, n.track_id as other_id
          from wanted w
         cross join lateral (
               (select d.track_id from track_draws d
                 where d.genre = w.genre and d.random_key > w.random_key
                 order by d.random_key limit {_NEIGHBOURS // 2})
                 union all
               (select d.track_id from track_draws d
                 where d.genre = w.genre and d.random_key < w.random_key
                 order by d.random_key desc limit {_NEIGHBOURS // 2})) as n
    )
"""
_SCORED = f"""
    candidates as materialized (
        select id, other_id, max(listened) as listened
          from (select id, other_id, listened from shared
                 union all
                select id, other_id, 0 from tagged
                 union all
                select id, other_id, 0 from of_genre) as c
         group by id, other_id
    ), alike as (
        select c.id, c.other_id, sum(t.weight) as weight
          from candidates c
          join worth t on t.id = c.id
          join track_tags o on o.track_id = c.other_id and o.key = t.key
         group by c.id, c.other_id
    ), scored as (
        select c.id, c.other_id, t.owner_id,
               c.listened * greatest(1, w.likes_count / {_LISTENERS}.0)
               / sqrt((w.likes_count + {_PLAYS_PART} * w.plays_count + {_PRIOR_LIKES})
                      * (t.likes_count + {_PLAYS_PART} * t.plays_count + {_PRIOR_LIKES}))
               + {_TAGS_WEIGHT} * coalesce(a.weight / total.weight, 0)
               + {_GENRE_WEIGHT} * coalesce(w.genre = lower(t.genre), false)::integer as score
          from candidates c
          join wanted w on w.id = c.id
          join tracks t on t.id = c.other_id and {published_track("t")}
          left join alike a on a.id = c.id and a.other_id = c.other_id
          left join (select id, sum(weight) as weight from worth group by id) as total
            on total.id = c.id
    ), best as (
        select id, other_id, score,
               row_number() over (partition by id order by score desc, other_id) as place
          from (select id, other_id, score,
                       row_number() over (partition by id, owner_id
                                          order by score desc, other_id) as of_artist
                  from scored) as s
         where of_artist <= {_PER_ARTIST}
    ), lists as materialized (
        select w.id, w.likes_count, w.plays_count,
               coalesce(array_agg(b.other_id order by b.place)
                        filter (where b.other_id is not null), '{{}}') as similar_ids,
               coalesce(array_agg(b.score::real order by b.place)
                        filter (where b.other_id is not null), '{{}}') as scores
          from wanted w
          left join best b on b.id = w.id and b.place <= {_STORED}
         group by w.id, w.likes_count, w.plays_count
    )
"""


async def lock_stale(tx: Tx, *, is_changed: bool) -> list[TrackId]:
    """Delete and return the next tracks to compute; others that run at once get other tracks.

    As an array the tracks are chosen once: with `in`, some plans lock more of them.
    """
    sql = f"""
        delete from stale_tracks
              where track_id = any(array(select track_id from stale_tracks
                                          where is_changed = $1
                                          order by track_id
                                          limit {BATCH:d}
                                            for update skip locked))
          returning track_id
    """
    return await tx.column(TrackId, sql, is_changed)


async def compute_similar(tx: Tx, track_ids: Sequence[TrackId]) -> list[SimilarityList]:
    """Store the similar tracks of tracks that are public.

    Return for each the tracks that were not similar to it before.
    """
    sql = f"""
        with {_WANTED}, {_SHARED_LISTENERS}, {_NEIGHBOURS_OF}, {_SCORED}, stored as (
            insert into similar_tracks (track_id, similar_ids, scores, likes_count,
                                        plays_count)
                 select l.id, l.similar_ids, l.scores, l.likes_count, l.plays_count
                   from lists l
                   join tracks t on t.id = l.id
                  order by l.id
                    for key share of t
            on conflict (track_id) do update
                    set similar_ids = excluded.similar_ids, scores = excluded.scores,
                        likes_count = excluded.likes_count, plays_count = excluded.plays_count,
                        computed_at = now()
        )
        select l.id as track_id,
               array(select n from unnest(l.similar_ids) as n
                      where n <> all(coalesce(s.similar_ids, '{{}}'))) as similar_ids
          from lists l
          left join similar_tracks s on s.track_id = l.id
    """
    return await tx.all(SimilarityList, sql, list(track_ids))


async def delete_unpublished(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Delete the similar tracks of those of the tracks that are not public any more."""
    sql = """
        delete from similar_tracks s
              where s.track_id = any($1)
                and not exists (select from track_draws d where d.track_id = s.track_id)
    """
    await tx.run(sql, track_ids)


async def insert_stale(tx: Tx, track_ids: Sequence[TrackId], *, is_changed: bool) -> None:
    """Enqueue tracks that exist, to be computed."""
    sql = """
        insert into stale_tracks as s (track_id, is_changed)
             select t.id, $2 from tracks t where t.id = any($1) order by t.id for key share
        on conflict (track_id) do update set is_changed = true
              where excluded.is_changed and not s.is_changed
    """
    await tx.run(sql, track_ids, is_changed)


async def insert_changed(tx: Tx, after: TrackId | None, last: TrackId) -> None:
    """Enqueue the tracks after one, up to another, that are new or were liked or played since.

    The likes have to differ by more than a twentieth, the plays by more than a quarter and ten.
    """
    sql = """
        insert into stale_tracks as s (track_id, is_changed)
             select t.id, true
               from track_draws d
               join tracks t on t.id = d.track_id
               left join similar_tracks c on c.track_id = d.track_id
              where d.track_id > $1 and d.track_id <= $2
                and (c.track_id is null
                     or abs(t.likes_count - c.likes_count) > c.likes_count / 20
                     or t.plays_count > 1.25 * c.plays_count + 10)
              order by t.id
                for key share of t
        on conflict (track_id) do update set is_changed = true
              where not s.is_changed
    """
    await tx.run(sql, after or LOWEST_ID, last)


async def list_similar(
    conn: Conn, track_id: TrackId, limit: int, viewer_id: UserId | None
) -> list[TrackId]:
    """Return the tracks that are similar to one and may be shown, most similar first."""
    where = Where()
    sql = f"""
        select t.id
          from similar_tracks s
         cross join unnest(s.similar_ids) with ordinality as g (id, place)
          join tracks t on t.id = g.id
          join users u on u.id = t.owner_id
         where s.track_id = {where.bind(track_id)} and {is_shown(where, viewer_id)}
         order by g.place
         limit {limit:d}
    """
    return await conn.column(TrackId, sql, *where.values)


async def list_similarities(conn: Conn, track_ids: Sequence[TrackId]) -> list[SimilarityList]:
    """Return the similar tracks of several tracks, which may be hidden."""
    sql = "select track_id, similar_ids from similar_tracks where track_id = any($1)"
    return await conn.all(SimilarityList, sql, list(track_ids))
