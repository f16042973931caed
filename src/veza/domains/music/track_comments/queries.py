"""Hiding and deleting comments returns how many count on each track."""

from collections.abc import Sequence

from veza.core.ids import LOWEST_ID, CommentId, TrackId, UserId
from veza.core.pages import Cursor
from veza.core.people import appearance, person_columns
from veza.core.visibility import active, blocked, muted
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.music.track_comments.models import (
    CommentEvidence,
    NewComment,
    StoredComment,
    TrackCommentCount,
    TrackCommentRef,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

_SELECT_COMMENTS = f"""
    select c.id, c.track_id, c.author_id, u.username, {appearance("u")} as appearance, c.content,
           c.position_ms, c.created_at
      from track_comments c
      join users u on u.id = c.author_id
"""


async def insert_comment(tx: Tx, comment: NewComment) -> NamedMember | None:
    """Store a comment and return its author; None if they are deleted or suspended.

    A concurrent suspension waits for this transaction, and then hides this comment too.
    """
    sql = f"""
        with author as (
            select id, username, display_name, avatar_id
              from users
             where id = :author_id and {active()}
               for share
        ), written as (
            insert into track_comments (id, track_id, author_id, content, position_ms, created_at)
                 select :id, :track_id, id, :content, :position_ms, :created_at from author
        )
        select {person_columns("author")} from author
    """
    return await tx.maybe(NamedMember, *bind(sql, comment))


async def find_comment(
    conn: Conn, track_id: TrackId, comment_id: CommentId
) -> StoredComment | None:
    sql = f"""
        {_SELECT_COMMENTS}
         where c.id = $2 and c.track_id = $1
    """
    return await conn.maybe(StoredComment, sql, track_id, comment_id)


async def find_evidence(conn: Conn, comment_id: CommentId) -> CommentEvidence | None:
    """Return a comment unless its author is suspended; the track's visibility is not checked."""
    sql = f"""
        select c.author_id, u.username, c.content, c.position_ms, c.track_id,
               t.title as track_title, c.created_at
          from track_comments c
          join users u on u.id = c.author_id
          join tracks t on t.id = c.track_id
         where c.id = $1 and {active("u")}
    """
    return await conn.maybe(CommentEvidence, sql, comment_id)


async def list_comments(
    conn: Conn, track_id: TrackId, viewer_id: UserId | None, *, limit: int, cursor: Cursor | None
) -> list[StoredComment]:
    """Return a page, newest first, and the first row of the next page.

    Comments of members whom the viewer muted, or with whom there is a block, are left out.
    """
    where = Where()
    where.add(f"c.track_id = {{}} and {active('u')}", track_id)
    if viewer_id is not None:
        viewer = where.bind(viewer_id)
        where.add(f"not {blocked(viewer, 'c.author_id')} and not {muted(viewer, 'c.author_id')}")
    if cursor is not None:
        where.add("(c.created_at, c.id) < ({}, {})", cursor.created_at, cursor.id)
    sql = f"""
        {_SELECT_COMMENTS}
        {where.sql}
         order by c.created_at desc, c.id desc
         limit {limit + 1:d}
    """
    return await conn.all(StoredComment, sql, *where.values)


async def list_comment_refs(
    conn: Conn, author_id: UserId, after: TrackCommentRef | None
) -> list[TrackCommentRef]:
    """Return the next 500 comments of a member, ordered by track."""
    sql = """
        select id, track_id from track_comments
         where author_id = $1 and (track_id, id) > ($2, $3)
         order by track_id, id limit 500
    """
    last = (after.track_id, after.id) if after else (LOWEST_ID, LOWEST_ID)
    return await conn.all(TrackCommentRef, sql, author_id, *last)


async def update_hidden(
    tx: Tx, comment_ids: Sequence[CommentId], *, hide: bool
) -> list[TrackCommentCount]:
    """Hide or show comments; return how many changed on each track."""
    sql = """
        with changed as (
               update track_comments
                  set is_hidden = $2
                where id = any($1) and is_hidden <> $2
            returning track_id
        )
        select track_id, count(*) as comments from changed group by track_id
    """
    return await tx.all(TrackCommentCount, sql, comment_ids, hide)


async def delete_comments(tx: Tx, comment_ids: Sequence[CommentId]) -> list[TrackCommentCount]:
    """Delete comments; return the number of counted comments by track."""
    sql = """
        with deleted as (
            delete from track_comments where id = any($1) returning track_id, is_hidden
        )
        select track_id, count(*) as comments
          from deleted
         where not is_hidden
         group by track_id
    """
    return await tx.all(TrackCommentCount, sql, comment_ids)


async def list_comments_of(conn: Conn, user_id: UserId) -> list[StoredComment]:
    sql = f"{_SELECT_COMMENTS} where c.author_id = $1 order by c.id"
    return await conn.every(StoredComment, sql, user_id)
