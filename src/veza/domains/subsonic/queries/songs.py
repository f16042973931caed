"""SQL statements that list tracks as songs, and tracks that are albums by themselves."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from veza.core.ids import UserId
from veza.domains.subsonic.models.rows import AlbumOrder, GenreRow, SongPage, SongRow
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

_PUBLISHED = "t.visibility = 'public' and t.status = 'ready'"

# The order of each list: what it is sorted by, descending unless it starts with a name.
_KEYS = {
    AlbumOrder.NEWEST: ("t.created_at", "desc"),
    AlbumOrder.HIGHEST: ("t.likes_count", "desc"),
    AlbumOrder.FREQUENT: ("t.plays_count", "desc"),
    AlbumOrder.BY_NAME: ("lower(t.title)", "asc"),
}


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
          where b.track_id = t.id and b.user_id = {viewer}) as bookmark_ms
    """


def _hidden_owners(viewer: str) -> str:
    """Return the condition that the owner is not suspended, and not blocked in either direction.

    Both lists are short and read once.
    """
    return f"""
        not exists (select from users h where h.id = t.owner_id and h.suspended_at is not null)
        and t.owner_id <> all (array(
            select b.blocked_id from blocks b where b.blocker_id = {viewer}
             union all
            select b.blocker_id from blocks b where b.blocked_id = {viewer}
        ))
    """


def _page_sql(where: Where, viewer: str, page: SongPage, *, key: str, direction: str) -> str:
    """Return the statement of a page of what everybody may play, and of the member's own tracks.

    The rows of the page are found by their ids first, and only then read and joined.
    """
    sources = [
        f"{_PUBLISHED} and {_hidden_owners(viewer)}",
        f"t.owner_id = {viewer} and t.status = 'ready' and t.visibility <> 'public'",
    ]
    last = page.offset + page.limit
    selected = [
        f"""
        (select t.id, {key} as key from tracks t
           join track_media f on f.track_id = t.id
         {where.sql} and {source}
          order by {key} {direction}, t.id {direction}
          limit {last:d})
        """
        for source in sources
    ]
    return f"""
        with page as materialized (
            select found.id, found.key
              from ({" union all ".join(selected)}) found
             order by found.key {direction}, found.id {direction}
             limit {page.limit:d} offset {page.offset:d}
        )
        select {_columns(viewer)}
          from page
          join tracks t on t.id = page.id
          join track_media m on m.track_id = t.id
          join users u on u.id = t.owner_id
         order by page.key {direction}, page.id {direction}
    """


async def list_songs(
    conn: Conn, viewer_id: UserId, page: SongPage, order: AlbumOrder = AlbumOrder.NEWEST
) -> list[SongRow]:
    """Return a page of songs in an order that doesn't change while tracks are only added."""
    where = Where()
    viewer = where.bind(viewer_id)
    where.add("true")
    _add_filters(where, page)
    key, direction = _KEYS[order]
    sql = _page_sql(where, viewer, page, key=key, direction=direction)
    return await conn.all(SongRow, sql, *where.values)


async def list_songs_by_artist_name(conn: Conn, viewer_id: UserId, page: SongPage) -> list[SongRow]:
    """Return a page of songs by the name of the artist, then by title."""
    where = Where()
    viewer = where.bind(viewer_id)
    sql = f"""
        with page as materialized (
            select t.id, lower(a.username) as name, lower(t.title) as title
              from users a
              join tracks t on t.owner_id = a.id
             where (({_PUBLISHED} and {_hidden_owners(viewer)})
                    or (t.owner_id = {viewer} and t.status = 'ready'))
               and exists (select from track_media f where f.track_id = t.id)
             order by lower(a.username), lower(t.title), t.id
             limit {page.limit:d} offset {page.offset:d}
        )
        select {_columns(viewer)}
          from page
          join tracks t on t.id = page.id
          join track_media m on m.track_id = t.id
          join users u on u.id = t.owner_id
         order by page.name, page.title, page.id
    """
    return await conn.all(SongRow, sql, *where.values)


async def list_songs_of(conn: Conn, viewer_id: UserId, artist_id: UserId) -> list[SongRow]:
    """Return the latest 1,000 songs of an artist that the member may see in lists."""
    return await _list_matching(
        conn,
        viewer_id,
        _Selection("t.created_at desc, t.id desc", 1000),
        f"t.owner_id = {{}} and (({_PUBLISHED}) or t.owner_id = {{}}) and t.status = 'ready'",
        artist_id,
        viewer_id,
    )


async def list_top_songs(
    conn: Conn, viewer_id: UserId, artist_id: UserId, limit: int
) -> list[SongRow]:
    """Return the most played songs of an artist."""
    return await _list_matching(
        conn,
        viewer_id,
        _Selection("t.plays_count desc, t.id desc", limit),
        f"t.owner_id = {{}} and {_PUBLISHED}",
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


async def list_played(conn: Conn, viewer_id: UserId, page: SongPage) -> list[SongRow]:
    """Return the songs that a member played lately, the latest first."""
    return await _list_matching(
        conn,
        viewer_id,
        _Selection(
            "p.last_played_at desc, t.id desc",
            page.limit,
            page.offset,
            "track_history p join tracks t on t.id = p.track_id",
        ),
        f"({_PUBLISHED} or t.owner_id = {{}}) and p.user_id = {{}}",
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


async def list_songs_at_random(
    conn: Conn, viewer_id: UserId, page: SongPage, starts: Sequence[UUID]
) -> list[SongRow]:
    """Return the public songs that follow random ids."""
    where = Where()
    viewer = where.bind(viewer_id)
    where.add("t.id >= s.id")
    _add_filters(where, page)
    first = f"""
        select n.id from unnest({where.bind(list(starts))}::uuid[]) as s (id)
         cross join lateral (
                   select t.id from tracks t
                   {where.sql} and {_PUBLISHED} and {_hidden_owners(viewer)}
                    order by t.id
                    limit 1
               ) n
    """
    sql = f"""
        select {_columns(viewer)}
          from tracks t
          join track_media m on m.track_id = t.id
          join users u on u.id = t.owner_id
         where t.id in ({first})
         limit {page.limit:d}
    """
    return await conn.all(SongRow, sql, *where.values)


async def find_id_range(conn: Conn) -> tuple[UUID, UUID] | None:
    """Return the lowest and the highest id of a track; None without tracks."""
    low = await conn.value(UUID, "select id from tracks order by id limit 1")
    high = await conn.value(UUID, "select id from tracks order by id desc limit 1")
    return None if low is None or high is None else (low, high)


async def estimate_songs(conn: Conn) -> int:
    """Return about how many tracks there are, as the planner knows it."""
    sql = "select greatest(reltuples, 0)::bigint from pg_class where oid = 'tracks'::regclass"
    return await conn.value(int, sql) or 0


async def list_genres(conn: Conn, limit: int) -> list[GenreRow]:
    """Return the genres of public tracks, those with the most tracks first."""
    sql = f"""
        select genre as name, count(*) as tracks_count
          from tracks
         where visibility = 'public' and status = 'ready' and genre is not null
         group by genre
         order by tracks_count desc, genre
         limit {limit:d}
    """
    return await conn.all(GenreRow, sql)


class _Selection(Struct, frozen=True):
    """The rows of a list: where they are read, in which order, and which page of them."""

    order: str
    limit: int
    offset: int = 0
    source: str = "tracks t"


async def _list_matching(
    conn: Conn, viewer_id: UserId, selection: _Selection, condition: str, *values: object
) -> list[SongRow]:
    where = Where()
    viewer = where.bind(viewer_id)
    where.add(condition, *values)
    where.add(f"(t.owner_id = {viewer} or {_hidden_owners(viewer)})")
    sql = f"""
        select {_columns(viewer)}
          from {selection.source}
          join track_media m on m.track_id = t.id
          join users u on u.id = t.owner_id
        {where.sql}
         order by {selection.order}
         limit {selection.limit:d} offset {selection.offset:d}
    """
    return await conn.all(SongRow, sql, *where.values)


def _add_filters(where: Where, page: SongPage) -> None:
    if page.genre is not None:
        where.add("lower(t.genre) = lower({})", page.genre)
    if page.from_year is not None:
        where.add("t.created_at >= make_date({}, 1, 1)", page.from_year)
    if page.to_year is not None:
        where.add("t.created_at < make_date({}, 1, 1)", page.to_year + 1)
