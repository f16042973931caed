"""SQL statements that list tracks as songs."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.subsonic.models.rows import GenreRow, SongPage, SongRow
from veza.domains.subsonic.queries.conditions import (
    FIRST_RELEASE,
    IS_AMONG_PLACED,
    IS_LISTED,
    PUBLISHED,
    add_filters,
    hidden_owners,
)
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where


def _columns(viewer: str) -> str:
    """Return the columns of `SongRow`; `viewer` is the placeholder of the member."""
    return f"""
        t.id, t.owner_id, u.username, t.title, t.genre, t.duration_ms, t.bitrate, t.sample_rate,
        t.channels, t.loudness_lufs, t.true_peak_dbtp, t.has_cover, t.plays_count, t.created_at,
        m.original_kind, m.original_size, m.stream_size,
        t.downloadable or t.owner_id = {viewer} or exists (
            select from licences l
              join order_items i on i.id = l.item_id
             where l.buyer_id = {viewer} and i.track_id = t.id and i.refund_id is null
        ) as has_original,
        (select k.liked_at from track_likes k
          where k.track_id = t.id and k.user_id = {viewer}) as liked_at,
        (select r.rating from track_ratings r
          where r.track_id = t.id and r.user_id = {viewer}) as rating,
        (select y.last_played_at from track_history y
          where y.track_id = t.id and y.user_id = {viewer}) as played_at,
        (select b.position_ms from track_bookmarks b
          where b.track_id = t.id and b.user_id = {viewer}) as bookmark_ms,
        a.release_id, a.disc, a.number, a.album_title, a.album_artist, a.album_date,
        a.album_cover_id
    """


def _page_sql(where: Where, viewer: str, page: SongPage) -> str:
    """Return the statement of a page of what everybody may play, and of the member's own tracks.

    The rows of the page are found by their ids first, and only then read and joined.
    """
    sources = [
        f"{PUBLISHED} and {hidden_owners(viewer)}",
        f"t.owner_id = {viewer} and t.status = 'ready' and t.visibility <> 'public'",
    ]
    last = page.offset + page.limit
    selected = [
        f"""
        (select t.id, t.created_at from tracks t
           join track_media f on f.track_id = t.id
         {where.sql} and {source}
          order by t.created_at desc, t.id desc
          limit {last:d})
        """
        for source in sources
    ]
    return f"""
        with page as materialized (
            select found.id, found.created_at
              from ({" union all ".join(selected)}) found
             order by found.created_at desc, found.id desc
             limit {page.limit:d} offset {page.offset:d}
        )
        select {_columns(viewer)}
          from page
          join tracks t on t.id = page.id
          join track_media m on m.track_id = t.id
          join users u on u.id = t.owner_id
          {FIRST_RELEASE}
         order by page.created_at desc, page.id desc
    """


async def list_songs(conn: Conn, viewer_id: UserId, page: SongPage) -> list[SongRow]:
    """Return a page of songs, the latest first."""
    where = Where()
    viewer = where.bind(viewer_id)
    where.add("true")
    add_filters(where, page)
    sql = _page_sql(where, viewer, page)
    return await conn.all(SongRow, sql, *where.values)


async def list_top_songs(
    conn: Conn, viewer_id: UserId, artist_id: UserId, limit: int
) -> list[SongRow]:
    """Return the most played songs of an artist."""
    return await _list_matching(
        conn,
        viewer_id,
        _Selection("t.plays_count desc, t.id desc", limit),
        f"t.owner_id = {{}} and {PUBLISHED}",
        artist_id,
    )


async def list_liked(conn: Conn, viewer_id: UserId, page: SongPage) -> list[SongRow]:
    """Return the songs that a member likes, the latest first."""
    liked = f"""
        t.id in (select g.track_id from track_likes g where g.user_id = {{}}
                  order by g.track_created_at desc, g.track_id desc
                  limit {page.limit:d} offset {page.offset:d})
        and t.status = 'ready' and (t.visibility <> 'private' or t.owner_id = {{}})
    """
    return await _list_matching(
        conn,
        viewer_id,
        _Selection("t.created_at desc, t.id desc", page.limit),
        liked,
        viewer_id,
        viewer_id,
    )


async def list_songs_by_id(
    conn: Conn, viewer_id: UserId, track_ids: Sequence[UUID]
) -> list[SongRow]:
    """Return those of these tracks that a member may play, in any order: also unlisted ones."""
    return await _list_matching(
        conn,
        viewer_id,
        _Selection("t.id", max(1, len(track_ids))),
        "t.id = any({}) and t.status = 'ready' and (t.visibility <> 'private' or t.owner_id = {})",
        list(track_ids),
        viewer_id,
    )


async def estimate_songs(conn: Conn) -> int:
    """Return about how many tracks there are, as the planner knows it."""
    sql = "select greatest(reltuples, 0)::bigint from pg_class where oid = 'tracks'::regclass"
    return await conn.value(int, sql) or 0


async def list_genres(conn: Conn, limit: int) -> list[GenreRow]:
    """Return the genres of public tracks, those with the most tracks first."""
    sql = f"""
        with counted as (
            select t.genre, count(*) as tracks_count,
                   count(*) filter (where not {IS_AMONG_PLACED}) as singles_count
              from tracks t
             where {PUBLISHED} and t.genre is not null
             group by t.genre
             order by tracks_count desc, t.genre
             limit {limit:d}
        )
        select c.genre as name, c.tracks_count,
               c.singles_count + (select count(*) from releases r
                                   where r.genre = c.genre and {IS_LISTED}) as albums_count
          from counted c
         order by c.tracks_count desc, c.genre
    """
    return await conn.all(GenreRow, sql)


class _Selection(Struct, frozen=True):
    """The rows of a list: their order, and which page of them."""

    order: str
    limit: int
    offset: int = 0


async def _list_matching(
    conn: Conn, viewer_id: UserId, selection: _Selection, condition: str, *values: object
) -> list[SongRow]:
    where = Where()
    viewer = where.bind(viewer_id)
    where.add(condition, *values)
    where.add(f"(t.owner_id = {viewer} or {hidden_owners(viewer)})")
    sql = f"""
        select {_columns(viewer)}
          from tracks t
          join track_media m on m.track_id = t.id
          join users u on u.id = t.owner_id
          {FIRST_RELEASE}
        {where.sql}
         order by {selection.order}
         limit {selection.limit:d} offset {selection.offset:d}
    """
    return await conn.all(SongRow, sql, *where.values)
