"""Every SQL statement of the domain, one function each."""

from uuid import UUID

from msgspec import structs

from veza.core.ids import CommentId, TrackId, UserId
from veza.core.pages import Cursor
from veza.domains.comments.models import CommentEvidence, NewComment, StoredComment, Tally
from veza.infra.db import Conn, Tx
from veza.infra.where import Where

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


async def delete_comment(tx: Tx, track_id: TrackId, comment_id: CommentId) -> int:
    """Give how many fewer are shown."""
    sql = """
        with deleted as (
            delete from track_comments where id = $2 and track_id = $1 returning is_hidden
        )
        select count(*) from deleted where not is_hidden
    """
    return await tx.value(int, sql, track_id, comment_id) or 0


async def list_commented_tracks(
    conn: Conn, author_id: UserId, after: TrackId | None
) -> list[TrackId]:
    """The tracks that a member commented on, in the order of their ids, 500 at a time."""
    where = Where()
    where.add("author_id = {}", author_id)
    if after is not None:
        where.add("track_id > {}", after)
    sql = f"""
        select distinct track_id
          from track_comments
        {where.sql}
         order by track_id
         limit 500
    """
    return [TrackId(found) for found in await conn.column(UUID, sql, *where.values)]


async def lock_suspension(tx: Tx, author_id: UserId) -> bool | None:
    """Tell whether a member is suspended, and keep it so; None where there is no such member."""
    sql = "select suspended_at is not null from users where id = $1 for share"
    return await tx.value(bool, sql, author_id)


async def list_tracks_to_count(conn: Conn, author_id: UserId, *, hide: bool) -> list[TrackId]:
    """The tracks with comments of a member that are to be hidden, or shown; 500 at a time."""
    sql = """
        select distinct track_id
          from track_comments
         where author_id = $1 and is_hidden <> $2
         order by track_id
         limit 500
    """
    return [TrackId(found) for found in await conn.column(UUID, sql, author_id, hide)]


async def update_hidden(
    tx: Tx, author_id: UserId, track_ids: list[TrackId], *, hide: bool
) -> list[Tally]:
    """Hide or show what a member wrote on some tracks, and tell how much that was."""
    sql = """
        with changed as (
               update track_comments
                  set is_hidden = $3
                where author_id = $1 and track_id = any($2) and is_hidden <> $3
            returning track_id
        )
        select track_id, count(*) as comments from changed group by track_id
    """
    return await tx.all(Tally, sql, author_id, track_ids, hide)


async def delete_comments_of(tx: Tx, author_id: UserId, track_ids: list[TrackId]) -> list[Tally]:
    """Delete what a member wrote on some tracks, and tell how many fewer are shown."""
    sql = """
        with deleted as (
            delete from track_comments
                  where author_id = $1 and track_id = any($2)
              returning track_id, is_hidden
        )
        select track_id, count(*) as comments
          from deleted
         where not is_hidden
         group by track_id
    """
    return await tx.all(Tally, sql, author_id, track_ids)


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
