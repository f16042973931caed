"""A queue is replaced only at the version that was read; marks of hidden tracks are left out."""

from collections.abc import Sequence
from uuid import UUID

from veza.core.ids import TrackId, UserId
from veza.core.visibility import visible_track
from veza.domains.music.library.models import (
    BookmarkForm,
    LibraryQuery,
    LibrarySettings,
    QueueForm,
    QueuePosition,
    QueueState,
    StoredBookmark,
    StoredPlays,
    StoredQueue,
    StoredRating,
    TrackState,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_QUEUE_STATE = "version, current_index, position_ms, device, changed_at"


def _join_visible(where: Where, user_id: UserId) -> str:
    """Select a member's rows `e`; return the join that leaves out tracks which they may not see.

    It decides as `music/tracks/rules.is_visible_to` does, in SQL so that pages are full. With
    `limit 1` the rows are read in their order: else the planner may read all tracks and sort.
    """
    viewer = where.bind(user_id)
    where.add(f"e.user_id = {viewer}")
    return f"""
        cross join lateral (
              select from tracks t
                join users u on u.id = t.owner_id
               where t.id = e.track_id
                 and {visible_track("t", "u", viewer)}
               limit 1
        ) visible
    """


async def lock_member(tx: Tx, user_id: UserId) -> bool:
    """Lock a member, so that concurrent requests keep to their limits; False if deleted.

    Before the track is locked, in the same order as the deletion of an account.
    """
    sql = "select true from users where id = $1 for no key update"
    return await tx.value(bool, sql, user_id) or False


async def upsert_rating(tx: Tx, user_id: UserId, track_id: TrackId, rating: int) -> None:
    """Store a rating. The same rating again keeps its time."""
    sql = """
        insert into track_ratings as r (user_id, track_id, rating)
             values ($1, $2, $3)
        on conflict (user_id, track_id) do update
                set rating = excluded.rating, rated_at = now()
              where r.rating <> excluded.rating
    """
    await tx.run(sql, user_id, track_id, rating)


async def delete_rating(tx: Tx, user_id: UserId, track_id: TrackId) -> bool:
    """Return False if there was none."""
    sql = "delete from track_ratings where user_id = $1 and track_id = $2"
    return await tx.run(sql, user_id, track_id) == 1


async def list_ratings(conn: Conn, user_id: UserId, query: LibraryQuery) -> list[StoredRating]:
    """Return a page of the ratings of visible tracks, and the next page's first row."""
    where = Where()
    visible = _join_visible(where, user_id)
    if query.min_rating > 1:
        where.add("e.rating >= {}", query.min_rating)
    where.add_cursor("e.rated_at, e.track_id", query.cursor)
    sql = f"""
        select e.track_id, e.rating, e.rated_at
          from track_ratings e
          {visible}
        {where.sql}
         order by e.rated_at desc, e.track_id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredRating, sql, *where.values)


async def list_history(conn: Conn, user_id: UserId, query: LibraryQuery) -> list[StoredPlays]:
    """Return a page of the played tracks that are visible, and the next page's first row."""
    where = Where()
    visible = _join_visible(where, user_id)
    where.add_cursor("e.last_played_at, e.track_id", query.cursor)
    sql = f"""
        select e.track_id, e.plays_count, e.first_played_at, e.last_played_at
          from track_history e
          {visible}
        {where.sql}
         order by e.last_played_at desc, e.track_id desc
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredPlays, sql, *where.values)


async def find_settings(conn: Conn, user_id: UserId) -> LibrarySettings | None:
    sql = "select keep_history from library_settings where user_id = $1"
    return await conn.maybe(LibrarySettings, sql, user_id)


async def upsert_settings(tx: Tx, user_id: UserId, settings: LibrarySettings) -> None:
    sql = """
        insert into library_settings (user_id, keep_history)
             values ($1, $2)
        on conflict (user_id) do update set keep_history = excluded.keep_history
    """
    await tx.run(sql, user_id, settings.keep_history)


async def upsert_bookmark(
    tx: Tx, user_id: UserId, track_id: TrackId, form: BookmarkForm
) -> StoredBookmark:
    """Store the bookmark of a track in place of an earlier one."""
    sql = """
        insert into track_bookmarks (user_id, track_id, position_ms, comment)
             values (:user_id, :track_id, :position_ms, :comment)
        on conflict (user_id, track_id) do update
                set position_ms = excluded.position_ms, comment = excluded.comment,
                    updated_at = now()
          returning track_id, position_ms, comment, created_at, updated_at
    """
    values = bind(sql, form, user_id=user_id, track_id=track_id)
    return await tx.one(StoredBookmark, *values)


async def count_bookmarks(conn: Conn, user_id: UserId) -> int:
    sql = "select count(*) from track_bookmarks where user_id = $1"
    return await conn.value(int, sql, user_id) or 0


async def delete_bookmark(tx: Tx, user_id: UserId, track_id: TrackId) -> bool:
    """Return False if there was none."""
    sql = "delete from track_bookmarks where user_id = $1 and track_id = $2"
    return await tx.run(sql, user_id, track_id) == 1


async def list_bookmarks(conn: Conn, user_id: UserId, limit: int) -> list[StoredBookmark]:
    """Return a member's bookmarks in visible tracks, the latest change first."""
    where = Where()
    visible = _join_visible(where, user_id)
    sql = f"""
        select e.track_id, e.position_ms, e.comment, e.created_at, e.updated_at
          from track_bookmarks e
          {visible}
        {where.sql}
         order by e.updated_at desc, e.track_id desc
         limit {limit:d}
    """
    return await conn.all(StoredBookmark, sql, *where.values)


async def find_queue(conn: Conn, user_id: UserId) -> StoredQueue | None:
    sql = """
        select version, track_ids, current_index, position_ms, device, changed_at
          from play_queues
         where user_id = $1
    """
    return await conn.maybe(StoredQueue, sql, user_id)


async def upsert_queue(tx: Tx, user_id: UserId, form: QueueForm) -> QueueState | None:
    """Replace a queue; None if its version is another than the form's, unless that is null."""
    sql = f"""
        insert into play_queues as q (user_id, track_ids, current_index, position_ms, device)
             select :user_id, :track_ids::uuid[], :current_index::integer, :position_ms::integer,
                    :device
              where coalesce(:version::bigint, 0) = 0
                 or exists (select from play_queues where user_id = :user_id)
        on conflict (user_id) do update
                set track_ids = excluded.track_ids, current_index = excluded.current_index,
                    position_ms = excluded.position_ms, device = excluded.device,
                    version = q.version + 1, changed_at = clock_timestamp()
              where q.version = coalesce(:version::bigint, q.version)
          returning {_QUEUE_STATE}
    """
    return await tx.maybe(QueueState, *bind(sql, form, user_id=user_id))


async def update_queue_position(
    tx: Tx, user_id: UserId, position: QueuePosition
) -> QueueState | None:
    """Change the place in a queue; None if the version differs or the queue is shorter."""
    sql = f"""
        update play_queues
           set current_index = :current_index, position_ms = :position_ms, device = :device,
               version = version + 1, changed_at = clock_timestamp()
         where user_id = :user_id
           and version = coalesce(:version::bigint, version)
           and :current_index < cardinality(track_ids)
     returning {_QUEUE_STATE}
    """
    return await tx.maybe(QueueState, *bind(sql, position, user_id=user_id))


async def list_states(
    conn: Conn, user_id: UserId, track_ids: Sequence[TrackId]
) -> list[TrackState]:
    """Return what a member did with these tracks; nothing of tracks that they did nothing with.

    Each table is read by its primary key, once. Joins would look each track up by itself.
    """
    sql = """
        select track_id, max(rating) as rating, max(liked_at) as liked_at,
               coalesce(max(plays_count), 0) as plays_count,
               max(first_played_at) as first_played_at, max(last_played_at) as last_played_at,
               max(bookmark_ms) as bookmark_ms
          from (select track_id, rating, null::timestamptz as liked_at,
                       null::integer as plays_count, null::timestamptz as first_played_at,
                       null::timestamptz as last_played_at, null::integer as bookmark_ms
                  from track_ratings
                 where user_id = $1 and track_id = any($2)
                 union all
                select track_id, null, liked_at, null, null, null, null
                  from track_likes
                 where user_id = $1 and track_id = any($2)
                 union all
                select track_id, null, null, plays_count, first_played_at, last_played_at, null
                  from track_history
                 where user_id = $1 and track_id = any($2)
                 union all
                select track_id, null, null, null, null, null, position_ms
                  from track_bookmarks
                 where user_id = $1 and track_id = any($2)) s
         group by track_id
    """
    return await conn.all(TrackState, sql, user_id, list(track_ids))


async def list_personal_ratings(conn: Conn, user_id: UserId) -> list[StoredRating]:
    sql = """
        select track_id, rating, rated_at from track_ratings where user_id = $1 order by track_id
    """
    return await conn.every(StoredRating, sql, user_id)


async def list_personal_bookmarks(conn: Conn, user_id: UserId) -> list[StoredBookmark]:
    sql = """
        select track_id, position_ms, comment, created_at, updated_at
          from track_bookmarks
         where user_id = $1
         order by track_id
    """
    return await conn.every(StoredBookmark, sql, user_id)


async def lock_tracks_of(tx: Tx, user_id: UserId) -> None:
    """Prevent the deletion of all tracks in a member's library, in the order of their ids.

    A deletion locks the track, then deletes such rows: without this, both would wait for each
    other.
    """
    sql = """
        select t.id
          from tracks t
         where t.id in (select track_id from track_ratings where user_id = $1
                         union select track_id from track_bookmarks where user_id = $1
                         union select track_id from track_history where user_id = $1)
         order by t.id
           for key share of t
    """
    await tx.column(UUID, sql, user_id)


async def delete_ratings_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from track_ratings where user_id = $1", user_id)


async def delete_bookmarks_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from track_bookmarks where user_id = $1", user_id)


async def delete_queue_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from play_queues where user_id = $1", user_id)


async def delete_settings_of(tx: Tx, user_id: UserId) -> None:
    await tx.run("delete from library_settings where user_id = $1", user_id)
