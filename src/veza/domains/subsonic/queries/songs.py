"""Songs are public tracks, and a member's own hidden ones; unlisted ones only by id."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import Struct

from veza.core.ids import TrackId, UserId
from veza.core.visibility import shared_track, visible_track, wanted_item, wanted_track
from veza.domains.marketplace.orders.shared_queries import granted_tracks
from veza.domains.music.credits.models import CreditedKind
from veza.domains.subsonic.models.rows import SongPage, SongRow
from veza.domains.subsonic.queries.conditions import (
    AVERAGE_RATING,
    FIRST_RELEASE,
    IS_READY,
    PUBLISHED,
    add_item_filters,
    hidden_owners,
    listed_credits,
)
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where

# A page has 500 songs.
_MAX_COMMENT = 1000


def _columns(viewer: str) -> str:
    """Return the columns of `SongRow`; `viewer` is the placeholder of the member."""
    return f"""
        t.id, t.owner_id, coalesce(u.display_name, u.username) as owner_name, t.artist_name,
        t.title, t.genre, t.duration_ms, t.bitrate, t.sample_rate, t.channels, t.isrc, t.bpm,
        t.is_explicit, left(t.description, {_MAX_COMMENT:d}) as comment, t.tags, t.loudness_lufs,
        t.true_peak_dbtp, t.has_cover, t.plays_count, t.created_at,
        m.original_kind, m.original_size, m.stream_size,
        t.downloadable or t.owner_id = {viewer} or t.id in ({granted_tracks(viewer)})
            as has_original,
        (select k.liked_at from track_likes k
          where k.track_id = t.id and k.user_id = {viewer}) as liked_at,
        (select r.rating from track_ratings r
          where r.track_id = t.id and r.user_id = {viewer}) as rating,
        (select {AVERAGE_RATING} from catalogue_items i where i.id = t.id) as average_rating,
        (select y.last_played_at from track_history y
          where y.track_id = t.id and y.user_id = {viewer}) as played_at,
        (select b.position_ms from track_bookmarks b
          where b.track_id = t.id and b.user_id = {viewer}) as bookmark_ms,
        a.release_id, a.disc, a.number, a.album_title, a.album_artist, a.album_date,
        a.album_cover_id,
        {listed_credits("a", CreditedKind.RELEASE, viewer)} as album_credits,
        {listed_credits("t", CreditedKind.TRACK, viewer)} as credits
    """


async def list_songs(conn: Conn, viewer_id: UserId, page: SongPage) -> list[SongRow]:
    """Return a page of songs, the latest first: also the member's own hidden ones.

    The rows of the page are found by their ids first, and only then read and joined.
    """
    own_count = await count_hidden_songs(conn, viewer_id)
    where = Where()
    viewer = where.bind(viewer_id)
    where.add("not i.is_release")
    add_item_filters(where, page)
    # At most all of the own ones are before the page: the public ones before these are skipped.
    skipped = max(0, page.offset - own_count)
    limit = f"limit {page.limit + own_count:d} offset {skipped:d}"
    listed = f"i.is_public and {hidden_owners(viewer, 'i')} and {wanted_item('i', viewer)}"
    items = _select_items(where, listed, limit)
    if own_count:
        limit = f"limit {page.offset + page.limit:d}"
        is_own = f"i.owner_id = {viewer} and not i.is_public and {IS_READY}"
        items = f"{items} union all {_select_items(where, is_own, limit)}"
    sql = f"""
        with page as materialized (
            select found.id, found.listed_at
              from ({items}) found
             order by found.listed_at desc, found.id desc
             limit {page.limit:d} offset {page.offset - skipped:d}
        )
        select {_columns(viewer)}
          from page
          join tracks t on t.id = page.id
          join track_media m on m.track_id = t.id
          join users u on u.id = t.owner_id
          {FIRST_RELEASE}
         order by page.listed_at desc, page.id desc
    """
    return await conn.all(SongRow, sql, *where.values)


def _select_items(where: Where, condition: str, limit: str) -> str:
    return f"""
        (select i.id, i.listed_at
           from catalogue_items i
         {where.sql} and {condition}
          order by i.listed_at desc, i.id desc
          {limit})
    """


async def count_hidden_songs(conn: Conn, owner_id: UserId) -> int:
    """Return how many songs of a member only they see, or slightly more."""
    sql = """
        select count(*)
          from catalogue_items
         where owner_id = $1 and not is_public and not is_release
    """
    return await conn.value(int, sql, owner_id) or 0


async def list_top_songs(
    conn: Conn, viewer_id: UserId, artist_id: UserId, limit: int
) -> list[SongRow]:
    """Return the most played songs of an artist."""
    return await _list_matching(
        conn,
        viewer_id,
        _Selection("t.plays_count desc, t.id desc", limit),
        f"t.owner_id = {{}} and {PUBLISHED} and {wanted_track('t', '$1')}",
        artist_id,
    )


async def list_liked(conn: Conn, viewer_id: UserId, page: SongPage) -> list[SongRow]:
    """Return the songs that a member likes, the latest first."""
    liked = f"""
        t.id in (select g.track_id from track_likes g where g.user_id = {{}}
                  order by g.track_created_at desc, g.track_id desc
                  limit {page.limit:d} offset {page.offset:d})
        and t.status = 'ready' and {visible_track("t", "u", "$1")}
    """
    return await _list_matching(
        conn,
        viewer_id,
        _Selection("t.created_at desc, t.id desc", page.limit),
        liked,
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
        f"t.id = any({{}}) and t.status = 'ready' and {visible_track('t', 'u', '$1')}",
        list(track_ids),
    )


class SharedTrack(Struct, frozen=True):
    """A track that everybody who knows its address may hear."""

    id: TrackId
    title: str


async def list_shared(
    conn: Conn, viewer_id: UserId, track_ids: Sequence[UUID]
) -> list[SharedTrack]:
    """Return those of these tracks that a member may share, in any order."""
    where = Where()
    viewer = where.bind(viewer_id)
    where.add(f"t.id = any({{}}) and {shared_track('t')}", list(track_ids))
    where.add(hidden_owners(viewer))
    sql = f"select t.id, t.title from tracks t {where.sql}"
    return await conn.all(SharedTrack, sql, *where.values)


async def estimate_songs(conn: Conn) -> int:
    """Return about how many tracks there are, as the planner knows it."""
    sql = "select greatest(reltuples, 0)::bigint from pg_class where oid = 'tracks'::regclass"
    return await conn.value(int, sql) or 0


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
