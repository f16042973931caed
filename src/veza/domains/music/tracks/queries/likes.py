"""Likes of tracks count as they are stored; those of suspended members are hidden, uncounted."""

from veza.core.ids import LOWEST_ID, TrackId, UserId
from veza.core.visibility import active
from veza.domains.music.tracks.models.tracks import LikeState
from veza.infra.postgres.database import Conn, Tx


async def insert_like(tx: Tx, track_id: TrackId, liker_id: UserId) -> int | None:
    """Store and count a like; return the count.

    None if the like exists, or if the member is deleted or suspended.
    """
    sql = f"""
        with liker as (
            select id from users where id = $2 and {active()} for share
        ), liked as (
            insert into track_likes (track_id, user_id, track_created_at)
                 select t.id, liker.id, t.created_at from liker join tracks t on t.id = $1
            on conflict do nothing
              returning track_id
        )
           update tracks
              set likes_count = likes_count + 1
             from liked
            where tracks.id = liked.track_id
        returning likes_count
    """
    return await tx.value(int, sql, track_id, liker_id)


async def delete_like(tx: Tx, track_id: TrackId, liker_id: UserId) -> int | None:
    """Delete a like and update the count; return the count, None if there was no like."""
    sql = """
        with unliked as (
            delete from track_likes where track_id = $1 and user_id = $2
            returning track_id, is_hidden
        )
           update tracks
              set likes_count = likes_count - (not unliked.is_hidden)::integer
             from unliked
            where tracks.id = unliked.track_id
        returning likes_count
    """
    return await tx.value(int, sql, track_id, liker_id)


async def find_like_state(conn: Conn, track_id: TrackId, viewer_id: UserId) -> LikeState | None:
    sql = """
        select likes_count,
               exists (select from track_likes where track_id = $1 and user_id = $2) as liked
          from tracks
         where id = $1
    """
    return await conn.maybe(LikeState, sql, track_id, viewer_id)


async def list_liked_tracks(conn: Conn, liker_id: UserId, after: TrackId | None) -> list[TrackId]:
    """Return the next 500 tracks that a member likes, ordered by id."""
    sql = """
        select track_id from track_likes
         where user_id = $1 and track_id > $2
         order by track_id limit 500
    """
    return await conn.column(TrackId, sql, liker_id, after or LOWEST_ID)


async def update_hidden(tx: Tx, liker_id: UserId, track_ids: list[TrackId], *, hide: bool) -> None:
    """Hide or show a member's likes of tracks that the caller has locked; update the counts."""
    sql = """
        with changed as (
               update track_likes
                  set is_hidden = $3
                where user_id = $1 and track_id = any($2) and is_hidden <> $3
            returning track_id
        )
        update tracks
           set likes_count = likes_count + case when $3 then -1 else 1 end
          from changed
         where tracks.id = changed.track_id
    """
    await tx.run(sql, liker_id, track_ids, hide)


async def delete_hidden_likes(tx: Tx, liker_id: UserId) -> None:
    """Delete the likes of a member that are hidden, and therefore not counted."""
    await tx.run("delete from track_likes where user_id = $1 and is_hidden", liker_id)
