"""Comments as a viewer sees them: newest first, with their first replies, oldest first."""

from collections.abc import Sequence

from veza.core.ids import CommentId, TrackId, UserId
from veza.core.people import appearance
from veza.domains.music.track_comments.models import REPLIES_SHOWN, CommentQuery, StoredComment
from veza.infra.postgres.comment_threads import add_thread, shown_comment
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where


async def find_comment(
    conn: Conn, track_id: TrackId, comment_id: CommentId, viewer_id: UserId | None
) -> StoredComment | None:
    where = Where()
    where.add("c.id = {}", comment_id)
    where.add("c.track_id = {}", track_id)
    select = _select(where, viewer_id, shown_comment(where, viewer_id, is_listed=False))
    return await conn.maybe(StoredComment, f"{select} {where.sql}", *where.values)


async def list_comments(
    conn: Conn, query: CommentQuery, viewer_id: UserId | None
) -> list[StoredComment]:
    """Return a page and the first row of the next page, in the order of `add_thread`."""
    where = Where()
    is_shown = shown_comment(where, viewer_id, is_listed=True)
    select = _select(where, viewer_id, is_shown)
    where.add("c.track_id = {}", query.track_id)
    order = add_thread(where, is_shown, parent_id=query.parent_id, cursor=query.cursor)
    sql = f"""
        {select}
        {where.sql}
         order by {order}
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredComment, sql, *where.values)


async def list_first_replies(
    conn: Conn, comment_ids: Sequence[CommentId], viewer_id: UserId | None
) -> list[StoredComment]:
    """Return the first replies to each of these comments that the viewer may see."""
    where = Where()
    is_shown = shown_comment(where, viewer_id, is_listed=True)
    sql = f"""
        select {", ".join(f"r.{column}" for column in StoredComment.__struct_fields__)}
          from unnest({where.bind(list(comment_ids))}::uuid[]) as p (id)
         cross join lateral (
               {_select(where, viewer_id, is_shown)}
                where c.parent_id = p.id and {is_shown}
                order by c.created_at, c.id
                limit {REPLIES_SHOWN:d}) as r
         order by r.created_at, r.id
    """
    return await conn.all(StoredComment, sql, *where.values)


def _select(where: Where, viewer_id: UserId | None, is_shown: str) -> str:
    liked = "false"
    if viewer_id is not None:
        likes = "track_comment_likes k where k.comment_id = c.id and k.user_id"
        liked = f"exists (select from {likes} = {where.bind(viewer_id)})"
    return f"""
        select c.id, c.track_id, c.parent_id, c.author_id, u.username,
               {appearance("u")} as appearance, c.content, c.position_ms, c.replies_count,
               c.likes_count, {liked} as liked, c.created_at, c.edited_at, {is_shown} as is_shown
          from track_comments c
          left join users u on u.id = c.author_id
    """
