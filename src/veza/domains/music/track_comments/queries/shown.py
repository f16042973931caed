"""Comments as a viewer sees them: newest first, with their first replies, oldest first."""

from collections.abc import Sequence

from veza.core.ids import CommentId, TrackId, UserId
from veza.core.people import appearance
from veza.core.visibility import active, blocked, muted
from veza.domains.music.track_comments.models import REPLIES_SHOWN, CommentQuery, StoredComment
from veza.infra.postgres.database import Conn
from veza.infra.postgres.where import Where


async def find_comment(
    conn: Conn, track_id: TrackId, comment_id: CommentId, viewer_id: UserId | None
) -> StoredComment | None:
    where = Where()
    where.add("c.id = {}", comment_id)
    where.add("c.track_id = {}", track_id)
    select = _select(where, viewer_id, _is_shown(where, viewer_id, is_listed=False))
    return await conn.maybe(StoredComment, f"{select} {where.sql}", *where.values)


async def list_comments(
    conn: Conn, query: CommentQuery, viewer_id: UserId | None
) -> list[StoredComment]:
    """Return a page and the first row of the next page: comments newest, replies oldest first.

    Comments that the viewer may not see are listed only if they have replies.
    """
    where = Where()
    is_shown = _is_shown(where, viewer_id, is_listed=True)
    select = _select(where, viewer_id, is_shown)
    where.add("c.track_id = {}", query.track_id)
    where.add(f"(({is_shown}) or c.replies_count > 0)")
    comparison, direction = ("<", "desc") if query.parent_id is None else (">", "asc")
    if query.parent_id is None:
        where.add("c.parent_id is null")
    else:
        where.add("c.parent_id = {}", query.parent_id)
    if query.cursor is not None:
        condition = f"(c.created_at, c.id) {comparison} ({{}}, {{}})"
        where.add(condition, query.cursor.created_at, query.cursor.id)
    sql = f"""
        {select}
        {where.sql}
         order by c.created_at {direction}, c.id {direction}
         limit {query.limit + 1:d}
    """
    return await conn.all(StoredComment, sql, *where.values)


async def list_first_replies(
    conn: Conn, comment_ids: Sequence[CommentId], viewer_id: UserId | None
) -> list[StoredComment]:
    """Return the first replies to each of these comments that the viewer may see."""
    where = Where()
    is_shown = _is_shown(where, viewer_id, is_listed=True)
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


def _is_shown(where: Where, viewer_id: UserId | None, *, is_listed: bool) -> str:
    """Return the condition that the viewer sees a comment; lists also hide muted authors."""
    condition = f"c.deleted_at is null and not c.is_taken_down and {active('u')}"
    if viewer_id is None:
        return condition
    viewer = where.bind(viewer_id)
    condition += f" and not {blocked(viewer, 'c.author_id')}"
    if is_listed:
        condition += f" and not {muted(viewer, 'c.author_id')}"
    return condition
