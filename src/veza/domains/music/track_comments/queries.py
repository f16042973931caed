"""Every SQL statement of the domain, one function each."""

from collections.abc import Sequence

from msgspec import structs

from veza.core.ids import CommentId, TrackId, UserId
from veza.core.pages import Cursor
from veza.domains.music.track_comments.models import (
    CommentEvidence,
    NewComment,
    StoredComment,
    TrackCommentCount,
    TrackCommentRef,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.where import Where

_SELECT_COMMENTS = """
    select c.id, c.track_id, c.author_id, u.username, c.content, c.position_ms, c.created_at
      from track_comments c
      join users u on u.id = c.author_id
"""


async def insert_comment(tx: Tx, comment: NewComment) -> str | None:
    """Give the author's name; None, and nothing is written, where they are gone or suspended.

    Whoever suspends them waits for this to end, and so finds this comment too.
    """
    sql = """
        with author as (
            select id, username from users where id = $3 and suspended_at is null for share
        ), written as (
            insert into track_comments (id, track_id, author_id, content, position_ms, created_at)
                 select $1, $2, id, $4, $5, $6 from author
        )
        select username from author
    """
    return await tx.value(str, sql, *structs.astuple(comment))


async def find_comment(
    conn: Conn, track_id: TrackId, comment_id: CommentId
) -> StoredComment | None:
    sql = f"""
        {_SELECT_COMMENTS}
         where c.id = $2 and c.track_id = $1
    """
    return await conn.maybe(StoredComment, sql, track_id, comment_id)


async def find_evidence(conn: Conn, comment_id: CommentId) -> CommentEvidence | None:
    """What a comment says, unless its author is suspended; its track may be anybody's."""
    sql = """
        select c.author_id, u.username, c.content, c.position_ms, c.track_id,
               t.title as track_title, c.created_at
          from track_comments c
          join users u on u.id = c.author_id
          join tracks t on t.id = c.track_id
         where c.id = $1 and u.suspended_at is null
    """
    return await conn.maybe(CommentEvidence, sql, comment_id)


async def list_comments(
    conn: Conn, track_id: TrackId, limit: int, cursor: Cursor | None
) -> list[StoredComment]:
    """Newest first; one more than asked for, where there is more."""
    where = Where()
    where.add("c.track_id = {} and u.suspended_at is null", track_id)
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
    """Comments of a member, in the order of their tracks, 500 at a time."""
    where = Where()
    where.add("author_id = {}", author_id)
    if after is not None:
        where.add("(track_id, id) > ({}, {})", after.track_id, after.id)
    sql = f"select id, track_id from track_comments {where.sql} order by track_id, id limit 500"
    return await conn.all(TrackCommentRef, sql, *where.values)


async def update_hidden(
    tx: Tx, comment_ids: Sequence[CommentId], *, hide: bool
) -> list[TrackCommentCount]:
    """Hide or show comments; tell how many there were of each track that weren't already."""
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
    """Delete comments, and tell how many fewer are shown of each track."""
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


async def list_comments_of(
    conn: Conn, user_id: UserId, after: CommentId | None
) -> list[StoredComment]:
    """What a member wrote, in the order of the ids, 500 at a time."""
    where = Where()
    where.add("c.author_id = {}", user_id)
    if after is not None:
        where.add("c.id > {}", after)
    sql = f"""
        {_SELECT_COMMENTS}
        {where.sql}
         order by c.id
         limit 500
    """
    return await conn.all(StoredComment, sql, *where.values)
