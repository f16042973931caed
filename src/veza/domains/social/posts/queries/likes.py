"""Likes of posts count as they are stored; those of suspended members are hidden, uncounted."""

from veza.core.ids import LOWEST_ID, PostId, UserId
from veza.core.visibility import active
from veza.infra.postgres.database import Conn, Tx


async def insert_like(tx: Tx, post_id: PostId, liker_id: UserId) -> int | None:
    """Store and count a like; return the count, None if the member is deleted or suspended."""
    sql = f"""
        with liker as (
            select id from users where id = $2 and {active()} for share
        ), liked as (
            insert into post_likes (post_id, user_id) select $1, id from liker returning post_id
        )
           update posts
              set likes_count = likes_count + 1
             from liked
            where posts.id = liked.post_id
        returning likes_count
    """
    return await tx.value(int, sql, post_id, liker_id)


async def delete_like(tx: Tx, post_id: PostId, liker_id: UserId) -> int | None:
    """Delete a like and update the count; return the count, None if there was no like."""
    sql = """
        with unliked as (
            delete from post_likes where post_id = $1 and user_id = $2
            returning post_id, is_hidden
        )
           update posts
              set likes_count = likes_count - (not unliked.is_hidden)::integer
             from unliked
            where posts.id = unliked.post_id
        returning likes_count
    """
    return await tx.value(int, sql, post_id, liker_id)


async def list_liked_posts(conn: Conn, liker_id: UserId, after: PostId | None) -> list[PostId]:
    """Return the next 500 posts that a member likes, ordered by id."""
    sql = """
        select post_id from post_likes
         where user_id = $1 and post_id > $2
         order by post_id limit 500
    """
    return await conn.column(PostId, sql, liker_id, after or LOWEST_ID)


async def update_hidden(tx: Tx, liker_id: UserId, post_ids: list[PostId], *, hide: bool) -> None:
    """Hide or show a member's likes of posts that the caller has locked; update the counts."""
    sql = """
        with changed as (
               update post_likes
                  set is_hidden = $3
                where user_id = $1 and post_id = any($2) and is_hidden <> $3
            returning post_id
        )
        update posts
           set likes_count = likes_count + case when $3 then -1 else 1 end
          from changed
         where posts.id = changed.post_id
    """
    await tx.run(sql, liker_id, post_ids, hide)


async def delete_hidden_likes(tx: Tx, liker_id: UserId) -> None:
    """Delete the likes of a member that are hidden, and therefore not counted."""
    await tx.run("delete from post_likes where user_id = $1 and is_hidden", liker_id)
