"""Likes of comments count as they are stored; those of suspended members are hidden, uncounted."""

from collections.abc import Sequence

from veza.core.ids import LOWEST_ID, CommentId, UserId
from veza.core.visibility import active
from veza.domains.music.track_comments.models import TrackCommentRef
from veza.infra.postgres.database import Conn, Tx


async def insert_like(tx: Tx, comment_id: CommentId, liker_id: UserId) -> int | None:
    """Store and count a like; return the count, None if the member is deleted or suspended."""
    sql = f"""
        with liker as (
            select id from users where id = $2 and {active()} for share
        ), liked as (
            insert into track_comment_likes (comment_id, user_id)
                 select $1, id from liker
            returning comment_id
        )
           update track_comments
              set likes_count = likes_count + 1
             from liked
            where track_comments.id = liked.comment_id
        returning likes_count
    """
    return await tx.value(int, sql, comment_id, liker_id)


async def delete_like(tx: Tx, comment_id: CommentId, liker_id: UserId) -> int | None:
    """Delete a like and update the count; return the count, None if there was no like."""
    sql = """
        with unliked as (
            delete from track_comment_likes where comment_id = $1 and user_id = $2
            returning comment_id, is_hidden
        )
           update track_comments
              set likes_count = likes_count - (not unliked.is_hidden)::integer
             from unliked
            where track_comments.id = unliked.comment_id
        returning likes_count
    """
    return await tx.value(int, sql, comment_id, liker_id)


async def list_liked_comments(
    conn: Conn, liker_id: UserId, after: CommentId | None
) -> list[TrackCommentRef]:
    """Return the next 500 comments that a member likes, ordered by id."""
    sql = """
        select l.comment_id as id, c.track_id
          from track_comment_likes l
          join track_comments c on c.id = l.comment_id
         where l.user_id = $1 and l.comment_id > $2
         order by l.comment_id limit 500
    """
    return await conn.all(TrackCommentRef, sql, liker_id, after or LOWEST_ID)


async def update_hidden(
    tx: Tx, liker_id: UserId, comment_ids: Sequence[CommentId], *, hide: bool
) -> None:
    """Hide or show likes of comments on tracks that the caller has locked; update the counts."""
    sql = """
        with changed as (
               update track_comment_likes
                  set is_hidden = $3
                where user_id = $1 and comment_id = any($2) and is_hidden <> $3
            returning comment_id
        )
        update track_comments
           set likes_count = likes_count + case when $3 then -1 else 1 end
          from changed
         where track_comments.id = changed.comment_id
    """
    await tx.run(sql, liker_id, comment_ids, hide)


async def delete_hidden_likes(tx: Tx, liker_id: UserId) -> None:
    """Delete the likes of a member that are hidden, and therefore not counted."""
    await tx.run("delete from track_comment_likes where user_id = $1 and is_hidden", liker_id)
